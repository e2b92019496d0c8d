import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { tasksOf } from '../../src/core/plan.js';
import { planned, planOf, refusedFor, scopeOf } from './sources.js';

const BOTH = `name: A
plays:
  - name: The cluster
    hosts: etcd
    become: true
    tasks:
      - command: {argv: [/bin/true], undo: nothing}
  - name: Workers
    hosts: workers
    become: true
    ignore_unreachable: true
    tasks:
      - command: {argv: [/bin/true], undo: nothing}
`;
const HOSTS = 'etcd: {hosts: {cp1: , cp2: , cp3: }}';
const inventory = (rest: string) =>
  `all:\n  vars: {runback_cluster: prod}\n  children:\n    ${HOSTS}\n${rest}`;

describe('a host that has nothing to do but where it may be away', () => {
  it('is met late, and not locked before', () => {
    expect(planned(BOTH)).toMatchObject({
      lockHosts: ['cp1', 'cp2', 'cp3'],
      lateHosts: ['w1', 'w2'],
    });
  });

  it.each([
    ['one task cannot do without it', BOTH.replace('hosts: etcd', 'hosts: etcd:workers')],
    ['nobody may be away', BOTH.replace('    ignore_unreachable: true\n', '')],
    ['its one task says otherwise', `${BOTH}        ignore_unreachable: false\n`],
  ])('is locked from the beginning where %s', (_why, text) => {
    expect(planned(text)).toMatchObject({
      lockHosts: ['cp1', 'cp2', 'cp3', 'w1', 'w2'],
      lateHosts: [],
    });
  });

  it('is no late one where it is of the cluster itself', () => {
    const text = BOTH.replace('hosts: workers', 'hosts: workers:cp1');
    const alone = `${text.slice(0, text.indexOf('  - name: The'))}${text.slice(text.indexOf('  - name: Workers'))}`;
    expect(planned(alone)).toMatchObject({
      lockHosts: ['cp1', 'cp2', 'cp3'],
      lateHosts: ['w1', 'w2'],
    });
  });

  it('need not say to which cluster it belongs, and may not say another', () => {
    const silent = HOSTS.replace('{cp1', '{cp1').replace(
      'etcd: {',
      'etcd: {vars: {runback_cluster: prod}, ',
    );
    const text = (workers: string) => `all:\n  children:\n    ${silent}\n    workers: ${workers}\n`;
    expect(planned(BOTH, { inventory: text('{hosts: {w1: }}') })).toMatchObject({
      cluster: 'prod',
    });
    const other = text('{hosts: {w1: }, vars: {runback_cluster: test}}');
    expect(refusedFor(planOf(BOTH, { inventory: other }))[0]).toContain('no-cluster');
  });
});

describe('a play whose hosts may be away', () => {
  it.each([
    ['is not there', ''],
    ['is empty', '    workers: {}\n'],
  ])('is none where its group %s', (_what, rest) => {
    const plan = planned(BOTH, { inventory: inventory(rest) });
    expect(plan.plays.map(({ name }) => name)).toEqual(['The cluster']);
    expect(plan.lateHosts).toEqual([]);
  });

  it('keeps the hosts of its other groups', () => {
    const text = BOTH.replace('hosts: workers', 'hosts: workers:cp1');
    const plan = planned(text, { inventory: inventory('') });
    expect(plan.plays[1]?.hosts).toEqual(['cp1']);
  });

  it('has no unknown group to take out', () => {
    const text = BOTH.replace('hosts: workers', 'hosts: workers:!etcs');
    expect(refusedFor(planOf(text))[0]).toContain('unknown-group');
  });

  it('lets a later task read what it would have registered', () => {
    const text = `${BOTH}        register: worked
  - name: Say
    hosts: etcd:workers
    ignore_unreachable: true
    tasks:
      - debug: {message: "\${{ play.hosts.filter(h, 'workers' in h.groups && h.results.worked.ran).map(h, h.name).join(' ') }}"}
`;
    expect(planned(text, { inventory: inventory('') }).plays).toHaveLength(2);
  });
});

describe('the workers of restore.yml', () => {
  const text = readFileSync('playbooks/restore.yml', 'utf8');
  const inventory = `all:
  vars: {runback_cluster: prod}
  children:
    etcd: {hosts: {cp1: , cp2: , cp3: }}
    kube_control_plane: {hosts: {cp1: , cp2: , cp3: }}
    kube_node: {hosts: {cp1: , w1: , w2: , w3: }}
`;
  const given = (more: { readonly [name: string]: string } = {}) => ({
    inventory,
    e: { snapshot: 'x.db', ...more },
  });
  const restarting = (e = {}) =>
    tasksOf(planned(text, given(e))).filter(({ name }) =>
      /^Restart the kubelet.*worker/.test(name),
    );
  const stateOn = (host: string, first: object) => {
    const task = restarting().find(
      ({ runOnce, hosts }) => !runOnce && hosts.includes(host as never),
    );
    const bound = task?.bind(
      scopeOf(host, { first_worker: { ran: true, changed: true, failed: false, ...first } }),
    );
    if (bound?.ok !== true) return bound;
    return bound.value.kind === 'skip' ? 'skipped' : bound.value.step.shownArgs.state;
  };

  it('are not those that are of the control plane too, which are restarted once', () => {
    expect(restarting().flatMap(({ hosts }) => hosts)).toEqual(['w1', 'w1', 'w2', 'w3']);
  });

  it('are restarted behind the first one, which is only looked at again', () => {
    expect(['w1', 'w2', 'w3'].map((host) => stateOn(host, {}))).toEqual([
      'started',
      'restarted',
      'restarted',
    ]);
  });

  it('are left alone where the first one did not come up, and not where it is away', () => {
    expect(stateOn('w2', { failed: true, changed: false })).toBe('skipped');
    expect(stateOn('w2', { ran: false, changed: false })).toBe('restarted');
  });

  it('are left alone when nobody wants it, and none is missed', () => {
    const task = restarting({ restart_workers: 'false' })[0];
    const bound = task?.bind(scopeOf('w1'));
    expect(bound?.ok === true && bound.value.kind).toBe('skip');
    const none = inventory.replace(/ {4}kube_node.*\n/, '');
    expect(planned(text, { ...given(), inventory: none }).lateHosts).toEqual([]);
  });

  it('may be left out as down beforehand', () => {
    const plan = planned(text, { ...given(), without: ['w2'] });
    expect(plan.lateHosts).toEqual(['w1', 'w3']);
  });
});
