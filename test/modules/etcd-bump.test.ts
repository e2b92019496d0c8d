import { describe, expect, it } from 'vitest';
import { bumpAmount, canBump } from '../../src/modules/etcd/bump.js';
import type { MemberFacts } from '../../src/modules/etcd/member.js';
import { etcdBump } from '../../src/modules/etcd-bump.js';
import { etcdStatus } from '../../src/modules/etcd-status.js';
import { MEMBERS, memberOf } from './cluster.js';
import { refusalOf, resultOf } from './steps.js';
import { places, type Table, TableHost } from './table-host.js';

const args = {
  members: MEMBERS,
  statuses: [{ revision: 900 }, { revision: 1_000 }, { revision: 0 }],
  snapshot_revision: 500,
};
const nowhere = places({});
const withTools = (...versions: readonly string[]): readonly MemberFacts[] =>
  MEMBERS.map((member, index) => ({
    ...member,
    tool_version: versions[index] ?? member.tool_version,
  }));

describe('etcd_bump', () => {
  it('raises the revision by a billion, and says to which one', async () => {
    const chosen = await resultOf(etcdBump, args, nowhere);
    expect(chosen).toMatchObject({ amount: 1_000_000_000, revision: 1_000_000_500 });
    expect(chosen.message).toContain('by 1000000000, to 1000000500');
    expect(chosen.message).toContain('it is at 1000 now');
  });

  it('raises it by what was written since and a fifth, when that is more', async () => {
    const statuses = [{ revision: 3_000_000_500 }];
    const chosen = await resultOf(etcdBump, { ...args, statuses }, nowhere);
    expect(chosen).toMatchObject({ amount: 3_600_000_000, revision: 3_600_000_500 });
  });

  it('works when nobody knows how far the cluster had come', async () => {
    const statuses = [{ revision: 0 }];
    const chosen = await resultOf(etcdBump, { ...args, statuses }, nowhere);
    expect(chosen.amount).toBe(1_000_000_000);
    expect(chosen.message).toContain('nobody knows');
  });

  it('does not raise it where one tool is too old, and says what that means', async () => {
    const members = [...withTools('3.5.16', '3.4.23')];
    const chosen = await resultOf(etcdBump, { ...args, members }, nowhere);
    expect(chosen).toMatchObject({ amount: 0, revision: 500 });
    expect(chosen.message).toMatch(/^etcdutl 3\.4\.23 on cp2 cannot raise the revision/);
    expect(chosen.message).toContain('goes back from 1000 to 500');
    expect(chosen.message).toContain('restart kubelets');
    expect(chosen.afterwards).toContain('restart kubelets');
  });

  it('does as it is told', async () => {
    const none = await resultOf(etcdBump, { ...args, amount: 'none' }, nowhere);
    expect(none).toMatchObject({ amount: 0, revision: 500 });
    const own = await resultOf(etcdBump, { ...args, amount: '7000' }, nowhere);
    expect(own).toMatchObject({ amount: 7_000, revision: 7_500 });
  });

  it('refuses an amount that a tool cannot give, and one below what clients have seen', async () => {
    const members = [...withTools('3.5.9')];
    const given = { ...args, amount: '7000' };
    expect((await refusalOf(etcdBump, { ...given, members }, nowhere)).code).toBe('tool-too-old');
    const small = { ...args, amount: '400' };
    expect((await refusalOf(etcdBump, small, nowhere)).code).toBe('bump-too-small');
  });
});

describe('what the etcd tools can', () => {
  it('is known by their release', () => {
    const can = ['3.4.27', '3.4.39', '3.5.10', '3.5.16', '3.6.0', '3.7.1', '4.0.0'];
    const cannot = ['3.3.99', '3.4.0', '3.4.23', '3.4.26', '3.5.0', '3.5.9', ''];
    expect(can.filter((version) => !canBump(version))).toEqual([]);
    expect(cannot.filter(canBump)).toEqual([]);
  });

  it('never lowers a revision, even when the backup is of a later time', () => {
    expect(bumpAmount(100, 5_000)).toBe(1_000_000_000);
  });
});

describe('how far a stopped member had come', () => {
  const member = memberOf('cp1');
  const db = `${member.data_dir}/member/snap/db`;
  const says: Table['says'] = {
    'etcd-status': () => ({ reason: 'failed', detail: 'connection refused' }),
    'snapshot-status': ({ path }) => ({
      hash: 1,
      revision: path === db ? 800 : 0,
      totalKeys: 1,
      totalSizeBytes: 1,
    }),
  };
  const files: Table['files'] = { [db]: {} };
  const revisionOf = async (table: Table, stopped_too = true) =>
    (await resultOf(etcdStatus, { member, stopped_too }, places(table))).revision;

  it('is read from its data directory', async () => {
    expect(await revisionOf({ says, files })).toBe(800);
    expect(await revisionOf({ says, files }, false)).toBe(0);
    expect(await revisionOf({ says })).toBe(0);
  });

  it('is never asked of a data directory that an etcd has open', async () => {
    const host = new TableHost({ says, files, processes: ['etcd'] });
    await resultOf(etcdStatus, { member, stopped_too: true }, places(host));
    expect(host.asked.map(({ kind }) => kind)).not.toContain('snapshot-status');
  });
});
