import type { Change } from '../../../src/core/change.js';
import { sha256 } from '../etcd/database.js';
import { makeParents, parentOf } from '../host/changes.js';
import { FileError, nameOf } from '../host/file-system.js';
import type { Machine } from '../host/machine.js';
import type { Reception } from '../host/runner.js';

type Stream<K extends 'send' | 'fetch'> = Extract<Change, { kind: K }>;

export type Moved =
  | { readonly kind: 'moved'; readonly sha256: string; readonly sizeBytes: number }
  | { readonly kind: 'failed'; readonly why: string };

/** Temporary name, bytes over time, sync, digest, rename: what is cut off leaves nothing under the name. */
export function sendFile(
  controller: Machine,
  machine: Machine,
  change: Stream<'send'>,
  reception: Reception,
  isConnected: () => boolean,
  answer: (moved: Moved) => void,
): void {
  const text = controller.files.text(change.from);
  const temporary = `${parentOf(change.to)}/.${nameOf(change.to)}.part`;
  const fail = (why: string): void => {
    if (machine.files.find(temporary) !== null) machine.files.remove(temporary);
    reception.ended(null);
    answer({ kind: 'failed', why });
  };
  if (text === null) {
    fail(`${change.from} is missing`);
    return;
  }
  const guarded = (work: () => void): void => attempt(work, fail);
  guarded(() => {
    machine.files.write(temporary, text.slice(0, text.length / 2), 0o600);
    machine.after(machine.random.between(10, 400), () =>
      guarded(() => {
        // A stream that breaks ends like any other: only the digest tells.
        const arrived = isConnected() ? text : text.slice(0, text.length / 2);
        machine.files.write(temporary, arrived, 0o600);
        machine.files.sync(temporary);
        if (sha256(arrived) !== change.sha256) return fail('what arrived is not what was sent');
        if (!reception.mayBeNamed()) return fail('another run has taken over');
        machine.files.rename(temporary, change.to);
        machine.after(1, () =>
          guarded(() => {
            machine.files.sync(parentOf(change.to));
            const moved = { sha256: change.sha256, sizeBytes: text.length };
            const exit = { code: 0, stdout: '', stderr: '' };
            reception.ended({ state: 'done', exit, durationMs: 1, ...moved });
            answer({ kind: 'moved', ...moved });
          }),
        );
      }),
    );
  });
}

export function fetchFile(
  controller: Machine,
  machine: Machine,
  change: Stream<'fetch'>,
  isConnected: () => boolean,
  answer: (moved: Moved) => void,
): void {
  const text = machine.files.text(change.from);
  const temporary = `${change.to}.part`;
  if (text === null) {
    answer({ kind: 'failed', why: `${change.from} is missing` });
    return;
  }
  const guarded = (work: () => void): void =>
    attempt(work, (why) => answer({ kind: 'failed', why }));
  guarded(() => {
    makeParents(controller, change.to);
    controller.files.write(temporary, text.slice(0, text.length / 2), 0o600);
    machine.after(machine.random.between(10, 400), () =>
      guarded(() => {
        if (!isConnected()) return answer({ kind: 'failed', why: 'cut off' });
        controller.files.write(temporary, text, 0o600);
        controller.files.sync(temporary);
        controller.files.rename(temporary, change.to);
        controller.files.sync(parentOf(change.to));
        answer({ kind: 'moved', sha256: sha256(text), sizeBytes: text.length });
      }),
    );
  });
}

function attempt(work: () => void, fail: (why: string) => void): void {
  try {
    work();
  } catch (thrown) {
    if (!(thrown instanceof FileError)) throw thrown;
    fail(thrown.message);
  }
}
