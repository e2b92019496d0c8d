import type { ChangeId } from './names.js';

/**
 * What is known about one change on one host.
 * - `done`: it ran to its end; the exit code says how.
 * - `never`: it was not started, and cannot start any more.
 * - `interrupted`: it was started, nobody saw its end, and nothing of it is left running.
 * - `running`: it goes on, detached from any connection.
 */
export type Receipt =
  | {
      readonly state: 'done';
      readonly id: ChangeId;
      readonly exitCode: number;
      /** The last lines of its output, at most 4 KiB each. Untrusted text. */
      readonly stdoutTail: string;
      readonly stderrTail: string;
      readonly durationMs: number;
      /** Of the bytes that a transfer moved; equal at both ends and on the way. */
      readonly sha256?: string;
      readonly sizeBytes?: number;
    }
  | { readonly state: 'never'; readonly id: ChangeId }
  | {
      readonly state: 'running';
      readonly id: ChangeId;
      /**
       * The processes that it left when whoever would have written its receipt was killed. While one of
       * them lives the change goes on; then it is `interrupted`.
       */
      readonly orphans?: readonly number[];
    }
  | {
      readonly state: 'interrupted';
      readonly id: ChangeId;
      readonly detail: string;
      readonly cause?: 'reboot' | 'killed';
    };

export function succeeded(receipt: Receipt): boolean {
  return receipt.state === 'done' && receipt.exitCode === 0;
}
