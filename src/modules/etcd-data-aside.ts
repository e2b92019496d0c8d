import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Mount, Question, Stat } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf } from './arguments.js';
import {
  type Aside,
  allWaysBack,
  asidesOf,
  refuseToBegin,
  walThatStays,
  waysBack,
} from './etcd/aside.js';
import { ofMember } from './etcd/known-by.js';
import { MemberFacts } from './etcd/member.js';
import { closedMode } from './etcd/staging.js';

const args = argumentsOf({
  member: Type.Unsafe<MemberFacts>({ ...MemberFacts, description: 'This host’s facts.' }),
  run: Type.String({
    description: '${{ run.id }}: the old ones are kept in a directory of this name.',
  }),
});

type Given = Static<typeof args>;

/** One of what is put aside, and what was seen of it: inodes, null where nothing is. */
type Part = Aside & {
  readonly there: string | null;
  readonly kept: string | null;
  /** Of the old one, wherever it lies. */
  readonly mode: number;
  readonly isMount: boolean;
  readonly sameMount: boolean;
};

type Seen = { readonly parts: readonly Part[]; readonly running: boolean };

/** A member that joins must find neither its old data nor its old WAL: etcd starts from either alone. */
export const etcdDataAside = defineModule({
  name: 'etcd_data_aside',
  summary:
    'Puts data and WAL of an etcd that is stopped aside, and empty directories in their place. In a mount point it renames what is inside.',
  example: `
- name: Put the old data aside
  etcd_data_aside:
    member: \${{ results.etcd }}
    run: \${{ run.id }}
`,
  place: 'host',
  args,
  result: Type.Object({
    kept: Type.Array(Type.String(), {
      description: 'Where the old data are; an empty directory when there were none.',
    }),
  }),
  readOnly: false,
  mayAlter: ({ member, run }) =>
    asidesOf(member, run)
      .flatMap(({ place, keep }) => [place, keep, parentOf(keep)])
      .map((path) => ({ kind: 'path', path })),
  repeatable: true,
  undo: {
    kind: 'by-cases',
    cases: (_given, { parts }: Seen) =>
      allWaysBack(parts.map((part) => waysBack(part, part.there !== null))),
  },
  probe: see,

  plan({ member }, { parts, running }) {
    const left = parts.filter((part) => !isDone(part));
    if (left.length === 0) return ok([]);
    const refusal = refuse(member, left, running);
    if (refusal !== null) return err(refusal);
    const { uid, gid } = member;
    // The data first, and what etcd is to find last: a pair of which one half is new is never a whole one.
    return ok([
      ...left.flatMap(putAside),
      ...left.map(
        ({ place, mode }): Change => ({ kind: 'make-directory', path: place, mode, uid, gid }),
      ),
    ]);
  },

  async verify(given, before, _receipts, ask) {
    const now = await see(given, ask);
    if (!now.ok) return now;
    const { parts } = now.value;
    const wrong = parts.find((part, at) => !isDone(part) || !isOldKept(before.parts[at], part));
    const stays = walThatStays(given.member);
    if (wrong === undefined) {
      return ok({ kept: [...parts.map(({ keep }) => keep), ...(stays === null ? [] : [stays])] });
    }
    const message = `${wrong.place} is not an empty one in the place of the old`;
    return err(refused('not-aside', message, 'see who else moves it'));
  },
  material: ({ parts }) => parts.map(({ there, kept }) => ({ there, kept })),
});

/** Where nothing was, an empty one is kept: a second look knows by it that this was done. */
function putAside({ place, keep, there, kept }: Part): readonly Change[] {
  if (kept !== null) return [];
  if (there === null) return [{ kind: 'make-directory', path: keep, mode: 0o700 }];
  return [
    { kind: 'make-directory', path: parentOf(keep), mode: 0o700 },
    { kind: 'rename', from: place, to: keep },
  ];
}

function isDone({ kept, there }: Part): boolean {
  return kept !== null && there !== null;
}

function isOldKept(before: Part | undefined, now: Part): boolean {
  if (before === undefined || before.there === null || isDone(before)) return true;
  return now.kept === before.there;
}

async function see({ member, run }: Given, ask: Places): Promise<Result<Seen, Failure>> {
  const asides = asidesOf(member, run);
  const questions: { [name: string]: Question } = {
    processes: { kind: 'processes', names: ['etcd'], ...ofMember(member.known_by) },
  };
  for (const [at, { place, keep }] of asides.entries()) {
    questions[`there ${at}`] = { kind: 'stat', path: place };
    questions[`kept ${at}`] = { kind: 'stat', path: keep };
    questions[`old there ${at}`] = { kind: 'stat', path: place, follow: true };
    questions[`old kept ${at}`] = { kind: 'stat', path: keep, follow: true };
    questions[`mount ${at}`] = { kind: 'mount', path: place };
    questions[`beside ${at}`] = { kind: 'mount', path: parentOf(place) };
    questions[`keeping ${at}`] = { kind: 'mount', path: parentOf(keep) };
  }
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  const stat = (name: string) => seen.value[name] as Stat | null;
  const mount = (name: string) => seen.value[name] as Mount;
  const parts = asides.map((aside, at) => ({
    ...aside,
    there: stat(`there ${at}`)?.inode ?? null,
    kept: stat(`kept ${at}`)?.inode ?? null,
    mode: closedMode((stat(`old kept ${at}`) ?? stat(`old there ${at}`))?.mode ?? member.mode),
    isMount: mount(`mount ${at}`).mountPoint === aside.place,
    sameMount: mount(`keeping ${at}`).mountId === mount(`beside ${at}`).mountId,
  }));
  return ok({ parts, running: (seen.value.processes as readonly unknown[]).length > 0 });
}

function refuse(member: MemberFacts, parts: readonly Part[], running: boolean): Failure | null {
  if (running) {
    const message = `etcd runs on this host, and ${member.data_dir} is under its hands`;
    return refused('etcd-runs', message, 'stop it first');
  }
  const inTheWay = refuseToBegin(member);
  if (inTheWay !== null) return inTheWay;
  const mounted = parts.find(({ isMount }) => isMount);
  if (mounted !== undefined) {
    const message = `${mounted.place} has become a mount point, and cannot be renamed`;
    return refused('is-a-mount', message, 'see who has mounted it, and run this again');
  }
  const far = parts.find(({ sameMount }) => !sameMount);
  if (far === undefined) return null;
  const message = `${far.keep} is on another mount than ${far.place}: that would be a copy`;
  return refused('other-mount', message, 'see what has been mounted, and run this again');
}
