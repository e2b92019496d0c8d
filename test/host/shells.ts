import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
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

const needed =
  'cat chmod dd env find grep head id ln ls mkdir mv ps rm seq setsid sha256sum sleep stat sync tail timeout touch true wc';

/** A folder with all that a host needs and nothing else: some of it missing, some of it older than today's. */
export function toolsWithout(
  missing: readonly string[],
  older: Readonly<Record<string, string>>,
): string {
  const folder = mkdtempSync(join(tmpdir(), 'runback-tools-'));
  symlinkSync('/bin/dash', join(folder, 'sh'));
  for (const name of needed.split(' ')) {
    if (missing.includes(name)) continue;
    const path = execFileSync('sh', ['-c', `command -v ${name}`], { encoding: 'utf8' }).trim();
    const text = older[name];
    if (text === undefined) symlinkSync(path, join(folder, name));
    else writeFileSync(join(folder, name), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
  }
  return folder;
}

/** This machine, with these tools and no others. */
export function localTransportOnlyWith(tools: string): Transport {
  const here = localTransport();
  return {
    ...here,
    open: ([program, ...rest]) =>
      here.open([program, ...rest.map((word) => word.replace(/^PATH=.*/, `PATH=${tools}`))]),
  };
}
