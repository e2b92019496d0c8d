import { describe, expect, it } from 'vitest';
import type { RecordedHost } from '../../../src/modules/etcd/record.js';
import { checkCluster } from '../../../src/modules/preflight/cluster-checks.js';
import type { HostReport } from '../../../src/modules/preflight/report.js';
import { addressOf, record } from '../cluster.js';
import { REPORTS, reportsWith } from './healthy.js';

const [cp1] = REPORTS as [HostReport, ...HostReport[]];
const members = cp1.live_members ?? [];
const fingerprints = (name: string, value: string) => ({
  fingerprints: { ...cp1.fingerprints, [name]: value },
});
const clock = (min: number, max: number) => ({ clock: { ahead_ms_min: min, ahead_ms_max: max } });
const incoming = (address: string, port: number) => ({
  local_address: addressOf('cp1'),
  local_port: 2_379,
  remote_address: address,
  remote_port: port,
  process: 'etcd',
});
const outgoing = (address: string, port: number, process: string | null) => ({
  local_address: address,
  local_port: port,
  remote_address: addressOf('cp1'),
  remote_port: 2_379,
  process,
});
const withFingerprints = (change: { readonly [name: string]: string }) =>
  record({
    hosts: record().hosts.map((host) => ({
      ...host,
      fingerprints: { ...cp1.fingerprints, ...change },
    })),
  });
const SA = 'kube-apiserver --service-account-key-file';
const ENCRYPTION = 'kube-apiserver --encryption-provider-config';
const late = { id: 'ff', name: '', peer_urls: ['https://192.0.2.9:2380'], is_learner: true };

/** Three members, and an API server on a host of its own. */
function withApiServer(more: Partial<HostReport>, first: Partial<HostReport> = {}) {
  const members = reportsWith('cp1', first).map((one) => ({ ...one, is_control_plane: false }));
  const etcd = { is_member: false, member: '', peer_urls: [], client_urls: [], live_members: null };
  const own = { host: 'api1', address: '192.0.2.50', image: '', image_version: '' };
  return [...members, { ...cp1, ...etcd, ...own, ...more }];
}

const TOLD = { told_members: [{ name: 'cp4', peer_url: 'https://192.0.2.14:2380' }] };

/** No etcd says who its members are. */
function silentWith(more: Partial<HostReport>): readonly HostReport[] {
  return reportsWith('cp1', more).map((one) => ({ ...one, live_members: null }));
}

/** What is otherwise in a healthy cluster, and what is found then: code and host. */
const CASES: readonly (readonly [string, readonly HostReport[], ...string[]])[] = [
  ['nothing', REPORTS],
  ['no etcd running', REPORTS.map((one) => ({ ...one, live_members: null }))],
  [
    'a host that is forgotten and named, where nobody answers',
    silentWith(TOLD),
    'member-only-named -',
  ],
  ['one that is named, where somebody answers', reportsWith('cp1', TOLD)],
  ['a host that is forgotten', REPORTS.slice(0, 2), 'members-disagree -'],
  [
    'a host that is no member any more',
    REPORTS.map((one) => ({ ...one, live_members: members.slice(0, 2) })),
    'member-absent -',
  ],
  [
    'another cluster on one host',
    reportsWith('cp3', { past: { ...cp1.past, cluster_id: 'other' } }),
    'clusters-differ -',
  ],
  ['a name twice', reportsWith('cp2', { member: 'cp1' }), 'member-twice -'],
  [
    'a learner',
    reportsWith('cp1', { live_members: [...members, late] }),
    'members-disagree -',
    'learner -',
  ],
  ['another image', reportsWith('cp2', { image_version: '3.4.30' }), 'image-versions-differ -'],
  ['another patch', reportsWith('cp2', { image_version: '3.5.30' })],
  ['another sa.pub', reportsWith('cp3', fingerprints(SA, 'x')), 'service-account-key-differs cp3'],
  [
    'another CA',
    reportsWith('cp3', fingerprints('etcd --trusted-ca-file', 'x')),
    'authority-differs cp3',
  ],
  [
    'an encryption key on one',
    reportsWith('cp2', fingerprints(ENCRYPTION, 'x')),
    'encryption-key-differs cp2',
  ],
  ['a key that nobody could read', reportsWith('cp2', fingerprints(SA, 'unknown'))],
  [
    'two hosts that disagree',
    reportsWith('cp2', fingerprints(SA, 'x'))
      .slice(0, 2)
      .map((one) => ({ ...one, live_members: null })),
    'service-account-key-differs -',
  ],
  ['a slow way', reportsWith('cp2', clock(-40_000, 40_000))],
  ['a clock a second ahead', reportsWith('cp2', clock(1_000, 1_020))],
  ['a clock more than a second ahead', reportsWith('cp2', clock(1_001, 1_020)), 'clock-drift cp2'],
  ['a clock half a minute behind', reportsWith('cp2', clock(-30_020, -30_001)), 'clock-skew cp2'],
  [
    'clocks apart from each other',
    reportsWith('cp1', clock(-900, -800)).map((one) =>
      one.host === 'cp2' ? { ...one, ...clock(900, 990) } : one,
    ),
    'clock-drift -',
  ],
  [
    'a client from elsewhere',
    reportsWith('cp1', { connections: [incoming('192.0.2.200', 40_000)] }),
    'other-clients cp1',
  ],
  [
    'an API server on the host',
    reportsWith('cp1', {
      connections: [incoming('127.0.0.1', 40_000), outgoing('127.0.0.1', 40_000, 'kube-apiserver')],
    }),
  ],
  [
    'Calico on the host',
    reportsWith('cp1', {
      connections: [incoming('127.0.0.1', 40_000), outgoing('127.0.0.1', 40_000, 'calico-node')],
    }),
    'other-clients cp1',
  ],
  [
    'an API server apart from its members',
    withApiServer({ etcd_servers: [`https://${addressOf('cp1')}:2379`, 'https://cp2:2379'] }),
  ],
  [
    'a client from elsewhere, which may be an API server',
    withApiServer({}, { connections: [incoming('192.0.2.200', 40_000)] }),
    'unknown-client cp1',
  ],
  [
    'a forgotten member that an API server uses',
    withApiServer({ etcd_servers: ['https://192.0.2.14:2379'] }),
    'etcd-servers-elsewhere api1',
  ],
  [
    'an API server that still asks where a member was',
    withApiServer(
      { etcd_servers: ['https://192.0.2.99:2379', 'https://cp2:2379'] },
      { former_peer_urls: ['https://192.0.2.99:2380'], client_urls: [] },
    ),
    'apiserver-etcd-moved api1',
  ],
  [
    'an API server that asks where a member was, and somebody else',
    withApiServer(
      { etcd_servers: ['https://192.0.2.99:2379', 'https://192.0.2.14:2379'] },
      { former_peer_urls: ['https://192.0.2.99:2380'] },
    ),
    'etcd-servers-elsewhere api1',
  ],
  [
    'a balancer on the loopback of a host without a member',
    withApiServer({ etcd_servers: ['https://127.0.0.1:2379'] }),
    'etcd-servers-elsewhere api1',
  ],
  [
    'API servers on the loopback of their members',
    reportsWith('cp1', { etcd_servers: ['https://127.0.0.1:2379', 'https://[::1]:2379'] }),
  ],
  [
    'one that was gone again',
    reportsWith('cp1', { connections: [incoming(addressOf('cp2'), 40_000)] }),
  ],
];

describe('in a cluster with', () => {
  it.each(CASES.map(([name, reports, ...found]) => ({ name, reports, found })))(
    '$name: $found',
    ({ reports, found }) => {
      const findings = checkCluster(reports, null);
      expect(findings.map(({ code, host }) => `${code} ${host ?? '-'}`)).toEqual(found);
    },
  );
});

describe('a host that is left out', () => {
  const two = REPORTS.slice(0, 2);
  const codes = (fenced: readonly { name: string; address: string }[], with_ = record()) =>
    checkCluster(two, with_, fenced)
      .map(({ code }) => code)
      .filter((code) => code !== 'no-fingerprints');

  it('is missing among the hosts, and nobody else may be', () => {
    expect(codes([{ name: 'cp3', address: addressOf('cp3') }])).toEqual([]);
    expect(codes([{ name: 'other', address: addressOf('cp3') }])).toEqual([]);
    expect(codes([{ name: 'cp4', address: '192.0.2.14' }])).toEqual(['members-disagree']);
    expect(codes([])).toEqual(['members-disagree']);
  });

  it('is known by the record, where its name and its address are others today', () => {
    const [cp1, cp2, cp3] = record().hosts as [RecordedHost, RecordedHost, RecordedHost];
    const renamed = record({ hosts: [cp1, cp2, { ...cp3, name: 'node-c' }] });
    expect(codes([{ name: 'node-c', address: '198.51.100.3' }], renamed)).toEqual([]);
  });
});

describe('beside a backup', () => {
  const codes = (reports: readonly HostReport[], with_: ReturnType<typeof record>) =>
    checkCluster(reports, with_).map(({ code, host }) => `${code} ${host ?? '-'}`);

  it('with the same fingerprints nothing is found', () => {
    expect(codes(REPORTS, withFingerprints({}))).toEqual([]);
  });

  it('without fingerprints that is said once', () => {
    expect(codes(REPORTS, record())).toEqual(['no-fingerprints -']);
  });

  it('with another key it is said of each host', () => {
    expect(codes(REPORTS.slice(0, 3), withFingerprints({ [ENCRYPTION]: 'x' }))).toEqual(
      ['cp1', 'cp2', 'cp3'].map((host) => `encryption-key-differs-from-backup ${host}`),
    );
  });
});
