import { expect, it } from 'vitest';
import type { SnapshotStatus } from '../../src/core/question.js';
import { bareRecord } from '../../src/modules/etcd/record.js';
import { etcdStagedCheck } from '../../src/modules/etcd-staged-check.js';
import { memberOf, record } from './cluster.js';
import { refusalOf, resultOf } from './steps.js';
import { places } from './table-host.js';

const args = { member: memberOf('cp1'), run: 'R', record: record() };
const status: SnapshotStatus = { hash: 1, revision: 500, totalKeys: 31, totalSizeBytes: 8_192 };
const at = (more: Partial<SnapshotStatus>) =>
  places({ says: { 'snapshot-status': () => ({ ...status, ...more }) } });

it('passes what the record says, raised or not', async () => {
  const result = { revision: 500, total_keys: 31, compared: true };
  expect(await resultOf(etcdStagedCheck, args, at({}))).toEqual(result);
  const raised = { ...args, bump_revision: 1_000_000_000 };
  const there = at({ revision: 1_000_000_500, totalKeys: 33 });
  expect(await resultOf(etcdStagedCheck, raised, there)).toMatchObject({ revision: 1_000_000_500 });
});

it.each([
  ['another revision', { revision: 499 }],
  ['fewer keys', { totalKeys: 29 }],
])('refuses %s', async (_, more) => {
  expect((await refusalOf(etcdStagedCheck, args, at(more))).code).toBe('staged-other');
});

it('refuses a database that the tool cannot read', async () => {
  const silent = { reason: 'failed', detail: 'panic' } as const;
  const there = places({ says: { 'snapshot-status': () => silent } });
  expect(await refusalOf(etcdStagedCheck, args, there)).toMatchObject({
    code: 'staged-unreadable',
    detail: 'panic',
  });
});

it('compares nothing with a snapshot that has no record', async () => {
  const bare = { ...args, record: bareRecord('snapshot.db', 'f'.repeat(64), 1) };
  expect(await resultOf(etcdStagedCheck, bare, at({}))).toMatchObject({ compared: false });
});
