import type { Change } from './change.js';
import { sha256 } from './hash.js';
import { join } from './host-path.js';
import type { ChangeId } from './names.js';
import type { Receipt } from './receipt.js';

/** Something that must be true on the host before an inverse may be carried out. */
export type Guard =
  | { readonly path: string; readonly is: 'present' | 'missing' }
  | { readonly path: string; readonly is: 'digest'; readonly sha256: string };

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
      return unmake(made(receipt));
    case 'rename':
      return moveBack(change.to, change.from, change.effects);
    case 'remove':
      return moveBack(join(change.trash, id), change.path, change.effects);
    case 'send':
      return [
        { when: [{ path: change.to, is: 'missing' }], changes: [] },
        {
          when: [{ path: change.to, is: 'digest', sha256: change.sha256 }],
          changes: [{ kind: 'remove', path: change.to, trash: parent(change.to) }],
        },
      ];
    case 'write-file':
      return unwrite(change, id);
  }
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
  const takeAway: Change = { kind: 'remove', path: change.path, trash: change.trash, ...effects };
  const putBack: Change = { kind: 'rename', from: old, to: change.path, ...effects };
  return [
    { when: [{ path: old, is: 'present' }, isOurs], changes: [takeAway, putBack] },
    {
      when: [
        { path: old, is: 'present' },
        { path: change.path, is: 'missing' },
      ],
      changes: [putBack],
    },
    { when: [{ path: old, is: 'missing' }, isOurs], changes: [takeAway] },
    { when: [{ path: old, is: 'missing' }], changes: [] },
  ];
}

function unmake(paths: readonly string[]): readonly InverseCase[] {
  if (paths.length === 0) return NOTHING;
  return [{ when: [], changes: [{ kind: 'remove-empty-directories', paths }] }];
}

/** The directories that a make-directory made, deepest first. */
function made(receipt: Receipt): readonly string[] {
  if (receipt.state !== 'done') return [];
  return receipt.stdoutTail
    .split('\n')
    .filter((line) => line !== '')
    .reverse();
}

function parent(path: string): string {
  return path.slice(0, path.lastIndexOf('/'));
}
