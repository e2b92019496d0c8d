import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Ended, runback } from '../live/runback.js';

const PLAYBOOK = `name: look
plays:
  - name: look
    hosts: all
    become: true
    tasks:
      - name: say something
        debug:
          message: hello
`;

describe('a sudo password', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runback-credentials-'));
    write('look.yml', PLAYBOOK);
    write('hosts.yml', 'all:\n  hosts:\n    here:\n      ansible_connection: local\n');
  });

  afterAll(() => {
    rmSync(directory, { recursive: true, force: true });
  });

  function write(name: string, text: string, mode = 0o600): void {
    writeFileSync(join(directory, name), text);
    chmodSync(join(directory, name), mode);
  }

  function plan(...words: readonly string[]): Promise<Ended> {
    const inventory = words.includes('-i') ? [] : ['-i', 'hosts.yml'];
    return runback(['plan', 'look.yml', ...inventory, ...words], directory);
  }

  it.each<[string, string | null, number, string]>([
    ['that others can read', 'open sesame\n', 0o640, 'others can read it (0640)'],
    ['that is empty', '\nopen sesame\n', 0o600, 'its first line is empty'],
    ['that is not there', null, 0, 'ENOENT'],
  ])('is not taken out of a file %s', async (_, text, mode, why) => {
    rmSync(join(directory, 'word'), { force: true });
    if (text !== null) write('word', text, mode);
    const ended = await plan('--become-password-file', 'word');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain(why);
    expect(ended.stdout + ended.stderr).not.toContain('sesame');
  });

  it('is not read from standard input, and not asked for without a terminal', async () => {
    const dash = await plan('--become-password-file', '-');
    expect([dash.code, dash.stderr]).toEqual([2, expect.stringContaining('standard input')]);
    const asked = await plan('-K');
    expect([asked.code, asked.stderr]).toEqual([2, expect.stringContaining('no terminal')]);
  });

  it('is not taken out of an inventory that others can read, and its line is not shown', async () => {
    const text = 'all:\n  hosts:\n    here:\n      ansible_become_pass: open "sesame"\n';
    write('secret.yml', text, 0o604);
    const ended = await plan('-i', 'secret.yml');
    expect(ended.code).toBe(2);
    expect(ended.stderr).toContain('secret.yml:4');
    expect(ended.stderr).toContain('password-readable');
    expect(ended.stdout + ended.stderr).not.toContain('sesame');
  });

  it('is not shown with a mistake on its line', async () => {
    write('broken.yml', 'all:\n  hosts:\n    here: {ansible_become_pass: "sesame" x}\n');
    const ended = await plan('-i', 'broken.yml');
    expect(ended.code).toBe(2);
    expect(ended.stdout + ended.stderr).not.toContain('sesame');
  });
});
