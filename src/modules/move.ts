import Type, { type Static } from 'typebox';
import type { Places } from '../core/ask.js';
import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { isWithin, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

const args = argumentsOf({
  from: hostPath('What is moved: a file, a directory or a link.'),
  to: hostPath('Its new name. Its directory must be there, and nothing under this name.'),
});

type Before = {
  readonly from: string | null;
  readonly to: string | null;
  readonly hasPlace: boolean;
  readonly isMount: boolean;
  readonly sameMount: boolean;
};

/** One rename: everything inside stays the very same, and it is taken back by another. */
export const move = defineModule({
  name: 'move',
  summary: 'Gives a file or directory another name, on the same mount.',
  example: `
- name: Put the kubelet's old configuration aside
  move:
    from: /var/lib/kubelet/config.yaml
    to: /var/lib/kubelet/config.yaml.\${{ run.id }}
`,
  place: 'host',
  args,
  result: Type.Object({ path: Type.String(), inode: Type.String() }),
  readOnly: false,
  mayAlter: ({ from, to }) => [from, to].map((path) => ({ kind: 'path', path })),
  repeatable: true,
  undo: { kind: 'derived' },
  probe: see,
  plan: planMove,

  async verify(given, _before, _receipts, ask) {
    const seen = await see(given, ask);
    if (!seen.ok) return seen;
    const { from, to } = seen.value;
    if (from === null && to !== null) return ok({ path: given.to, inode: to });
    const message = `${from === null ? `${given.to} is missing` : `${given.from} is still there`}`;
    return err(refused('not-moved', message, 'see who else moves it'));
  },
  material: ({ from, to }) => ({ from, to }),
});

async function see(
  { from, to }: Static<typeof args>,
  ask: Places,
): Promise<Result<Before, Failure>> {
  const seen = await ask.host({
    from: { kind: 'stat', path: from },
    to: { kind: 'stat', path: to },
    place: { kind: 'stat', path: parentOf(to), follow: true },
    itsMount: { kind: 'mount', path: from },
    fromMount: { kind: 'mount', path: parentOf(from) },
    toMount: { kind: 'mount', path: parentOf(to) },
  });
  if (!seen.ok) return seen;
  const { place, itsMount, fromMount, toMount } = seen.value;
  return ok({
    from: seen.value.from?.inode ?? null,
    to: seen.value.to?.inode ?? null,
    hasPlace: place?.type === 'directory',
    isMount: itsMount.mountId !== fromMount.mountId,
    sameMount: fromMount.mountId === toMount.mountId,
  });
}

function planMove(
  { from, to }: Static<typeof args>,
  before: Before,
): Result<readonly Change[], Failure> {
  if (before.from === null && before.to !== null) return ok([]);
  if (before.from === null) {
    return err(refused('source-missing', `${from} is missing`, 'see where it is, and name that'));
  }
  if (before.to !== null) {
    const next = 'look at both, and move or take one away';
    return err(refused('file-exists', `${from} and ${to} are both there`, next));
  }
  if (isWithin(to, from)) {
    const next = 'name a place outside of it';
    return err(refused('inside-itself', `${to} lies inside ${from}`, next));
  }
  if (!before.hasPlace) {
    const next = `make it first: file: {path: ${parentOf(to)}, state: directory}`;
    return err(refused('no-directory', `there is no directory ${parentOf(to)}`, next));
  }
  if (before.isMount) {
    const next = 'move what lies in it, or mount it elsewhere by hand';
    return err(refused('is-a-mount', `${from} is a mount point of its own`, next));
  }
  if (!before.sameMount) {
    const message = `${from} and ${to} are on different mounts: that would be a copy, not a rename`;
    const next =
      'use copy with from_host (or archive, for a directory), then file with state: absent';
    return err(refused('other-mount', message, next));
  }
  return ok([{ kind: 'rename', from, to }]);
}
