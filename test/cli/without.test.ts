import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { leftOutText } from '../../src/cli/left-out-text.js';
import type { HostName } from '../../src/core/names.js';
import { type Ended, runback } from '../live/runback.js';

const PLAYBOOK = `name: look
plays:
  - name: look
    hosts: all
    become: true
    whole: true
    tasks:
      - name: say who is left out
        debug:
          message: without \${{ run.without.map(h, h.name).join(" ") }}
`;
/** Nobody answers at an address of documentation (RFC 5737). */
const HOSTS = `all:
  vars: { runback_cluster: without }
  hosts:
    here: { ansible_connection: local }
    gone: { ansible_host: 192.0.2.1 }
`;

describe('--without', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runback-without-'));
    writeFileSync(join(directory, 'look.yml'), PLAYBOOK);
    writeFileSync(join(directory, 'hosts.yml'), HOSTS);
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const type = (...words: readonly string[]): Promise<Ended> =>
    runback([...words, '--output', 'json'], directory);
  const said = (ended: Ended) =>
    ended.events.find(({ type }) => type === 'step.finished')?.result as { message?: string };

  it('leaves a host out of a whole play, and nobody waits for it', async () => {
    const ended = await type('run', 'look.yml', '-i', 'hosts.yml', '--yes', '--without', 'gone');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(ended.events[0]).toMatchObject({ hosts: ['here'], without: ['gone'] });
    expect(said(ended).message).toBe('without gone');
    const { run = '' } = ended.events[0] ?? {};
    const kept = readFileSync(join(directory, '.runback/runs', run, 'inputs.json'), 'utf8');
    expect(JSON.parse(kept)).toMatchObject({ without: ['gone'] });
  });

  it('is kept in a saved plan', async () => {
    const words = ['look.yml', '-i', 'hosts.yml', '--without', 'gone', '-o', 'look.plan'];
    expect((await type('plan', ...words)).code).toBe(0);
    const ended = await type('apply', 'look.plan', '--yes');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(ended.events.find(({ type }) => type === 'run.started')).toMatchObject({
      without: ['gone'],
    });
  });

  it.each([
    ['unknown-host', ['--without', 'gnoe'], 'did you mean gone?'],
    ['without-all', ['--without', 'gone', '--without', 'here'], 'at least one'],
  ])('is refused before any connection: %s', async (code, words, says) => {
    for (const verb of ['validate', 'plan', 'run']) {
      const ended = await type(verb, 'look.yml', '-i', 'hosts.yml', ...words);
      expect(ended.code).toBe(2);
      expect(ended.events[0]).toMatchObject({ type: 'diagnostic', code });
      expect(JSON.stringify(ended.events[0])).toContain(says);
    }
  });

  it('lets a lock be looked for where one host is dead', async () => {
    const ended = await type('unlock', '-i', 'hosts.yml', '--without', 'gone');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const all = await type('unlock', '-i', 'hosts.yml');
    expect(all.code, all.stdout + all.stderr).toBe(3);
    expect(all.events).toMatchObject([
      { type: 'lock', host: 'here', holder: null },
      { type: 'lock', host: 'gone', not_asked: expect.any(String) },
      { type: 'failure', code: 'not-asked', next: expect.stringContaining('--without gone') },
    ]);
    const unknown = await type('unlock', '-i', 'hosts.yml', '--without', 'gnoe');
    expect(unknown.code).toBe(2);
  });

  it('is part of the question', () => {
    const of = (...names: readonly string[]) => leftOutText({ without: names as HostName[] });
    expect(of()).toBe('');
    expect(of('cp3')).toBe(' cp3 is left out: you say that it stays down.');
    expect(of('cp2', 'cp3')).toBe(' cp2, cp3 are left out: you say that they stay down.');
  });
});
