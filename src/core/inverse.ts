import { type Change, temporaryOf } from './change.js';
import type { Guard } from './guard.js';
import { sha256 } from './hash.js';
import { join, parentOf } from './host-path.js';
import type { ChangeId } from './names.js';
import type { Access } from './question.js';
import type { Receipt } from './receipt.js';

/**
 * One way back. The first case whose guards all hold is carried out; no changes means that there is
 * nothing to take back. When no case holds, somebody else was here, and a person must look.
 */
export interface InverseCase {
  readonly when: readonly Guard[];
  readonly changes: readonly Change[];
}

const NOTHING: readonly InverseCase[] = [{ when: [], changes: [] }];

/**
 * The inverse of a change that is done or in doubt. `null` for a `run`: only its module knows.
 * Each case holds for a change that was half done as well: a rename either happened or did not.
 */
export function inverseOf(
  change: Change,
  id: ChangeId,
  receipt: Receipt,
): readonly InverseCase[] | null {
  switch (change.kind) {
    case 'run':
      return null;
    case 'fetch':
    case 'set-owner':
    case 'remove-empty-directories':
    case 'wait':
      return NOTHING;
    case 'make-directory':
      return unmake(madeBy(change, receipt));
    case 'set-access':
      return resetAccess(change);
    case 'make-link':
      return [
        { when: [{ path: change.path, is: 'missing' }], changes: [] },
        takeAway({ path: change.path, is: 'link', target: change.target }, change.trash),
      ];
    case 'replace':
      return putBack(change, id);
    case 'archive':
      return unarchive(change, receipt);
    case 'service':
      return unserve(change);
    case 'rename':
      return moveBack(change.to, change.from, change.effects);
    case 'remove':
      return moveBack(join(change.trash, id), change.path, change.effects);
    case 'send':
      return [
        intoTrash(temporaryOf(change, id), change.trash ?? parentOf(change.to)),
        ...takeCopyAway(change),
      ];
    case 'copy-file':
      return takeCopyAway(change);
    case 'write-file':
      return unwrite(change, id);
  }
}

/** What had come before a transfer was cut off: it may be anything, so it is not compared. */
function intoTrash(path: string, trash: string): InverseCase {
  return { when: [{ path, is: 'present' }], changes: [{ kind: 'remove', path, trash }] };
}

function takeCopyAway({
  to,
  sha256: digest,
  trash,
}: Extract<Change, { kind: 'send' | 'copy-file' }>): readonly InverseCase[] {
  return [
    { when: [{ path: to, is: 'missing' }], changes: [] },
    takeAway({ path: to, is: 'digest', sha256: digest }, trash ?? parentOf(to)),
  ];
}

function moveBack(
  from: string,
  to: string,
  effects: Extract<Change, { kind: 'rename' }>['effects'],
): readonly InverseCase[] {
  return [
    {
      when: [
        { path: from, is: 'missing' },
        { path: to, is: 'present' },
      ],
      changes: [],
    },
    {
      when: [
        { path: from, is: 'present' },
        { path: to, is: 'missing' },
      ],
      changes: [{ kind: 'rename', from, to, ...(effects === undefined ? {} : { effects }) }],
    },
  ];
}

/** The old file waits in the trash under the change's id; without one there the file was new. */
function unwrite(
  change: Extract<Change, { kind: 'write-file' }>,
  id: ChangeId,
): readonly InverseCase[] {
  const old = join(change.trash, id);
  const effects = change.effects === undefined ? {} : { effects: change.effects };
  const isOurs = { path: change.path, is: 'digest', sha256: sha256(change.text) } as const;
  const discard: Change = { kind: 'remove', path: change.path, trash: change.trash, ...effects };
  const restore: Change = { kind: 'rename', from: old, to: change.path, ...effects };
  return [
    { when: [{ path: old, is: 'present' }, isOurs], changes: [discard, restore] },
    {
      when: [
        { path: old, is: 'present' },
        { path: change.path, is: 'missing' },
      ],
      changes: [restore],
    },
    { when: [{ path: old, is: 'missing' }, isOurs], changes: [discard] },
    { when: [{ path: old, is: 'missing' }], changes: [] },
  ];
}

function unmake(paths: readonly string[]): readonly InverseCase[] {
  if (paths.length === 0) return NOTHING;
  return [{ when: [], changes: [{ kind: 'remove-empty-directories', paths }] }];
}

/** The directories that a make-directory made, deepest first; in doubt, those that were missing before. */
export function madeBy(
  change: Extract<Change, { kind: 'make-directory' }>,
  receipt: Receipt | undefined,
): readonly string[] {
  if (receipt?.state !== 'done') return [...(change.missing ?? [])].reverse();
  return receipt.stdoutTail
    .split('\n')
    .filter((line) => line !== '')
    .reverse();
}

function takeAway(isOurs: Guard, trash: string): InverseCase {
  return { when: [isOurs], changes: [{ kind: 'remove', path: isOurs.path, trash }] };
}

/** The owner is given first, and giving it may take the set-user-id bits: each state between is known. */
function resetAccess(change: Extract<Change, { kind: 'set-access' }>): readonly InverseCase[] {
  const { path, access, was } = change;
  const is = (seen: Access): Guard => ({ path, is: 'access', ...seen });
  const reset: readonly Change[] = [{ kind: 'set-access', path, access: was, was: access }];
  const halfDone = [was.mode, was.mode & ~SET_ID].map((mode) => ({ ...access, mode }));
  return [
    { when: [is(was)], changes: [] },
    ...[access, ...halfDone].map((seen) => ({ when: [is(seen)], changes: reset })),
  ];
}

const SET_ID = 0o6000;

/**
 * While what was prepared still lies where it was, nothing was put into the place; but the old one may
 * have been moved aside already, where it could not be linked.
 */
function putBack(
  change: Extract<Change, { kind: 'replace' }>,
  id: ChangeId,
): readonly InverseCase[] {
  const { from, to, holds, was, trash } = change;
  const old = join(trash, id);
  const isOurs: Guard =
    'sha256' in holds ? { path: to, is: 'digest', ...holds } : { path: to, is: 'link', ...holds };
  const untouched: InverseCase = { when: [{ path: from, is: 'present' }], changes: [] };
  if (was === null) return [untouched, takeAway(isOurs, trash)];
  return [
    {
      when: [
        { path: to, is: 'missing' },
        { path: old, is: 'present' },
      ],
      changes: [{ kind: 'rename', from: old, to }],
    },
    untouched,
    {
      when: [{ path: old, is: 'present' }, isOurs],
      changes: [{ kind: 'replace', from: old, to, holds: was, was: holds, trash }],
    },
  ];
}

function unarchive(
  { to, trash }: Extract<Change, { kind: 'archive' }>,
  receipt: Receipt,
): readonly InverseCase[] {
  const sum = receipt.state === 'done' ? receipt.stdoutTail.trim() : '';
  // It appears whole or not at all, and only where nothing was: in doubt, what is there is ours.
  const isOurs: Guard =
    sum === '' ? { path: to, is: 'present' } : { path: to, is: 'digest', sha256: sum };
  return [{ when: [{ path: to, is: 'missing' }], changes: [] }, takeAway(isOurs, trash)];
}

/** Telling systemd twice is telling it once, so no guard is needed; a restart leaves nothing to undo. */
function unserve(change: Extract<Change, { kind: 'service' }>): readonly InverseCase[] {
  const { verb } = change;
  const back = { start: 'stop', stop: 'start', enable: 'disable', disable: 'enable' } as const;
  if (verb === 'restart') return NOTHING;
  // Behind the files that are put back: whoever changes them tells it before and after.
  if (verb === 'daemon-reload') return [{ when: [], changes: [change] }];
  return [{ when: [], changes: [{ ...change, verb: back[verb] }] }];
}
