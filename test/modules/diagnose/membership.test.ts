import { expect, it } from 'vitest';
import type { Collected } from '../../../src/modules/diagnose/collected.js';
import { checkMember } from '../../../src/modules/diagnose/membership.js';
import { found } from '../../../src/modules/preflight/found.js';
import { addressOf, HOSTS, memberList, type Name } from '../cluster.js';
import { REPORTS } from '../preflight/healthy.js';

const peer = (name: Name) => `https://${addressOf(name)}:2380`;
const LIST = HOSTS.map((name) => `${name}=${peer(name)}`);

function collected(name: Name, more: Partial<Collected['member']> = {}): Collected {
  const report = REPORTS.find(({ host }) => host === name);
  if (report === undefined) throw new Error(name);
  const others = HOSTS.filter((other) => other !== name);
  const member = {
    manifest: '/etc/kubernetes/manifests/etcd.yaml',
    is_parked: false,
    name,
    peer_urls: [peer(name)],
    initial_cluster: LIST,
    initial_state: 'existing',
    has_data: true,
    runs: true,
    answers: true,
    cluster_id: 'c1',
    member_id: `id of ${name}`,
    has_leader: true,
    is_learner: false,
    peers: others.map((other) => ({ url: peer(other), open: true, last_seen: '' })),
    ...more,
  };
  return { host: name, files: [], member, report, found: [] };
}

type Live = NonNullable<Collected['report']['live_members']>;

/** The others, and what those who have a leader list. */
function others(change: (list: Live) => Live = (list) => list): readonly Collected[] {
  return (['cp1', 'cp2'] as const).map((name) => {
    const one = collected(name);
    return { ...one, report: { ...one.report, live_members: change(live()) } };
  });
}

function live(): Live {
  return memberList().members.map(({ id, name, peerUrls }) => {
    return { id, name, peer_urls: [...peerUrls], is_learner: false };
  });
}

const entry = (change: Partial<Live[number]>) => (list: Live) =>
  list.map((one) => (one.name === 'cp3' ? { ...one, ...change } : one));
const without = (list: Live) => list.filter(({ name }) => name !== 'cp3');

const codes = (one: Collected, rest: readonly Collected[]) =>
  checkMember(one, rest).map(({ code, host }) => `${code} ${host ?? '-'}`);

const silent = { answers: false, has_leader: false };
const down = { ...silent, runs: false };
const fresh = { ...down, has_data: false, cluster_id: '', member_id: '' };

it('finds nothing wrong with one that is well, and says so', () => {
  expect(codes(collected('cp3'), others())).toEqual(['member-well cp3']);
});

it.each([
  ['removed', collected('cp3', down), others(without), ['member-down cp3', 'member-unknown cp3']],
  [
    'never added',
    collected('cp3', fresh),
    others(without),
    ['member-down cp3', 'member-unknown cp3'],
  ],
  [
    'added and not started',
    collected('cp3', fresh),
    others(entry({ name: '' })),
    ['member-down cp3', 'member-unstarted cp3'],
  ],
  [
    'told a wrong list',
    collected('cp3', { ...fresh, initial_cluster: LIST.slice(1) }),
    others(entry({ name: '' })),
    ['member-down cp3', 'member-unstarted cp3', 'initial-cluster-differs cp3'],
  ],
  [
    'told to begin anew',
    collected('cp3', { ...fresh, initial_state: 'new' }),
    others(entry({ name: '' })),
    ['member-down cp3', 'member-unstarted cp3', 'initial-state-new cp3'],
  ],
  ['without its data', collected('cp3', fresh), others(), ['member-down cp3', 'data-lost cp3']],
  [
    'in another cluster',
    collected('cp3', { ...silent, cluster_id: 'c2' }),
    others(),
    ['member-silent cp3', 'other-cluster cp3'],
  ],
  ['a learner', collected('cp3'), others(entry({ is_learner: true })), ['member-learner cp3']],
  [
    'known by another URL',
    collected('cp3'),
    others(entry({ peer_urls: ['https://192.0.2.99:2380'] })),
    ['peer-url-differs cp3'],
  ],
  [
    'parked',
    collected('cp3', { ...down, is_parked: true, manifest: '/tmp/etcd.yaml.bak' }),
    others(),
    ['etcd-parked cp3'],
  ],
  ['nowhere', collected('cp3', { ...down, manifest: '' }), others(), []],
])('knows a member that is %s', (_what, one, rest, expected) => {
  expect(codes(one, rest)).toEqual(expected);
});

it('knows that there is nothing to join, and says how each of the others is', () => {
  const rest = [collected('cp1', silent), collected('cp2', down)];
  const findings = checkMember(collected('cp3', silent), rest);
  expect(findings.map(({ code }) => code)).toEqual(['member-silent', 'no-quorum']);
  expect(findings[1]?.evidence).toBe('cp1 is silent\ncp2 does not run');
});

it('knows a port that is closed in either direction, between two that run', () => {
  const closed = (to: Name) => [{ url: peer(to), open: false, last_seen: 'it is closed' }];
  const one = collected('cp3', { peers: closed('cp1') });
  const [cp1, cp2] = others() as [Collected, Collected];
  const deaf = { ...cp2, member: { ...cp2.member, peers: closed('cp3') } };
  expect(codes(one, [cp1, deaf])).toEqual(['peer-port-closed cp3', 'peer-port-closed cp2']);
  const gone = { ...cp1, member: { ...cp1.member, runs: false } };
  expect(codes(one, [gone, cp2])).toEqual(['member-well cp3']);
});

it('leaves to the preflight what a dead kubelet explains', () => {
  const one = collected('cp3', down);
  const dead = found('kubelet-dead', 'cp3', 'no kubelet runs');
  const report = { ...one.report, found: [dead] };
  expect(codes({ ...one, report }, others())).toEqual([]);
});
