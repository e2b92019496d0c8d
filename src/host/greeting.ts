import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { err, type Result } from '../core/result.js';
import { type HostFacts, readFacts } from './facts.js';
import type { Pipe } from './transport.js';

/** Before anything is asked the runner has to greet; a login shell's start-up files may be slow. */
const greetingTimeoutMs = 20_000;
/** What start-up files print in front of it is thrown away; one that never stops printing is not waited for. */
const bannerBytesMax = 1024 * 1024;

/** Waits for the runner's greeting. It begins with the nonce: no banner can be mistaken for it. */
export function greeting(
  host: HostName,
  pipe: Pipe,
  nonce: string,
): Promise<Result<HostFacts, Failure>> {
  const mark = `${nonce} hello `;
  let received = Buffer.alloc(0);
  return new Promise((resolve) => {
    const settle = (result: Result<HostFacts, Failure>): void => {
      clearTimeout(timer);
      pipe.output.off('data', onData);
      if (!result.ok) pipe.destroy();
      resolve(result);
    };
    const silent = (): void => settle(err(noShell(host, pipe.errorTail())));
    const timer = setTimeout(silent, greetingTimeoutMs);
    const onData = (chunk: Buffer): void => {
      received = Buffer.concat([received, chunk]);
      const start = received.indexOf(mark);
      const end = start < 0 ? -1 : received.indexOf('\n', start);
      if (end >= 0) {
        settle(readFacts(host, received.toString('utf8', start + mark.length, end)));
      } else if (received.length > bannerBytesMax) silent();
    };
    pipe.output.on('data', onData);
    void pipe.ended.then((code) => settle(err(channelEnded(host, code, pipe.errorTail()))));
  });
}

export function channelEnded(host: HostName, code: number | null, said: string): Failure {
  const ending = code === null ? 'the connection was cut' : `its shell ended with ${code}`;
  const message = said === '' ? ending : `${ending}: ${said}`;
  return broken(host, 'channel-ended', message, 'look at the host, then run it again');
}

function noShell(host: HostName, said: string): Failure {
  const message = `it does not answer like a shell${said === '' ? '' : `: ${said}`}`;
  return broken(host, 'no-greeting', message, 'log in by hand and see what its start-up files do');
}

function broken(host: HostName, code: string, message: string, next: string): Failure {
  const kind = /sudo:/.test(message) ? 'sudo-refused' : 'unreachable';
  const advice = kind === 'sudo-refused' ? 'let the user become root without a password' : next;
  return failure(kind, code, `${host}: ${message}`, advice, { host });
}
