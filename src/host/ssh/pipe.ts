import type { Client } from 'ssh2';
import { type Argv, commandLine } from '../../core/argv.js';
import type { Failure } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import { tailOf } from '../tail.js';
import type { Pipe } from '../transport.js';
import { channelFailure } from './failures.js';
import type { Leg } from './leg.js';

/** One program on a channel of its own. */
export function openPipe(client: Client, leg: Leg, argv: Argv): Promise<Result<Pipe, Failure>> {
  return new Promise((resolve) => {
    const refuse = (thrown: Error): void => resolve(err(channelFailure(leg, thrown)));
    try {
      client.exec(`exec ${commandLine(argv)}`, (thrown, stream) => {
        if (thrown !== undefined) {
          refuse(thrown);
          return;
        }
        const errorTail = tailOf(stream.stderr);
        stream.on('error', () => {});
        // Its last words may come behind its exit code, and none behind the end of the channel.
        const ended = new Promise<number | null>((done) => {
          let exitCode: number | null = null;
          stream.on('exit', (code: number | null) => {
            exitCode = code;
          });
          stream.on('close', () => done(exitCode));
        });
        const destroy = (): void => {
          stream.destroy();
        };
        const errors = stream.stderr;
        resolve(ok({ input: stream, output: stream, errors, errorTail, ended, destroy }));
      });
    } catch (thrown) {
      refuse(thrown as Error);
    }
  });
}
