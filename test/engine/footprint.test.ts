import { describe, expect, it } from 'vitest';
import type { Change } from '../../src/core/change.js';
import type { ChangeId, HostName, TaskId } from '../../src/core/names.js';
import type { RecordBody } from '../../src/core/record.js';
import { footprintOf } from '../../src/engine/footprint.js';
import { moveTask, planOf, RUN } from './simulated-run.js';

const plan = planOf([moveTask('1.1', '/a', '/b')]);

function intent(host: string, ...changes: readonly Change[]): RecordBody {
  return {
    type: 'step.intent',
    task: '1.1' as TaskId,
    host: host as HostName,
    index: 0,
    attempt: 1,
    before: null,
    changes: changes.map((change, index) => ({ id: `${index}` as ChangeId, change })),
  };
}

const footprint = (...records: readonly RecordBody[]) =>
  Object.fromEntries(
    [...footprintOf(RUN, plan, records)].map(([host, { own }]) => [host, own] as const),
  );

/** What the same host was told of its step. */
function finished(host: string, ...made: readonly string[]): RecordBody {
  const receipts = made.map((stdoutTail, index) => ({
    state: 'done' as const,
    id: `${index}` as ChangeId,
    exitCode: 0,
    stdoutTail,
    stderrTail: '',
    durationMs: 1,
  }));
  const key = { task: '1.1' as TaskId, host: host as HostName, index: 0 };
  const rest = { outcome: 'changed', before: null, result: null, failure: null } as const;
  return { type: 'step.finished', ...key, ...rest, receipts };
}

describe('what a run leaves behind', () => {
  it('is every directory that is called like the run, on its host', () => {
    const work = `/var/lib/runback/work/${RUN}`;
    const found = footprint(
      intent('cp1', { kind: 'make-directory', path: `${work}/etcd`, mode: 0o700 }),
      intent('cp1', { kind: 'rename', from: '/etc/m/etcd.yaml', to: `/etc/runback/${RUN}/e.yaml` }),
      intent('cp2', {
        kind: 'run',
        argv: ['etcdctl', `--data-dir=${work}/etcd`, '/snapshot.db'],
        timeoutMs: 1,
        repeatable: false,
        effects: [],
      }),
    );
    expect(found).toEqual({ cp1: [`/etc/runback/${RUN}`, work], cp2: [work] });
  });

  it('is nothing that only has the run in its name, and nothing of the operator', () => {
    const found = footprint(
      intent('cp1', { kind: 'rename', from: '/srv/a', to: `/srv/a.${RUN}` }),
      intent('cp1', { kind: 'rename', from: '/srv/b', to: `/srv/${RUN}.yaml` }),
    );
    expect(found).toEqual({ cp1: [] });
  });

  it('is no directory that was made for an archive of the operator', () => {
    const there = `/srv/backups/${RUN}`;
    const records = [
      intent('cp1', { kind: 'make-directory', path: there, mode: 0o700 }),
      finished('cp1', `${there}\n`),
      intent('cp1', {
        kind: 'archive',
        paths: ['/etc/kubernetes'],
        to: `${there}/all.tar`,
        compression: 'gzip',
        trash: `/srv/.runback-trash/${RUN}`,
      }),
    ];
    expect(Object.fromEntries(footprintOf(RUN, plan, records))).toEqual({
      cp1: { own: [`/srv/.runback-trash/${RUN}`], others: [there] },
    });
  });

  it('is a room that a step made for itself, wherever that is, and not one that was there', () => {
    const room = (path: string): readonly Change[] => [
      { kind: 'make-directory', path, mode: 0o700 },
      { kind: 'rename', from: '/etc/m/etcd.yaml', to: `${path}/etcd.yaml` },
    ];
    const [made, found] = [`/data/parked/${RUN}`, `/data/kept/${RUN}`];
    const records = [
      intent('cp1', ...room(made)),
      finished('cp1', `/data/parked\n${made}\n`, ''),
      intent('cp2', ...room(found)),
      finished('cp2', '', ''),
      intent('cp3', { kind: 'remove', path: '/data/x', trash: found }),
    ];
    expect(Object.fromEntries(footprintOf(RUN, plan, records))).toEqual({
      cp1: { own: [made], others: [] },
      cp2: { own: [], others: [found] },
      cp3: { own: [found], others: [] },
    });
  });

  it('is never a backup on the controller', () => {
    const found = footprint(
      intent('cp1', { kind: 'fetch', from: '/tmp/s.db', to: `/backups/${RUN}/s.db` }),
      intent('controller', { kind: 'make-directory', path: `/backups/${RUN}`, mode: 0o700 }),
    );
    expect(found).toEqual({ cp1: [] });
  });
});
