import Type from 'typebox';
import type { Places } from '../core/ask.js';
import { type Failure, refused } from '../core/failure.js';
import { ancestorsOf, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Question, Stat } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { accessArguments, accountsQuestion, modeText, wantedAccess } from './access.js';
import { argumentsOf, hostPath } from './arguments.js';
import { type FileArguments, planFile, type SeenFile } from './file-states.js';
import { preparedBeside, STATE_DIR, trashOn } from './trash.js';

const args = argumentsOf({
  path: hostPath('The file, directory or link.'),
  state: Type.Enum(['directory', 'file', 'touch', 'link', 'absent'], {
    description:
      'directory: made with its parents. file: must be there. touch: made empty where it is missing. ' +
      'link: leads to `target`. absent: moved into the trash on its mount, never deleted.',
  }),
  target: Type.Optional(
    Type.String({
      pattern: '^[^\\u0000\\n]+$',
      description: 'Where a link leads, as it stands in it.',
    }),
  ),
  ...accessArguments({
    mode: 'Default: as it is; 0755 for a new directory, 0644 for a new file.',
    owner: 'Default: as it is.',
  }),
});

export const file = defineModule({
  name: 'file',
  summary: 'Sees to it that a file, directory or link is there, or is not, with mode and owner.',
  example: `
- name: Make a place for backups
  file:
    path: /var/backups/etcd
    state: directory
    mode: '0700'
- name: Let current lead to this run
  file:
    path: /opt/tools/current
    state: link
    target: \${{ run.id }}
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    type: Type.String({ description: 'file, directory, link, other or absent' }),
    mode: Type.String({ description: 'Empty when it is absent.' }),
    uid: Type.Integer({ description: '-1 when it is absent.' }),
    gid: Type.Integer({ description: '-1 when it is absent.' }),
    inode: Type.String({ description: 'Empty when it is absent.' }),
  }),
  mistakeIn: ({ state, target, mode, owner, group }) => {
    if (state === 'link' && target === undefined) return 'a link needs its target';
    if (state !== 'link' && target !== undefined) return 'only a link has a target';
    const isBare = state === 'link' || state === 'absent';
    const hasAccess = [mode, owner, group].some((one) => one !== undefined);
    return isBare && hasAccess ? `what is ${String(state)} has no mode and no owner here` : null;
  },
  readOnly: false,
  mayAlter: ({ path }) => [path, preparedBeside(path)].map((one) => ({ kind: 'path', path: one })),
  repeatable: true,
  undo: { kind: 'derived' },
  probe: see,
  plan: planFile,

  async verify(given, _before, _receipts, ask) {
    const seen = await see(given, ask);
    if (!seen.ok) return seen;
    const left = planFile(given, seen.value);
    if (!left.ok) return left;
    if (left.value.length > 0) {
      const message = `${given.path} is not as it should be`;
      return err(refused('not-so', message, 'see who else changes it'));
    }
    return ok(resultOf(given.path, seen.value));
  },
  material: ({ now, target }) => ({ now, target }),
});

async function see(given: FileArguments, ask: Places): Promise<Result<SeenFile, Failure>> {
  const { path } = given;
  const seen = await ask.host({
    stat: { kind: 'stat', path },
    link: { kind: 'link', path },
    itsMount: { kind: 'mount', path },
    mount: { kind: 'mount', path: parentOf(path) },
    stateMount: { kind: 'mount', path: STATE_DIR },
    accounts: accountsQuestion(given),
  });
  if (!seen.ok) return seen;
  const { stat, link, itsMount, mount, stateMount, accounts } = seen.value;
  const wanted = wantedAccess(given, accounts);
  if (!wanted.ok) return wanted;
  const way = await seeWay(path, ask);
  if (!way.ok) return way;
  return ok({
    now: stat === null ? null : nowOf(stat),
    target: link?.target ?? null,
    missing: [...way.value.missing, ...(stat === null ? [path] : [])],
    obstacle: way.value.obstacle,
    isMount: itsMount.mountId !== mount.mountId,
    wanted: wanted.value,
    trash: trashOn(mount, stateMount, ask.run),
  });
}

/** What lies between the root and the path. */
async function seeWay(
  path: string,
  ask: Places,
): Promise<Result<Pick<SeenFile, 'missing' | 'obstacle'>, Failure>> {
  const ancestors = ancestorsOf(path);
  const questions = ancestors.map(
    (one) => [one, { kind: 'stat', path: one, follow: true }] as const satisfies [string, Question],
  );
  const seen = await ask.host(Object.fromEntries(questions));
  if (!seen.ok) return seen;
  const answers = seen.value as { readonly [path: string]: Stat | null };
  return ok({
    missing: ancestors.filter((one) => answers[one] === null),
    obstacle:
      ancestors.find((one) => ![undefined, 'directory'].includes(answers[one]?.type)) ?? null,
  });
}

function nowOf({ type, mode, uid, gid, inode }: Stat) {
  return { type, mode, uid, gid, inode };
}

function resultOf(path: string, { now }: SeenFile) {
  if (now === null) return { path, type: 'absent', mode: '', uid: -1, gid: -1, inode: '' };
  return { path, ...now, mode: modeText(now.mode) };
}
