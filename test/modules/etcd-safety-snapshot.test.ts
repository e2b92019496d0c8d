import { describe, expect, it } from 'vitest';
import { etcdSafetySnapshot } from '../../src/modules/etcd-safety-snapshot.js';
import { kept } from '../../src/modules/kept.js';
import { memberOf } from './cluster.js';
import { resultOf, thereAndBack } from './steps.js';
import { places } from './table-host.js';

const TO = '/var/lib/runback/work/RUN/safety.db';
const leader = { is_leader: true, db_size_bytes: 1_000 };
const args = { member: memberOf('cp1'), role: leader, led: true, to: TO };
const root = { '/var/lib/runback/work': { type: 'directory' as const } };

describe('etcd_safety_snapshot', () => {
  it('is taken on the leader, and goes to the trash when the run goes back', async () => {
    const { changes, result, host } = await thereAndBack(etcdSafetySnapshot, args, {
      files: root,
      runs: (_argv, host) => host.put(TO, { text: 'the database' }),
    });
    expect(changes.map(({ kind }) => kind)).toEqual(['make-directory', 'run']);
    expect(result).toEqual({ taken: true, path: TO, message: `kept in ${TO}` });
    expect([...host.files.keys()].some((path) => path.includes('/trash/'))).toBe(true);
  });

  it('is not taken by followers, nor where nobody leads, nor where there is no room', async () => {
    const none = { taken: false, path: '' };
    const follower = { ...args, role: { ...leader, is_leader: false } };
    expect(await resultOf(etcdSafetySnapshot, follower, places({}))).toEqual({
      ...none,
      message: 'another member leads',
    });
    const alone = { ...follower, led: false };
    expect(await resultOf(etcdSafetySnapshot, alone, places({}))).toEqual({
      ...none,
      message: 'no safety snapshot: no member leads a quorum',
    });
    expect(await resultOf(etcdSafetySnapshot, args, places({ freeBytes: 1_999 }))).toEqual({
      ...none,
      message: 'no safety snapshot: 1999 bytes are free here, and the database is 1000',
    });
  });
});

describe('kept', () => {
  it('lists what is there, and says when a snapshot is damaged', async () => {
    const says = {
      'tree-size': ({ path }: { path: string }) =>
        path === '/w/etcd.before' ? { sizeBytes: 2_500_000 } : null,
    };
    const snapshot = { isBolt: true, trailer: 'wrong' } as const;
    const files = { '/w/safety.db': { text: 'x', sizeBytes: 1_000_000, snapshot } };
    const asked = { directories: ['/w/etcd.before', '/w/no'], snapshots: ['/w/safety.db', '/w/n'] };
    const { places: found, sound, message } = await resultOf(kept, asked, places({ files, says }));
    expect(message).toBe('etcd.before: 2.5 MB, safety.db: 1.0 MB, DAMAGED');
    expect(found.map(({ path }) => path)).toEqual(['/w/etcd.before', '/w/safety.db']);
    expect(sound).toEqual([]);
  });
});
