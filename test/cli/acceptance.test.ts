import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { alsoAccepting } from '../../src/cli/acceptance.js';
import { identityOf } from '../../src/cli/recorded-run.js';
import type { RunId } from '../../src/core/names.js';
import type { RecordBody } from '../../src/core/record.js';
import { type Ended, runback } from '../live/runback.js';

const PLAYBOOK = `name: look
plays:
  - name: look
    hosts: all
    tasks:
      - name: say what was accepted
        debug:
          message: \${{ string(run.accepted.size()) }} accepted because \${{ run.reason }}
`;

describe('--accept', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runback-acceptance-'));
    writeFileSync(join(directory, 'look.yml'), PLAYBOOK);
    const inventory = 'all:\n  hosts:\n    here:\n      ansible_connection: local\n';
    writeFileSync(join(directory, 'hosts.yml'), inventory);
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const plan = (...words: readonly string[]): Promise<Ended> =>
    runback(['plan', 'look.yml', '-i', 'hosts.yml', '--output', 'json', ...words], directory);

  it('is seen by the tasks, each code once', async () => {
    const accept = ['--accept', 'clock-skew', '--accept', 'clock-skew'];
    const ended = await plan(...accept, '--reason', 'it is known');
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    const result = ended.events.find(({ type }) => type === 'step.finished')?.result;
    expect(result).toMatchObject({ message: '1 accepted because it is known' });
  });

  it.each([
    ['never-accepted', 'learner', 'a restore makes voters only'],
    ['unknown-finding', 'clock-skwe', 'did you mean «clock-skew»?'],
    ['unknown-finding', 'nonsense', 'docs/preflight.md'],
  ])('is refused before any connection: %s %s', async (code, word, says) => {
    const ended = await plan('--accept', word);
    expect(ended.code).toBe(2);
    expect(ended.events).toHaveLength(1);
    expect(ended.events[0]).toMatchObject({ type: 'diagnostic', code });
    expect(JSON.stringify(ended.events[0])).toContain(says);
  });
});

it('is kept by a run that is taken up again, which may accept more', () => {
  const run = 'r1' as RunId;
  const about = { run, plan: 'p', playbook: 'b', cluster: null, hosts: [], version: '1' };
  const started = { type: 'run.started', user: 'ann', started: 's', ...about } as const;
  const who = { mode: 'resume', user: 'bob', controller: 'c', version: '1' } as const;
  const records: readonly RecordBody[] = [
    { ...started, accepted: ['clock-skew'], reason: 'first' },
    { type: 'run.resumed', ...who, accepted: ['alarm', 'clock-skew'], reason: '' },
  ];
  const recorded = identityOf(records);
  expect(recorded).toMatchObject({ accepted: ['alarm', 'clock-skew'], reason: 'first' });
  expect(identityOf([started])).toMatchObject({ accepted: [], reason: '' });
  const again = { accepted: ['selinux', 'alarm'], reason: 'second' };
  expect(recorded === null ? null : alsoAccepting(recorded, again)).toMatchObject({
    accepted: ['alarm', 'clock-skew', 'selinux'],
    reason: 'second',
  });
});
