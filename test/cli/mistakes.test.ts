import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runback } from '../live/runback.js';

/** A copy of restore.yml with one mistake typed into it, and what must be said about it. */
interface Mistake {
  readonly name: string;
  readonly from: string;
  readonly to: string;
  readonly code: string;
  /** A part of the line on which it must be found. */
  readonly line: string;
  readonly help?: string;
}

const mistakes: readonly Mistake[] = [
  {
    name: 'a tab',
    from: '    become: true\n    whole: true\n    tasks:\n      - name: Check the snapshot',
    to: '\tbecome: true\n    whole: true\n    tasks:\n      - name: Check the snapshot',
    code: 'tab',
    line: '\tbecome: true',
  },
  {
    name: 'a duplicate key',
    from: '        timeout: 30m\n',
    to: '        timeout: 30m\n        timeout: 31m\n',
    code: 'duplicate-key',
    line: 'timeout: 31m',
  },
  {
    name: 'an unknown keyword',
    from: '        timeout: 30m\n',
    to: '        timeuot: 30m\n',
    code: 'unknown-keyword',
    line: 'timeuot',
    help: 'timeout',
  },
  {
    name: 'an unknown module',
    from: '        snapshot_check:\n',
    to: '        snapshot_chek:\n',
    code: 'unknown-module',
    line: 'snapshot_chek',
    help: 'snapshot_check',
  },
  {
    name: 'an unknown argument',
    from: '          file: ${{ vars.snapshot }}\n',
    to: '          file: ${{ vars.snapshot }}\n          flie: x\n',
    code: 'unknown-argument',
    line: 'flie: x',
    help: 'file',
  },
  {
    name: 'an undeclared variable',
    from: '          from: ${{ results.snapshot.path }}',
    to: '          from: ${{ vars.snapshoot }}',
    code: 'undeclared-var',
    line: 'vars.snapshoot',
    help: 'snapshot',
  },
  {
    name: 'a wrong field of a result',
    from: '${{ results.snapshot.sha256 }}',
    to: '${{ results.snapshot.sha265 }}',
    code: 'wrong-field',
    line: 'results.snapshot.sha265',
    help: 'sha256',
  },
  {
    name: 'a register before it is there',
    from: '          file: ${{ vars.snapshot }}\n',
    to: '          file: ${{ results.proof.cluster_id }}\n',
    code: 'register-before-use',
    line: 'results.proof.cluster_id }}',
  },
  {
    name: 'a condition that is not boolean',
    from: '        when: results.role.is_leader\n',
    to: '        when: results.role.revision\n',
    code: 'not-boolean',
    line: 'when: results.role.revision',
  },
  {
    name: 'an unknown group',
    from: '  - name: Stop, swap, start\n    hosts: etcd\n',
    to: '  - name: Stop, swap, start\n    hosts: etdc\n',
    code: 'unknown-group',
    line: 'hosts: etdc',
    help: 'etcd',
  },
];

/** Nobody is at home at these addresses (RFC 5737): a connection would be noticed as a failure. */
const inventory = `
all:
  vars: { ansible_user: root, runback_cluster: nowhere }
  children:
    etcd:
      hosts:
        cp1: { ansible_host: 192.0.2.1 }
        cp2: { ansible_host: 192.0.2.2 }
        cp3: { ansible_host: 192.0.2.3 }
    kube_control_plane: { children: { etcd: {} } }
`;

describe('a mistake in a copy of restore.yml', () => {
  let directory: string;
  const restore = readFileSync('playbooks/restore.yml', 'utf8');

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runback-mistakes-'));
    mkdirSync(join(directory, 'playbooks'));
    writeFileSync(join(directory, 'inventory.yml'), inventory);
  });

  afterAll(() => rmSync(directory, { recursive: true, force: true }));

  const run = (text: string) => {
    writeFileSync(join(directory, 'playbooks/mine.yml'), text);
    const words = ['run', 'playbooks/mine.yml', '-i', 'inventory.yml', '-e', 'snapshot=x.db'];
    return runback([...words, '--yes', '--output', 'json'], directory);
  };

  it('is not in the original', async () => {
    writeFileSync(join(directory, 'playbooks/mine.yml'), restore);
    const words = ['validate', 'playbooks/mine.yml', '-i', 'inventory.yml', '-e', 'snapshot=x.db'];
    const ended = await runback([...words, '--output', 'json'], directory);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  });

  it('is an inventory that does not say where the API servers are, said once', async () => {
    const alone = inventory.replace(/ {4}kube_control_plane.*\n/, '');
    writeFileSync(join(directory, 'etcd-alone.yml'), alone);
    const words = ['validate', resolve('playbooks/restore.yml'), '-i', 'etcd-alone.yml'];
    const ended = await runback([...words, '-e', 'snapshot=x.db', '--output', 'json'], directory);
    expect(ended.code, ended.stdout + ended.stderr).toBe(2);
    const found = ended.events.filter(({ type }) => type === 'diagnostic');
    expect(found.map(({ code }) => code)).toEqual(['unknown-group']);
    expect(found[0]?.message).toContain('«kube_control_plane»');
    expect(found[0]?.help).toContain('every host with an API server');
  });

  for (const { name, from, to, code, line, help } of mistakes) {
    it(`is found on its line, before any connection: ${name}`, async () => {
      expect(restore).toContain(from);
      const text = restore.replace(from, to);
      const ended = await run(text);
      expect(ended.code, ended.stdout + ended.stderr).toBe(2);
      const found = ended.events.filter((event) => event.type === 'diagnostic');
      expect(
        found.map((event) => event.code),
        ended.stdout,
      ).toEqual([code]);
      expect(text.split('\n')[(found[0]?.line ?? 0) - 1]).toContain(line);
      if (help !== undefined) expect(found[0]?.help).toContain(help);
      expect(ended.events.some((event) => event.type === 'run.started')).toBe(false);
    });
  }

  it('is found together with all the others', async () => {
    const several = mistakes.filter(({ code }) => !['tab', 'duplicate-key'].includes(code));
    const typed = several
      .filter(({ code }) => ['unknown-keyword', 'undeclared-var', 'not-boolean'].includes(code))
      .reduce((text, { from, to }) => text.replace(from, to), restore);
    const ended = await run(typed);
    const codes = ended.events.map((event) => event.code).sort();
    expect(codes).toEqual(['not-boolean', 'undeclared-var', 'unknown-keyword']);
  });
});
