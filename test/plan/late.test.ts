import { describe, expect, it } from 'vitest';
import { planned, planOf, refusedFor } from './sources.js';

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
