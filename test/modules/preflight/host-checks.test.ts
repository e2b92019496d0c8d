import { describe, expect, it } from 'vitest';
import { refused } from '../../../src/core/failure.js';
import type { Waited } from '../../../src/core/question.js';
import { err, ok } from '../../../src/core/result.js';
import type { Layout } from '../../../src/modules/etcd/layout.js';
import type { Facts, PodFile } from '../../../src/modules/preflight/facts.js';
import { checkHost } from '../../../src/modules/preflight/host-checks.js';
import { LAYOUT, record, statusOf } from '../cluster.js';
import {
  apiserverPod,
  certificate,
  DAY_MS,
  DISKS,
  etcdPod,
  factsOf,
  NOW_MS,
  place,
  SPACE,
} from './healthy.js';

const PKI = '/etc/kubernetes/pki';
const healthy = factsOf('cp1');

function file(name: string, pod: string | null): PodFile {
  return { name, pod, sizeBytes: 1, mode: 0o600, uid: 0, text: '' };
}

function withCertificates(
  change: (all: NonNullable<Facts['certificates']>) => Partial<NonNullable<Facts['certificates']>>,
): Partial<Facts> {
  const all = healthy.certificates as NonNullable<Facts['certificates']>;
  return { certificates: { ...all, ...change(all) } };
}

function instead(path: string, more: Parameters<typeof certificate>[1]): Partial<Facts> {
  return withCertificates(({ certificates }) => ({
    certificates: certificates.map((one) =>
      one.path === `${PKI}/${path}` ? { ...one, ...more } : one,
    ),
  }));
}

function live(
  more: Parameters<typeof statusOf>[1],
  alarms: readonly string[] = [],
): Partial<Facts> {
  const members = (healthy.live as NonNullable<Facts['live']>).members;
  return { live: { status: statusOf('cp1', more), members, alarms } };
}

function snapshot(more: Partial<ReturnType<typeof record>['snapshot']>): Partial<Facts> {
  return { record: record({ snapshot: { ...record().snapshot, ...more } }) };
}

function space(more: Partial<typeof SPACE>): Partial<Facts> {
  const work = place('work', '/var/lib/runback/work');
  return { places: [{ ...work, space: { ...SPACE, ...more } }] };
}

function mounted(
  what: Parameters<typeof place>[0],
  more: Parameters<typeof place>[2],
): Partial<Facts> {
  return {
    places: healthy.places.map((one) => (one.what === what ? place(what, one.path, more) : one)),
  };
}

/** A kubeconfig beside the healthy certificates, and the CA that it trusts. */
function kubeconfig(
  client: Parameters<typeof certificate>[1],
  authority: Parameters<typeof certificate>[1],
): Partial<Facts> {
  const [path, trusted] = ['/etc/kubernetes/admin.conf', '/etc/kubernetes/admin.conf authority'];
  const signedBy = ['sha256 of ca.crt'];
  return withCertificates(({ certificates }) => ({
    certificates: [
      ...certificates.map((one) =>
        one.path === `${PKI}/apiserver.crt` ? { ...one, signedBy } : one,
      ),
      { ...certificate('', { signedBy, ...client }), path },
      { ...certificate('', { sha256: 'sha256 of ca.crt', ...authority }), path: trusted },
    ],
    kubeconfigs: [{ path, client: path, authority: trusted }],
  }));
}

/** A record whose time this host had its data elsewhere. */
function backedUpOn(more: Partial<typeof DISKS>): Partial<Facts> {
  const hosts = record().hosts.map((one) => ({ ...one, disks: { ...DISKS, ...more } }));
  return { record: record({ hosts }) };
}

const STOPPED = '/etc/kubernetes/runback/stopped';

/** By its digest, which says nothing of a version. */
const untagged: Facts['etcd'] = (() => {
  const { manifest, ...pod } = etcdPod('cp1');
  return { ...pod, manifest: { ...manifest, image: 'registry.k8s.io/etcd@sha256:00' } };
})();

const noTools = { etcdctl: null, etcdutl: null };
function swapped(more: Partial<Layout>): Partial<Facts> {
  return { swap: ok({ dataDir: '/var/lib/etcd', layout: { ...LAYOUT, ...more } }) };
}

/** The directory that prepares, the data, and perhaps the WAL, each on a file system of its own. */
function onDisks(work: number, data: number, wal?: number): Partial<Facts> {
  const on = (device: string, what: Parameters<typeof place>[0], freeBytes: number) => ({
    ...place(what, `/disk/${what}`),
    space: { ...SPACE, device, freeBytes },
  });
  const disks = [on('2', 'work', work), on('3', 'data', data)];
  if (wal === undefined) return { places: disks };
  const apart = swapped({ wal_dir: '/disk/wal', wal_staging_dir: '/disk/.runback' });
  return { ...apart, places: [...disks, on('4', 'wal', wal)] };
}

const fromImage = {
  from: 'image',
  image: 'registry.k8s.io/etcd:3.5.16-0',
  through: '/usr/bin/ctr',
} as const;
const tool = (version: string | null) => ({ path: '/usr/bin/x', version, said: '' });
const listening = (process: string) => ({
  state: 'listening' as const,
  localAddress: '0.0.0.0',
  localPort: 6_443,
  remoteAddress: '',
  remotePort: 0,
  process,
});
const unreached = { reached: false as const, waitedMs: 2_000, lastSeen: 'status 500' };
const ownedByRoot = {
  type: 'file' as const,
  mode: 0o600,
  uid: 0,
  gid: 0,
  sizeBytes: 1,
  inode: '1',
  device: '1',
  modifiedS: 1,
};
const rootless: Facts['etcd'] = (() => {
  const { manifest, ...pod } = etcdPod('cp1');
  return { ...pod, manifest: { ...manifest, runAs: { uid: 990, gid: 990 } } };
})();
const keyFile = (more: object) => [
  { path: `${PKI}/etcd/server.key`, stat: { ...ownedByRoot, ...more } },
];
const otherRun = '/etc/kubernetes/runback/20260101T000000Z-0123456789abcdef';

/** What is otherwise on a healthy host, and the codes that are found then. */
const CASES: readonly (readonly [string, Partial<Facts>, ...string[]])[] = [
  ['nothing', {}],
  [
    'API servers alone, and nothing of etcd',
    { isMember: false, etcd: null, etcdRuns: false, live: null, dataDir: null, tools: noTools },
  ],
  ['a member that the inventory does not know', { isMember: false }, 'member-outside-group'],
  [
    'a member alone',
    {
      isControlPlane: false,
      apiserver: null,
      apiserverRuns: false,
      sockets: [listening('haproxy')],
    },
  ],
  [
    'an API server that the inventory does not know',
    { isControlPlane: false },
    'api-server-outside-group',
  ],
  [
    'the process of one, without a manifest',
    { isControlPlane: false, apiserver: null },
    'api-server-outside-group',
  ],
  ['an API server that systemd runs', { apiserver: null }, 'api-server-not-static-pod'],
  [
    'one that the record alone knows as a static pod',
    { apiserver: { ...apiserverPod('cp1'), source: 'record' } },
    'api-server-not-static-pod',
  ],
  [
    'an API server that is only in the record, and does not run',
    { apiserver: { ...apiserverPod('cp1'), source: 'record' }, apiserverRuns: false },
  ],
  ['no manifest anywhere', { etcd: null, live: null, dataDir: null }, 'manifest-missing'],
  [
    'a unit of etcd’s that does not start with the host',
    { etcd: { ...etcdPod('cp1'), source: 'unit' }, unitIsDisabled: true },
    'unit-disabled',
  ],
  ['a unit of that name that nobody uses', { unitIsDisabled: true }],
  ['no etcd running', { etcdRuns: false, live: null }, 'etcd-not-running'],
  ['etcd silent', { live: null, silence: 'context deadline exceeded' }, 'etcd-silent'],
  ['an alarm', live({}, ['NOSPACE']), 'alarm'],
  ['a database of 80 % of 2 GiB', live({ dbSizeBytes: 0.8 * 2 * 1_024 ** 3 })],
  ['a larger one', live({ dbSizeBytes: 0.8 * 2 * 1_024 ** 3 + 1 }), 'db-near-quota'],
  [
    'a quota that a flag raises',
    { ...live({ dbSizeBytes: 2e9 }), etcd: etcdPod('cp1', ['--quota-backend-bytes=8589934592']) },
  ],
  [
    'a snapshot as large as the quota',
    { ...snapshot({ size_bytes: 2 * 1_024 ** 3 }), places: [] },
    'snapshot-over-quota',
  ],
  ['another patch of etcdctl', { tools: { ...healthy.tools, etcdctl: tool('3.5.30') } }],
  ['an older etcdutl', { tools: { ...healthy.tools, etcdutl: tool('3.4.23') } }, 'tool-version'],
  ['another etcd running', live({ version: '3.4.23' }), 'running-version'],
  ['a newer snapshot', snapshot({ etcd_version: '3.6.1' }), 'snapshot-newer'],
  ['an older snapshot', snapshot({ etcd_version: '3.4.30' }), 'snapshot-older'],
  ['a snapshot of an unknown version', snapshot({ etcd_version: '' }), 'snapshot-version-unknown'],
  ['no backup named', { record: null }],
  ['an image without a version, beside an etcd that runs', { etcd: untagged }],
  [
    'such an image, and a snapshot that is newer than the etcd that runs',
    { etcd: untagged, ...snapshot({ etcd_version: '3.6.1' }) },
    'snapshot-newer',
  ],
  ['such an image, and nothing that runs', { etcd: untagged, live: null }, 'etcd-version-unknown'],
  [
    'such an image, and tools that differ',
    { etcd: untagged, live: null, tools: { ...healthy.tools, etcdutl: tool('3.6.1') } },
    'etcd-version-unknown',
    'tool-version',
  ],
  [
    'such an image, and a snapshot that is newer than the tools',
    { etcd: untagged, live: null, ...snapshot({ etcd_version: '3.6.1' }) },
    'etcd-version-unknown',
    'snapshot-newer',
  ],
  ['no tools', { tools: noTools, toolsFrom: null }, 'tool-missing'],
  ['tools out of an image', { tools: noTools, toolsFrom: fromImage }, 'tool-elsewhere'],
  [
    'tools of another version that are not used',
    { tools: { ...noTools, etcdctl: tool('3.4.23') }, toolsFrom: fromImage },
    'tool-elsewhere',
  ],
  ['etcdctl 3.5 alone', { tools: { etcdctl: tool('3.5.16'), etcdutl: null } }],
  [
    'etcdctl 3.6 alone',
    { tools: { etcdctl: tool('3.6.0'), etcdutl: null }, toolsFrom: null },
    'tool-missing',
    'tool-version',
  ],
  ['room above 10 %', space({ freeBytes: 10.2e9 })],
  ['room below 10 %', space({ freeBytes: 10.1e9 }), 'no-room'],
  ['little room where no kubelet looks', space({ freeBytes: 0.2e9, device: '2' })],
  [
    'little room above the kubelet’s own threshold',
    {
      ...space({ freeBytes: 1.3e9 }),
      kubelet: { ...healthy.kubelet, config: 'evictionHard: { nodefs.available: 1Gi }' },
    },
  ],
  [
    'room, but not for the images’ threshold',
    { ...space({ freeBytes: 14e9 }), nodeSpaces: [{ use: 'imagefs', space: SPACE }] },
    'no-room',
  ],
  [
    'room, but not for what is saved of the old ones',
    { ...live({ dbSizeBytes: 1e9 }), ...space({ freeBytes: 11e9 }) },
    'no-room',
  ],
  [
    'room when nothing is saved',
    { ...live({ dbSizeBytes: 1e9 }), ...space({ freeBytes: 11e9 }), keepsSafety: false },
  ],
  [
    'room, but not for programs from elsewhere',
    { ...space({ freeBytes: 10.2e9 }), toolsFrom: fromImage },
    'no-room',
    'tool-elsewhere',
  ],
  ['few inodes', space({ freeInodes: 50_199 }), 'no-inodes'],
  ['a file system that counts no inodes', space({ inodes: 0, freeInodes: 0 })],
  ['a read-only folder', mounted('manifests', { readOnly: true }), 'read-only'],
  ['a read-only WAL', mounted('wal', { readOnly: true })],
  ['another mount for parking', mounted('parked', { mountId: 2 }), 'parked-on-other-mount'],
  ['a read-only data directory', mounted('data', { readOnly: true }), 'read-only'],
  [
    'a data directory that is a mount point',
    swapped({ moved: '/var/lib/etcd/member', staging_dir: '/var/lib/etcd/.runback' }),
    'data-on-own-mount',
  ],
  [
    'a WAL of its own, beside which it is prepared',
    swapped({ wal_dir: '/srv/wal', wal_staging_dir: '/srv/.runback' }),
    'data-on-own-mount',
  ],
  [
    'data that cannot change places',
    { swap: err(refused('data-on-network', 'on nfs4', 'move it')) },
    'data-not-movable',
  ],
  ['a data disk with room, where the snapshot’s has little', onDisks(4e9, 50e9)],
  ['a data disk without room', onDisks(50e9, 0.01e9), 'no-room'],
  ['a WAL disk without room', onDisks(50e9, 50e9, 0.1e9), 'data-on-own-mount', 'no-room'],
  [
    'a rootless etcd without its key',
    { etcd: rootless, etcdFiles: keyFile({}) },
    'unreadable-by-etcd',
  ],
  [
    'a rootless etcd with its key',
    { etcd: rootless, etcdFiles: keyFile({ gid: 990, mode: 0o640 }) },
  ],
  ['root without read bits', { etcdFiles: keyFile({ mode: 0 }) }],
  ['SELinux', { isSelinuxEnforcing: true }, 'selinux'],
  ['a dead kubelet', { kubelet: { ...healthy.kubelet, isRunning: false } }, 'kubelet-dead'],
  ['a sick kubelet', { kubelet: { ...healthy.kubelet, health: unreached } }, 'kubelet-unhealthy'],
  ['a kubelet that is not asked', { kubelet: { ...healthy.kubelet, health: null } }],
  ['a stray file', { folder: [file('etcd.yaml.bak', null)] }, 'stray-manifest'],
  [
    'pods of other names',
    { folder: [file('a.yaml', 'x/a'), file('b.json', 'y/a'), file('c.yml', null)] },
  ],
  ['one pod twice', { folder: [file('a.yaml', 'x/a'), file('b.yaml', 'x/a')] }, 'duplicate-pod'],
  [
    'HAProxy beside the API server',
    { sockets: [listening('kube-apiserver'), listening('haproxy')] },
    'api-port-shared',
  ],
  ['the API server alone', { sockets: [listening('kube-apiserver')] }],
  [
    'a missing certificate',
    withCertificates(() => ({ missing: [`${PKI}/etcd/peer.crt`] })),
    'certificate-missing',
  ],
  [
    'a file that is no certificate',
    withCertificates(() => ({ unreadable: [`${PKI}/ca.crt`] })),
    'certificate-unreadable',
  ],
  [
    'an unreadable file that nobody names',
    withCertificates(() => ({ unreadable: [`${PKI}/x.crt`] })),
  ],
  [
    'a certificate that is over',
    instead('apiserver.crt', { notAfterMs: NOW_MS - 1 }),
    'certificate-expired',
  ],
  ['one with 30 days', instead('apiserver.crt', { notAfterMs: NOW_MS + 30 * DAY_MS })],
  [
    'one with less',
    instead('apiserver.crt', { notAfterMs: NOW_MS + 30 * DAY_MS - 1 }),
    'certificate-expires-soon',
  ],
  [
    'one that has not begun',
    instead('apiserver.crt', { notBeforeMs: NOW_MS + 1 }),
    'certificate-not-yet-valid',
  ],
  [
    'a missing name',
    instead('etcd/peer.crt', { ipAddresses: ['192.0.2.99'] }),
    'certificate-names',
  ],
  ['an address of the API server', { apiserver: apiserverPod('cp2') }, 'certificate-names'],
  ['another key', instead('etcd/server.crt', { keySha256: 'another' }), 'certificate-key-differs'],
  [
    'no openssl',
    withCertificates(({ keys }) => ({
      hasOpenssl: false,
      keys: keys.map((one) => (one.isPrivate ? { ...one, keySha256: null } : one)),
    })),
    'keys-not-compared',
  ],
  ['another signer', instead('etcd/server.crt', { signedBy: [] }), 'certificate-chain'],
  [
    'a signer between',
    withCertificates(({ certificates }) => ({
      certificates: [
        ...certificates.map((one) =>
          one.path === `${PKI}/etcd/server.crt` ? { ...one, signedBy: ['between'] } : one,
        ),
        certificate('etcd/between.crt', { sha256: 'between' }),
      ],
    })),
  ],
  ['a kubeconfig', kubeconfig({}, {})],
  [
    'a kubeconfig whose certificate is over',
    kubeconfig({ notAfterMs: NOW_MS - 1 }, {}),
    'certificate-expired',
  ],
  [
    'a kubeconfig that the API server does not know',
    kubeconfig({ signedBy: ['sha256 of another'] }, {}),
    'kubeconfig-authority',
  ],
  [
    'a kubeconfig that does not know the API server',
    kubeconfig({}, { sha256: 'sha256 of another' }),
    'kubeconfig-authority',
  ],
  ['data on an overlay', mounted('data', { fsType: 'overlay' }), 'data-on-overlay'],
  ['places as they were', backedUpOn({})],
  ['a record that does not know them', { record: record() }],
  ['a disk that is not mounted', backedUpOn({ data_mount: '/var/lib/etcd' }), 'layout-differs'],
  [
    'a WAL that was a link',
    backedUpOn({ wal_dir: '/opt/wal', wal_link: '/opt/wal' }),
    'layout-differs',
  ],
  [
    'another data directory than then',
    backedUpOn({ data_path: '/srv/etcd', data_dir: '/srv/etcd', data_mount: '/srv' }),
  ],
  [
    'another’s lock',
    { locks: [{ cluster: 'lab', holder: '{"run":"other","user":"ann"}' }] },
    'lock-held',
  ],
  ['our own lock', { locks: [{ cluster: 'lab', holder: '{"run":"this-run"}' }] }],
  ['a lock that says nothing', { locks: [{ cluster: 'lab', holder: 'null' }] }, 'lock-held'],
  [
    'manifests of another run',
    { leftovers: [{ path: otherRun, entries: ['etcd.yaml'] }] },
    'parked-by-other-run',
  ],
  [
    'manifests that wait where they were stopped',
    { leftovers: [{ path: STOPPED, entries: ['etcd.yaml', 'trash'] }] },
    'stopped-by-hand',
  ],
  [
    'copies of what a restore has brought back',
    {
      leftovers: [{ path: STOPPED, entries: ['etcd.yaml', 'trash'] }],
      folder: [file('etcd.yaml', 'kube-system/etcd')],
    },
  ],
  [
    'an empty directory of another run',
    { leftovers: [{ path: otherRun, entries: [] }] },
    'leftovers',
  ],
];

const closed = 'is closed';
const look = (...seen: readonly Waited[]): Partial<Facts> => ({
  fenced: [
    {
      host: 'cp3',
      tried: seen.map((one) => ({ what: 'a port', address: '192.0.2.13', port: 2_380, seen: one })),
    },
  ],
});
const late = (lastSeen: string): Waited => ({ reached: false, waitedMs: 0, lastSeen });
const open: Waited = { reached: true, waitedMs: 0 };

const elsewhere = { addresses: ['192.0.2.31', '127.0.0.1'] };
const moved = { was: '192.0.2.11', is: '192.0.2.31', apiserverFlags: [] };

describe('where the manifest and the host disagree about its address', () => {
  const codes = (more: Partial<Facts>) =>
    checkHost({ ...healthy, ...more }).map(({ code }) => code);
  const listening = (url: string) =>
    etcdPod('cp1', [`--listen-peer-urls=${url}:2380`, `--listen-client-urls=${url}:2379`]);

  it('nothing is listened on that the host does not have', () => {
    expect(codes(elsewhere)).toEqual(['address-moved']);
    expect(checkHost({ ...healthy, ...elsewhere })[0]).toMatchObject({ acceptable: false });
  });

  it('what peers are told may be translated on the way, and nobody knows of names', () => {
    for (const any of ['https://0.0.0.0', 'https://[::]', 'https://127.0.0.1']) {
      expect(codes({ ...elsewhere, etcd: listening(any) })).toEqual(['address-not-here']);
    }
    expect(codes({ ...elsewhere, etcd: listening('https://cp1.example') })).toEqual([
      'address-not-here',
    ]);
  });

  it('a host whose kernel says nothing is believed', () => {
    expect(codes({ addresses: null })).toEqual([]);
  });

  it('the API server’s manifest is nobody’s to rewrite', () => {
    const flags = [['advertise-address', '192.0.2.11']] as const;
    const [finding] = checkHost({ ...healthy, moved: { ...moved, apiserverFlags: flags } });
    expect(finding).toMatchObject({
      code: 'apiserver-address-moved',
      evidence: '--advertise-address=192.0.2.11',
    });
  });
});

describe('where a host is left out', () => {
  it.each<[string, Partial<Facts>, string]>([
    ['nothing answers there', look(late(closed), late(closed)), 'fenced-silent'],
    ['one port answers', look(late(closed), open), 'fenced-member-alive'],
    [
      'nothing is there to look with',
      look(late('this host has none of bash')),
      'fenced-not-looked',
    ],
    ['no address of it is known', look(), 'fenced-not-looked'],
  ])('%s: it is said so', (_what, more, code) => {
    const [finding, ...others] = checkHost({ ...healthy, ...more });
    expect(others).toEqual([]);
    expect(finding).toMatchObject({ code, host: 'cp1' });
    expect(finding?.message).toContain('cp3');
  });

  it('a yes does not make it dead', () => {
    expect(checkHost({ ...healthy, ...look(open) })[0]).toMatchObject({
      severity: 'error',
      acceptable: false,
    });
  });
});

describe('on a host with', () => {
  it.each(CASES.map(([name, more, ...codes]) => ({ name, more, codes })))(
    '$name: $codes',
    ({ more, codes }) => {
      const findings = checkHost({ ...healthy, ...more });
      expect(findings.map(({ code }) => code).sort()).toEqual(codes);
      for (const one of findings) {
        expect(one).toMatchObject({ host: 'cp1', accepted: false });
        expect(one.message).not.toBe('');
        expect(one.remedy).not.toBe('');
      }
    },
  );
});

it('says what it saw', () => {
  const [tools] = checkHost({
    ...healthy,
    tools: noTools,
    toolsFrom: null,
    runtimes: ['podman'],
  });
  expect(tools?.evidence).toBe(
    `a directory of this machine can give them: -e 'etcd_tools=["DIR"]'; podman may take them out of registry.k8s.io/etcd:3.5.16-0 by hand`,
  );
});
