import type { Secret } from '../../core/secret.js';
import type { Pipe } from '../transport.js';

export type SudoEnding =
  | { readonly kind: 'running' }
  /** It asked once more behind the one answer that it gets, or it ended. */
  | { readonly kind: 'asked-again' | 'ended'; readonly wasAnswered: boolean }
  | { readonly kind: 'late'; readonly wasAnswered: boolean };

/** PAM may ask a directory far away, and waits two seconds by itself before it says no. */
const answerTimeoutMs = 30_000;
const heardBytesMax = 64 * 1_024;

/** Waits for the line `running` on standard output, and answers one `prompt` on standard error. */
export function untilRunning(
  pipe: Pipe,
  running: string,
  prompt: string,
  secret: Secret | null,
): Promise<SudoEnding> {
  return new Promise((resolve) => {
    // It may have asked before anybody listened.
    let heard = pipe.errorTail();
    let head = Buffer.alloc(0);
    let wasAnswered = false;
    const settle = (ending: SudoEnding): void => {
      clearTimeout(timer);
      pipe.errors.off('data', onError);
      pipe.output.off('readable', onOutput);
      resolve(ending);
    };
    const timer = setTimeout(() => settle({ kind: 'late', wasAnswered }), answerTimeoutMs);
    const onError = (chunk: Buffer): void => {
      heard = (heard + chunk.toString('latin1')).slice(-heardBytesMax);
      answer();
    };
    const answer = (): void => {
      const asked = heard.split(prompt).length - 1;
      if (asked > 1 || (asked === 1 && secret === null)) {
        settle({ kind: 'asked-again', wasAnswered });
      } else if (asked === 1 && !wasAnswered) {
        wasAnswered = true;
        pipe.input.write(`${secret?.reveal()}\n`);
      }
    };
    const onOutput = (): void => {
      const chunk = pipe.output.read() as Buffer | null;
      if (chunk === null) return;
      head = Buffer.concat([head, chunk]);
      // A start-up file of the login may have printed something before it.
      const line = Buffer.from(`${running}\n`);
      const at = head.indexOf(line);
      if (at < 0) return;
      const rest = head.subarray(at + line.length);
      settle({ kind: 'running' });
      if (rest.length > 0) pipe.output.unshift(rest);
    };
    pipe.errors.on('data', onError);
    pipe.output.on('readable', onOutput);
    void pipe.ended.then(() => settle({ kind: 'ended', wasAnswered }));
    answer();
  });
}
