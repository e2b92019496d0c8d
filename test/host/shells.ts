import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll } from 'vitest';
import { localTransport } from '../../src/host/local.js';
import type { Transport } from '../../src/host/transport.js';
import { busybox, mksh } from '../prepare/tools.mjs';

export interface Shell {
  readonly name: string;
  /** A folder whose `sh`, and perhaps other tools, come before the machine's own. */
  readonly tools: string;
}

/** The shells that a host's `sh` may be. With busybox its own tools are used instead of GNU's. */
export async function shells(): Promise<readonly Shell[]> {
  const made: Shell[] = [];
  const folder = (name: string): string => {
    const tools = mkdtempSync(join(tmpdir(), 'runback-shell-'));
    made.push({ name, tools });
    return tools;
  };
  for (const name of ['dash', 'bash']) symlinkSync(`/bin/${name}`, join(folder(name), 'sh'));
  symlinkSync((await mksh()).path, join(folder('mksh'), 'sh'));
  const program = await busybox();
  execFileSync(program.path, ['--install', '-s', folder('busybox with its own tools')]);
  afterAll(() => {
    for (const { tools } of made) rmSync(tools, { recursive: true, force: true });
  });
  return made;
}

/** This machine, with another shell and other tools than its own. */
export function localTransportWith(tools: string): Transport {
  const here = localTransport();
  return {
    ...here,
    open: ([program, ...rest]) =>
      here.open([program, ...rest.map((word) => word.replace(/^PATH=/, `PATH=${tools}:`))]),
  };
}
