import { type ChildProcess, spawn } from 'node:child_process';
import { closeSync, mkdirSync, openSync, rmSync, writeSync } from 'node:fs';
import { join } from 'node:path';

/** A small file system on this machine that only those see who are started through it. */
export class SmallDisk {
  private constructor(
    readonly path: string,
    private readonly holder: ChildProcess,
  ) {}

  static async at(path: string, kiB: number): Promise<SmallDisk> {
    mkdirSync(path, { recursive: true });
    const script = `mount -t tmpfs -o size=${kiB}k tmpfs "$0" && echo ready && exec sleep infinity`;
    const words = ['--mount', '--propagation', 'private', 'sh', '-c', script, path];
    const holder = spawn('unshare', words, { stdio: ['ignore', 'pipe', 'inherit'] });
    await new Promise<void>((done, fail) => {
      holder.stdout?.once('data', () => done());
      holder.once('exit', (code) => fail(new Error(`no small disk: ${code}`)));
    });
    return new SmallDisk(path, holder);
  }

  /** Starts a program where the disk is seen, in this directory. */
  through(directory: string): readonly string[] {
    const enter = ['nsenter', '-t', String(this.holder.pid), '-m', '--'];
    return [...enter, 'sh', '-c', 'cd "$0" && exec "$@"', directory];
  }

  /** A file on the disk, as this process sees it. */
  outside(name: string): string {
    return join(`/proc/${this.holder.pid}/root`, this.path, name);
  }

  fill(): void {
    const file = openSync(this.outside('filler'), 'w');
    try {
      for (;;) writeSync(file, Buffer.alloc(1_024, 1));
    } catch (problem) {
      if ((problem as NodeJS.ErrnoException).code !== 'ENOSPC') throw problem;
    } finally {
      closeSync(file);
    }
  }

  free(): void {
    rmSync(this.outside('filler'));
  }

  close(): void {
    this.holder.kill('SIGKILL');
  }
}
