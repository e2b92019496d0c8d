import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runback } from '../live/runback.js';

const MAIN = 'name: Main\nplays:\n  - import: parts/other.yml\n';
const OTHER = `name: Other
vars: {said: hello}
plays:
  - name: Speak
    hosts: all
    tasks:
      - debug: {message: "\${{ vars.said }}"}
`;

describe('a playbook that imports another', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runback-imports-'));
    mkdirSync(join(directory, 'books/parts'), { recursive: true });
    writeFileSync(join(directory, 'hosts.yml'), 'all: {hosts: {one: {ansible_connection: local}}}');
    writeFileSync(join(directory, 'books/main.yml'), MAIN);
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const check = async (other: string) => {
    writeFileSync(join(directory, 'books/parts/other.yml'), other);
    return runback(
      ['validate', 'books/main.yml', '-i', 'hosts.yml', '--output', 'json'],
      directory,
    );
  };

  it('is read with it, relative to itself and not to where the command was typed', async () => {
    const ended = await check(OTHER);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  });

  it('gives the mistakes of the other in the other file', async () => {
    const ended = await check(OTHER.replace('vars.said', 'vars.sad'));
    expect(ended.code).toBe(2);
    expect(ended.events).toMatchObject([
      { code: 'undeclared-var', file: 'books/parts/other.yml', line: 7 },
    ]);
  });

  it('says where it imports what cannot be read', async () => {
    rmSync(join(directory, 'books/parts/other.yml'));
    const words = ['validate', 'books/main.yml', '--output', 'json'];
    const ended = await runback(words, directory);
    expect(ended.events).toMatchObject([
      { code: 'unknown-import', file: 'books/main.yml', line: 3 },
    ]);
  });

  it('is kept with a run together with it', async () => {
    writeFileSync(join(directory, 'books/parts/other.yml'), OTHER);
    const words = ['run', 'books/main.yml', '-i', 'hosts.yml', '--yes', '--output', 'json'];
    const ended = await runback(words, directory);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    rmSync(join(directory, 'books'), { recursive: true });
    const status = await runback(['status', '--output', 'json'], directory);
    expect(status.code, status.stdout + status.stderr).toBe(0);
    const rollback = await runback(['rollback', '--yes', '--output', 'json'], directory);
    expect(rollback.code, rollback.stdout + rollback.stderr).toBe(0);
  });
});
