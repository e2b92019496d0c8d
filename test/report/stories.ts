import type { Event } from '../../src/core/event.js';
import { type Failure, failure } from '../../src/core/failure.js';
import type { Finding } from '../../src/core/finding.js';
import type { Json } from '../../src/core/json.js';
import type { HostName, RunId, TaskId } from '../../src/core/names.js';

/** Runs as the engine tells them, event by event. */

const RUN = '20261124T121722Z-9f86d081884c7d65' as RunId;
const hosts = ['cp1', 'cp2', 'cp3'] as HostName[];

type Output = Extract<Event, { type: 'step.output' }>;
type Finished = Extract<Event, { type: 'step.finished' }>;
type Ended = Extract<Event, { type: 'run.finished' }>;
type Started = Extract<Event, { type: 'task.started' }>;

export function begin(
  mode: 'run' | 'dry-run' | 'rollback' = 'run',
  without: readonly HostName[] = [],
): Event {
  const directory = mode === 'dry-run' ? null : `/srv/.runback/runs/${RUN}`;
  const head = { run: RUN, mode, playbook: 'playbooks/restore.yml', name: 'Restore etcd' };
  return { type: 'run.started', ...head, cluster: 'lab', hosts, without, directory };
}

export function play(id: string, name: string): Event {
  return { type: 'play.started', play: id, name };
}

export function task(id: string, name: string, more: Partial<Started> = {}): Event {
  const rest = { direction: 'do', pointOfNoReturn: false, irreversible: null } as const;
  return { type: 'task.started', task: id as TaskId, name, module: 'x', hosts, ...rest, ...more };
}

export function step(id: string, host: string, more: Partial<Finished> = {}): Event {
  const rest = {
    item: null,
    attempts: 1,
    changes: [],
    why: null,
    failure: null,
    result: null,
    durationMs: 20,
  };
  const head = { task: id as TaskId, name: 'x', host: host as HostName, outcome: 'ok' } as const;
  return { type: 'step.finished', ...head, ...rest, ...more };
}

function onAll(id: string, more: Partial<Finished>): readonly Event[] {
  return hosts.map((host, index) => step(id, host, { ...more, durationMs: 400 + index }));
}

export function output(host: string, text: string, more: Partial<Output> = {}): Event {
  const head = { task: '1.1' as TaskId, host: host as HostName, item: null } as const;
  return { type: 'step.output', ...head, stream: 'stdout', text, gap: false, ...more };
}

export function over(id: string): Event {
  return { type: 'task.finished', task: id as TaskId, durationMs: 410 };
}

export function end(more: Partial<Ended>): Event {
  const rest = { counts: {}, failure: null, downtimeMs: null, durationMs: 12_340 };
  const open = { left: [], inDoubt: [], notReached: [] };
  return {
    type: 'run.finished',
    run: RUN,
    mode: 'run',
    outcome: 'done',
    ...rest,
    ...open,
    ...more,
  };
}

const parked = {
  outcome: 'changed',
  changes: ['move /etc/kubernetes/manifests/etcd.yaml away'],
} as const;

const swapFailed: Failure = failure(
  'command-failed',
  'swap-failed',
  'mv ended with 1',
  'free the directory, then start the run again',
  {
    host: 'cp2' as HostName,
    at: { file: 'playbooks/restore.yml', line: 88, column: 9 },
    detail: 'mv: cannot move\n\u001b[31mmv:\u001b[0m Device or resource busy\n',
  },
);

const good: readonly Event[] = [
  begin(),
  ...hosts.map((host): Event => ({ type: 'host.connected', host, durationMs: 41 })),
  { type: 'lock.taken', cluster: 'lab', epoch: 7 },
  play('1', 'Look'),
  task('1.1', 'Read what each member is'),
  step('1.1', 'cp1'),
  step('1.1', 'cp3', { durationMs: 90 }),
  step('1.1', 'cp2'),
  over('1.1'),
  play('2', 'Stop etcd, swap, start'),
  task('2.5', 'Park etcd on the followers'),
  step('2.5', 'cp1', { outcome: 'skipped', why: 'it is the leader' }),
  step('2.5', 'cp2', { ...parked, durationMs: 812 }),
  step('2.5', 'cp3', { ...parked, durationMs: 790 }),
  { type: 'evidence', kind: 'gone:etcd', hosts, task: '2.5' as TaskId },
  over('2.5'),
  task('2.7', 'Start etcd from the snapshot', { pointOfNoReturn: true }),
  { type: 'evidence', kind: 'swapped', hosts, task: '2.6' as TaskId },
  { type: 'point-of-no-return', task: '2.7' as TaskId },
  ...onAll('2.7', { outcome: 'changed', changes: ['put etcd.yaml back', 'wait for 2379'] }),
  over('2.7'),
  {
    type: 'warning',
    host: 'cp3' as HostName,
    message: 'a client is connected that is no API server',
  },
  end({ counts: { ok: 3, changed: 5, skipped: 1 }, downtimeMs: 1_843 }),
];

const rolledBack: readonly Event[] = [
  begin(),
  play('2', 'Stop etcd, swap, start'),
  task('2.5', 'Park etcd'),
  ...onAll('2.5', parked),
  over('2.5'),
  task('2.6', 'Swap the data directory'),
  step('2.6', 'cp1', { outcome: 'changed', changes: ['move member away'], durationMs: 55 }),
  step('2.6', 'cp2', { outcome: 'failed', failure: swapFailed, durationMs: 1_210 }),
  step('2.6', 'cp3', { outcome: 'changed', changes: ['move member away'], durationMs: 61 }),
  over('2.6'),
  { type: 'rollback.started', why: 'cp2: mv ended with 1' },
  task('2.6', 'Swap the data directory', { direction: 'undo' }),
  { type: 'evidence', kind: 'gone:etcd', hosts, task: '2.5' as TaskId },
  ...onAll('2.6', { outcome: 'undone', changes: ['move member back'] }),
  over('2.6'),
  task('2.5', 'Park etcd', { direction: 'undo' }),
  ...onAll('2.5', { outcome: 'undone', changes: ['move etcd.yaml back'] }),
  over('2.5'),
  end({
    outcome: 'rolled-back',
    counts: { changed: 5, failed: 1, undone: 6 },
    failure: swapFailed,
    downtimeMs: 14_200,
  }),
];

const preview: readonly Event[] = [
  begin('dry-run'),
  play('1', 'Look'),
  task('1.1', 'Read what each member is'),
  ...onAll('1.1', { outcome: 'no_change' }),
  over('1.1'),
  play('2', 'Stop etcd, swap, start'),
  task('2.5', 'Park etcd'),
  ...onAll('2.5', { ...parked, outcome: 'would_change' }),
  over('2.5'),
  task('2.8', 'Remove the learner', { irreversible: 'a member’s id is never used again' }),
  ...onAll('2.8', { outcome: 'deferred', why: 'task 2.5 (Park etcd)' }),
  over('2.8'),
  end({
    mode: 'dry-run',
    outcome: 'would-change',
    counts: { would_change: 3, no_change: 3, deferred: 3 },
  }),
];

const unreachable: Failure = failure(
  'unreachable',
  'connect-timed-out',
  'no answer from 10.0.0.12:22 within 10 s',
  'check that the host is up, or leave it out',
  { host: 'cp2' as HostName },
);

const refused: readonly Event[] = [
  begin(),
  { type: 'host.connected', host: 'cp1' as HostName, durationMs: 41 },
  { type: 'host.unreachable', host: 'cp2' as HostName, failure: unreachable },
  end({ outcome: 'refused', failure: unreachable, durationMs: 10_020 }),
];

const incomplete: readonly Event[] = [
  begin('rollback'),
  task('2.5', 'Park etcd', { direction: 'undo' }),
  step('2.5', 'cp1', { outcome: 'undone', changes: ['move etcd.yaml back'] }),
  step('2.5', 'cp2', { outcome: 'not_undone', failure: unreachable }),
  over('2.5'),
  end({
    mode: 'rollback',
    outcome: 'rollback-incomplete',
    counts: { undone: 1, not_undone: 1 },
    failure: unreachable,
    left: ['2.5 cp2'],
  }),
];

/** What a host may try: colours, a cleared screen, a faked line, text that runs backwards. */
export const EVIL = 'x\u001b[2J\u009b31m\r\n[9.9] All is well\u202e\u0007\ttab';

const hostile: readonly Event[] = [
  begin(),
  task('1.1', `Read ${EVIL}`, { irreversible: EVIL }),
  step('1.1', 'cp1', { outcome: 'changed', changes: [EVIL], result: { message: EVIL } }),
  step('1.1', 'cp2', { outcome: 'skipped', why: EVIL }),
  step('1.1', 'cp3', {
    outcome: 'failed',
    failure: {
      ...swapFailed,
      message: EVIL,
      next: EVIL,
      detail: `${EVIL}\n${'long '.repeat(200)}\n${'row\n'.repeat(30)}`,
    },
  }),
  over('1.1'),
  { type: 'warning', host: null, message: EVIL },
  { type: 'rollback.started', why: EVIL },
  end({ outcome: 'stopped', failure: { ...unreachable, message: EVIL }, left: [EVIL] }),
];

function finding(host: string | null, more: Partial<Finding>): Finding {
  const rest = { evidence: '', acceptable: true, accepted: false, host: host as HostName | null };
  const head = { code: 'x', severity: 'note', message: 'x', remedy: 'x' } as const;
  return { ...head, ...rest, ...more };
}

const expires = {
  code: 'certificate-expires-soon',
  severity: 'warning',
  message: '/etc/kubernetes/pki/apiserver.crt expires on 2026-12-10',
  remedy: 'renew it when this is over',
} as const;
const stray = {
  code: 'stray-manifest',
  severity: 'error',
  message: 'etcd.yaml.bak\n in /etc/kubernetes/manifests is not called .yaml',
  evidence: 'what a host wrote: \u001b[2J\nand a second line',
  remedy: 'move it out of the folder',
} as const;
const findings: readonly Finding[] = [
  finding('cp1', { code: 'selinux', message: 'SELinux is enforcing', remedy: 'nothing' }),
  finding('cp1', expires),
  finding('cp3', { ...stray, accepted: true }),
  finding('cp2', expires),
  finding('cp2', stray),
];
const preflightFailed: Failure = failure(
  'refused',
  'preflight',
  'one error stands in the way: stray-manifest (cp2)',
  'mend them, or say that you know better: --accept stray-manifest --reason TEXT',
  { findings },
);

const looked: readonly Event[] = [
  begin('dry-run'),
  play('1', 'Look'),
  task('1.2', 'Say everything that was found'),
  step('1.2', 'controller', {
    outcome: 'no_change',
    result: { findings: findings.slice(0, 4) as unknown as Json },
  }),
  over('1.2'),
  task('1.3', 'The same again, with an error that stands'),
  step('1.3', 'controller', { outcome: 'failed', failure: preflightFailed }),
  over('1.3'),
  end({ mode: 'dry-run', outcome: 'refused', failure: preflightFailed, counts: { failed: 1 } }),
];

export const STORIES: { readonly [name: string]: readonly Event[] } = {
  good,
  'rolled-back': rolledBack,
  preview,
  refused,
  looked,
  incomplete,
  hostile,
};
