import { quote } from '../../core/argv.js';
import type { Asked } from './asked.js';
import { processes } from './processes.js';

/** The unit of field 22 of /proc/PID/stat, on every architecture. (proc(5), USER_HZ) */
const TICKS_PER_S = 100;

/** The first line is when the host was booted; then one for each path; then the processes. */
export function ages(paths: readonly string[], names: readonly string[]): Asked {
  const running = processes(names);
  const script = [
    'b=; while read -r k v; do [ "$k" = btime ] && b=$v; done </proc/stat; echo "$b"',
    ...paths.map((path) => `stat -c %W -- ${quote(path)} 2>/dev/null || echo 0`),
    running.script,
  ].join('\n');
  return {
    script,
    parse: (part) => {
      const [booted = '', ...lines] = part.output.toString('utf8').split('\n');
      const rest = Buffer.from(lines.slice(paths.length).join('\n'));
      const found = running.parse({ ...part, output: rest }) as readonly Running[];
      return {
        bornS: Object.fromEntries(paths.map((path, index) => [path, bornS(lines[index])])),
        processes: found.map(({ name, startTicks }) => ({
          name,
          startedS: Number(booted) + Math.floor(Number(startTicks) / TICKS_PER_S),
        })),
      };
    },
  };
}

interface Running {
  readonly name: string;
  readonly startTicks: string;
}

/** A file system that does not keep it says 0, and a `stat` that does not know %W repeats it. */
function bornS(line = ''): number | null {
  return /^[1-9][0-9]*$/.test(line) ? Number(line) : null;
}
