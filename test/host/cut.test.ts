import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { frame } from '../../src/host/channel.js';
import { runnerText } from '../../src/host/runner/index.js';
import { RUNNER, stageOne } from '../../src/host/stage-zero.js';
import { localTransportWith, shells } from './shells.js';

const nonce = '0123456789abcdef0123456789abcdef';
/** How many shells are cut off at the same time. */
const atOnce = 8;

describe.each(await shells())('in $name, a connection that breaks', ({ tools }) => {
  let directory: string;
  let log: string;

  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'rb-'));
    log = join(directory, 'l');
  });

  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  /** What a shell prints that is sent these bytes, and no more. */
  async function sent(bytes: Buffer): Promise<string> {
    const pipe = await localTransportWith(tools).open(RUNNER);
    if (!pipe.ok) throw new Error(pipe.error.message);
    const { input, output, ended } = pipe.value;
    const said: Buffer[] = [];
    output.on('data', (chunk: Buffer) => said.push(chunk));
    input.end(bytes);
    await ended;
    return Buffer.concat(said).toString('latin1');
  }

  async function atEach(cuts: readonly number[], look: (cut: number) => Promise<void>) {
    const waiting = [...cuts];
    const worker = async (): Promise<void> => {
      for (let cut = waiting.shift(); cut !== undefined; cut = waiting.shift()) await look(cut);
    };
    await Promise.all(Array.from({ length: atOnce }, worker));
  }

  const start = stageOne(runnerText('/nonexistent/state'), nonce);

  describe.each([
    { way: 'as lines', linesBytesMax: 4096 },
    { way: 'as counted bytes', linesBytesMax: 0 },
  ])('in a request sent $way', ({ linesBytesMax }) => {
    it('runs nothing of it, at whichever byte', async () => {
      const script = `echo a>>${log}\necho b>>${log}`;
      const request = frame('r1', script, nonce, linesBytesMax);
      const cuts = Array.from(request.keys());
      await atEach(cuts, async (cut) => {
        const said = await sent(Buffer.concat([start, request.subarray(0, cut)]));
        expect(said, `cut at ${cut}`).toContain(`${nonce} hello`);
        expect(said, `cut at ${cut}`).not.toContain('end r1');
        expect(existsSync(log), `cut at ${cut}`).toBe(false);
      });
      expect(await sent(Buffer.concat([start, request]))).toContain(`${nonce} end r1\n`);
      expect(readFileSync(log, 'utf8')).toBe('a\nb\n');
    });
  });

  it('in the runner itself starts nothing', async () => {
    const steps = Array.from({ length: 40 }, (_, at) => Math.floor((at * start.length) / 40));
    const last = Array.from({ length: 12 }, (_, at) => start.length - 1 - at);
    await atEach([...steps, ...last], async (cut) => {
      expect(await sent(start.subarray(0, cut)), `cut at ${cut}`).toBe('');
    });
  });
});
