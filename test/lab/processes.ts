import { readdirSync, readFileSync, readlinkSync } from 'node:fs';

export interface LabProcess {
  /** As the machine counts, so that it can be signalled from outside. */
  readonly pid: number;
  /** As the host counts. */
  readonly pidInHost: number;
  readonly comm: string;
  readonly argv: readonly string[];
  /** The process that leads its session: what was started together. */
  readonly session: number;
  /** One letter, as in proc(5): T is stopped. */
  readonly state: string;
  /** When it began, in clock ticks since the machine's boot: with pid, a name for good. */
  readonly startTicks: string;
}

/**
 * All living processes of the host whose first process is `init`, or those of one name: those of its
 * containers too, which are in namespaces of their own, and children of what is in the host's.
 */
export function processesOfHost(init: number, comm?: string): readonly LabProcess[] {
  const namespace = linkOf(`/proc/${init}/ns/pid`);
  if (namespace === undefined) return [];
  const depth = namespacesOf(init).length;
  const known = new Map<number, boolean>();
  const isInside = (pid: number): boolean => {
    if (pid <= 1) return false;
    const inside =
      known.get(pid) ??
      (linkOf(`/proc/${pid}/ns/pid`) === namespace || isInside(parentOf(pid) ?? 0));
    known.set(pid, inside);
    return inside;
  };
  // By name first: a test that waits asks this many times, of a machine with hundreds of processes.
  return numbers()
    .filter((pid) => comm === undefined || commOf(pid) === comm)
    .filter(isInside)
    .flatMap((pid) => processOf(pid, depth) ?? []);
}

function numbers(): readonly number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map(Number);
}

/** The numbers that a process has, from the machine's namespace down to its own. */
function namespacesOf(pid: number): readonly number[] {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8');
  return (/^NSpid:\s*(.*)$/m.exec(status)?.[1] ?? '').split(/\s+/).map(Number);
}

/**
 * A process by its number; undefined when it has ended, also while its parent has not noticed yet.
 * `depth`: how many namespaces deep the host's own numbers are.
 */
export function processOf(pid: number, depth = 2): LabProcess | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const argv = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
    const [state, ...fields] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    if (state === 'Z' || state === 'X') return undefined;
    return {
      pid,
      pidInHost: namespacesOf(pid)[depth - 1] ?? pid,
      comm: stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')')),
      argv,
      session: Number(fields[2]),
      state: state ?? '',
      startTicks: fields[18] as string,
    };
  } catch {
    return undefined;
  }
}

export function childOf(parent: number): number | undefined {
  return numbers().find((pid) => parentOf(pid) === parent);
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(/^PPid:\s*(\d+)$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
  } catch {
    return undefined;
  }
}

function commOf(pid: number): string | undefined {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').slice(0, -1);
  } catch {
    return undefined;
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path);
  } catch {
    return undefined;
  }
}
