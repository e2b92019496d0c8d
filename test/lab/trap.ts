import { randomUUID } from 'node:crypto';
import {
  chmodSync,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import type { LabProcess } from './processes.js';
import { until } from './until.js';

const CAUGHT_MS_MAX = 60_000;
const BIN = 'usr/local/bin';
const ASIDE = 'opt/lab/trapped';

/** fail: it says so and ends with 1, without having done anything. lie: it ends with 0 instead. */
export type Deed = 'freeze' | 'fail' | 'lie';

const DEEDS: { readonly [deed in Deed]: string } = {
  freeze: 'kill -STOP $$',
  fail: '{ echo "broken by a test" >&2; exit 1; }',
  lie: 'exit 0',
};

/** What a trap needs of its host. */
interface Trapped {
  readonly root: string;
  processes(comm: string): readonly LabProcess[];
  path(inHost: string): string;
}

/**
 * A program of a host that freezes itself (SIGSTOP), or fails, once, just before it would do what its words say.
 * So a test can look at a step that is surely in flight, and kill or power off what it likes meanwhile.
 */
export class Trap {
  private readonly file: string;
  private readonly aside: string;

  private constructor(
    private readonly host: Trapped,
    private readonly program: string,
    private readonly sprung: string,
  ) {
    this.file = join(host.root, BIN, program);
    this.aside = join(host.root, ASIDE, program);
  }

  /** `pattern` is a pattern of sh that the program's words, joined by blanks, must match as a whole. */
  static set(host: Trapped, program: string, pattern: string, deed: Deed = 'freeze'): Trap {
    const sprung = `/run/trap-${randomUUID()}`;
    const trap = new Trap(host, program, sprung);
    mkdirSync(join(host.root, ASIDE), { recursive: true });
    if (isThere(trap.file)) renameSync(trap.file, trap.aside);
    const real = isThere(trap.aside) ? `/${ASIDE}/${program}` : realPath(program);
    const once = `mkdir ${sprung} 2>/dev/null && ${DEEDS[deed]}`;
    const words = pattern.replaceAll(' ', '\\ ');
    const text = `#!/bin/sh\ncase "$*" in ${words}) ${once} ;; esac\nexec ${real} "$@"\n`;
    writeFileSync(`${trap.file}.new`, text);
    chmodSync(`${trap.file}.new`, 0o755);
    renameSync(`${trap.file}.new`, trap.file);
    return trap;
  }

  /** Has it done its deed? */
  isSprung(): boolean {
    return isThere(this.host.path(this.sprung));
  }

  /** The frozen process; undefined while nothing has walked into the trap. */
  caught(): LabProcess | undefined {
    return this.host
      .processes(this.program)
      .find(({ argv, state }) => argv[1] === `/${BIN}/${this.program}` && state === 'T');
  }

  untilCaught(): Promise<LabProcess> {
    return until(`${this.program} in the trap`, CAUGHT_MS_MAX, () =>
      this.isSprung() ? this.caught() : undefined,
    );
  }

  /** Lets the frozen process do its work. */
  release(): void {
    const caught = this.caught();
    if (caught !== undefined) process.kill(caught.pid, 'SIGCONT');
  }

  /** Takes the trap away; the host may be off. What is frozen goes on. */
  remove(): void {
    rmSync(this.file, { force: true });
    // A copy: what was frozen begins the real one from where it was put aside.
    if (isThere(this.aside)) cpSync(this.aside, this.file, { verbatimSymlinks: true });
    this.release();
  }
}

function realPath(program: string): string {
  const found = [`/usr/bin/${program}`, `/bin/${program}`].find((path) => existsSync(path));
  if (found === undefined) throw new Error(`no program ${program} can be trapped`);
  return found;
}

function isThere(path: string): boolean {
  return lstatSync(path, { throwIfNoEntry: false }) !== undefined;
}
