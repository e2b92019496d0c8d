import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { PassThrough } from 'node:stream';
import { RUNNER } from '../../src/host/stage-zero.js';
import type { Pipe, Transport } from '../../src/host/transport.js';
import { until } from '../lab/until.js';

/** What happens to the shell that comes to a point: it is killed, or it stops there. */
export type Fate = 'kill' | 'stop';

/**
 * The runner's texts mark points with comments. Here each mark becomes a program, which does nothing
 * unless its point is armed; the shell at the point is its parent.
 */
export class Points {
  readonly tools: string;

  constructor(private readonly directory: string) {
    this.tools = join(directory, 'point-tools');
    mkdirSync(this.tools, { recursive: true });
    const program = join(this.tools, 'rb-point');
    writeFileSync(
      program,
      `#!/bin/sh
armed=${directory}/armed-$1
[ -e "$armed" ] || exit 0
read -r fate <"$armed"
rm "$armed"
echo "$PPID" >"${directory}/.reached-$1" && mv "${directory}/.reached-$1" "${directory}/reached-$1"
case $fate in kill) kill -9 "$PPID" ;; stop) kill -STOP "$PPID" ;; esac
`,
    );
    chmodSync(program, 0o755);
  }

  /** The next shell that comes there. */
  arm(point: string, fate: Fate): void {
    writeFileSync(join(this.directory, `armed-${point}`), `${fate}\n`);
  }

  /** The process that came there, killed or stopped by now. */
  async reached(point: string): Promise<number> {
    const file = join(this.directory, `reached-${point}`);
    const pid = await until(`somebody to come to ${point}`, 20_000, () =>
      existsSync(file) ? Number(readFileSync(file, 'utf8')) : undefined,
    );
    await until(`process ${pid} to stand still`, 20_000, () =>
      [undefined, 'T', 'Z', 'X'].includes(stateOf(pid)) ? true : undefined,
    );
    return pid;
  }

  /** A transport whose shells have the marks made real. */
  on(transport: Transport): Transport {
    return {
      ...transport,
      open: async ([program, ...words]) => {
        const opened = await transport.open([program, ...words.map(marked)]);
        const isRunner = words.at(-1) === RUNNER.at(-1);
        return opened.ok && isRunner ? { ok: true, value: withMarks(opened.value) } : opened;
      },
    };
  }
}

/** R, S, D, T (stopped), Z; undefined when there is no such process. */
export function stateOf(pid: number): string | undefined {
  try {
    return /\) (\S)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8'))?.[1];
  } catch {
    return undefined;
  }
}

function marked(text: string): string {
  return text.replace(/# point: (\w+)/g, 'rb-point $1');
}

/** The first thing that is written is the runner's text, with its length in front. */
function withMarks(pipe: Pipe): Pipe {
  const input = new PassThrough();
  input.once('data', (first: Buffer) => {
    const [length = '', ...rest] = first.toString('utf8').split('\n');
    const text = Buffer.from(rest.join('\n'));
    const runner = marked(text.toString('utf8', 0, Number(length)));
    const tail = text.subarray(Number(length));
    pipe.input.write(Buffer.concat([Buffer.from(`${Buffer.byteLength(runner)}\n${runner}`), tail]));
    input.pipe(pipe.input);
  });
  return { ...pipe, input };
}
