import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { ChangeId, RunId } from '../../src/core/names.js';
import { receiveScript } from '../../src/host/receive-script.js';
import { runnerText } from '../../src/host/runner/index.js';
import { shellcheck } from '../prepare/tools.mjs';

const folder = 'src/host/runner';
const program = await shellcheck();

/** What it has to say of a text that is for any POSIX shell; nothing is best. */
function complaints(text: string | null, ...words: readonly string[]): string {
  const argv = ['--shell=sh', '--format=gcc', ...words, ...(text === null ? [] : ['-'])];
  const env = { ...process.env, LD_LIBRARY_PATH: program.libraryPath };
  const { stdout, stderr } = spawnSync(program.path, argv, {
    input: text ?? '',
    encoding: 'utf8',
    env,
  });
  return `${stdout}${stderr}`;
}

describe('shellcheck', () => {
  // SC2154, SC2034: variables that another of the files sets or reads.
  it.each(readdirSync(folder).filter((name) => name.endsWith('.sh')))(
    'has nothing to say of %s',
    (name) => {
      expect(complaints(null, '--exclude=SC2154,SC2034', join(folder, name))).toBe('');
    },
  );

  it('finds a mistake where there is one', () => {
    expect(complaints('echo $1 [[ -e x ]]\n')).toContain('SC');
  });

  // SC2016: texts for other shells stand in quotes. SC2086: ids and our own folders are split on purpose.
  it('has nothing to say of what is sent to a host', () => {
    const quoted = '--exclude=SC2016,SC2034,SC2154,SC2086,SC2015,SC2013';
    expect(complaints(runnerText("/it's/here"), quoted)).toBe('');
    const id = '0123456789abcdef0123456789abcdef' as ChangeId;
    const run = '20260102T030405Z-0123456789abcdef' as RunId;
    const change = {
      kind: 'send',
      from: '/here',
      to: "/there/it's",
      sha256: '0'.repeat(64),
      sizeBytes: 1,
      mode: 0o600,
    } as const;
    const place = { base: '/state', stateDir: '/state', run, epoch: 1, id };
    expect(complaints(receiveScript(change, place), quoted)).toBe('');
  });
});
