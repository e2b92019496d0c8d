import Type, { type Static } from 'typebox';
import { refused } from '../core/failure.js';
import { isWithin, parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { isOldKept, isSwapped, planSwap, type Swap, seeSwap } from './swapping.js';

const args = argumentsOf({
  path: hostPath('The file or directory whose place is taken.'),
  with: hostPath('What was prepared for it, on the same mount.'),
  keep: hostPath('The name under which the old one is kept, on the same mount.'),
  inode: Type.Optional(
    Type.String({
      pattern: '^[0-9]+$',
      description:
        'The inode of what was prepared, from a register: nothing else is swapped in then.',
    }),
  ),
});

/** For what takes long to prepare and must be in its place at once. */
export const swap = defineModule({
  name: 'swap',
  summary: 'Puts a prepared file or directory into the place of another, which is kept.',
  example: `
- name: Put the new certificates into their place
  swap:
    path: /etc/kubernetes/pki
    with: /etc/kubernetes/pki.new
    keep: /etc/kubernetes/pki.\${{ run.id }}
`,
  place: 'host',
  args,
  result: Type.Object({
    path: Type.String(),
    kept: Type.String({ description: 'Empty when there was no old one.' }),
    inode: Type.String(),
  }),
  readOnly: false,
  mayAlter: (given) => [given.path, given.with, given.keep].map((path) => ({ kind: 'path', path })),
  repeatable: false,
  undo: { kind: 'derived' },

  async probe(given, ask) {
    const seen = await seeSwap(swapOf(given), ask);
    if (!seen.ok) return seen;
    const mounts = await ask.host({
      place: { kind: 'mount', path: parentOf(given.path) },
      itself: { kind: 'mount', path: given.path },
      prepared: { kind: 'mount', path: given.with },
      keep: { kind: 'mount', path: parentOf(given.keep) },
    });
    if (!mounts.ok) return mounts;
    const { place, itself, prepared, keep } = mounts.value;
    const isOneMount = [itself, prepared, keep].every((one) => one.mountId === place.mountId);
    return ok({ ...seen.value, isOneMount });
  },

  plan(given, { isOneMount, ...seen }) {
    const places = [given.path, given.with, given.keep];
    if (places.some((one, at) => places.some((other, to) => at !== to && isWithin(one, other)))) {
      const message = `one of ${places.join(', ')} lies inside another`;
      return err(refused('inside-itself', message, 'name three places beside each other'));
    }
    const planned = planSwap(swapOf(given), seen);
    if (!planned.ok || planned.value.length === 0 || isOneMount) return planned;
    const message = `${given.path}, ${given.with} and ${given.keep} are not all on one mount`;
    const next = 'prepare it, and keep the old one, beside what it replaces';
    return err(refused('other-mount', message, next));
  },

  async verify(given, before, _receipts, ask) {
    const now = await seeSwap(swapOf(given), ask);
    if (!now.ok) return now;
    const { place, keep, prepared } = now.value;
    const isThere = isSwapped(swapOf(given), before)
      ? place === before.place
      : place === before.prepared && prepared === null;
    if (place !== null && isThere && isOldKept(swapOf(given), before, now.value)) {
      return ok({ path: given.path, kept: keep === null ? '' : given.keep, inode: place });
    }
    const message = `${given.path} is not what was prepared`;
    return err(refused('not-swapped', message, 'look at all three; it will be taken back'));
  },
  material: ({ place, prepared, keep }) => ({ place, prepared, keep }),
});

function swapOf(given: Static<typeof args>): Swap {
  const { path, keep, inode = null } = given;
  return { place: path, prepared: given.with, inode, keep };
}
