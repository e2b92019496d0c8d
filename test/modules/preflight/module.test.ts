import { expect, it } from 'vitest';
import { preflight } from '../../../src/modules/preflight.js';
import { manifestOf, memberList, record, statusOf } from '../cluster.js';
import { resultOf } from '../steps.js';
import { places, type Table, TableHost } from '../table-host.js';
import { NOW_MS } from './healthy.js';

const IMAGE = 'registry.k8s.io/etcd:3.5.16-0';
const MANIFESTS = '/etc/kubernetes/manifests';
const args = {
  host: 'cp1',
  address: '192.0.2.11',
  run: 'this-run',
  manifests_dir: MANIFESTS,
  parked_dir: '/etc/kubernetes/runback',
  work_dir: '/var/lib/runback/work',
  copies: ['/tmp/POD.yaml.bak'],
};

/** In the data directory. */
const directories = (...names: readonly string[]) =>
  Object.fromEntries(names.map((name) => [`/var/lib/etcd${name}`, { type: 'directory' } as const]));

const RUNNING: Table = {
  files: {
    [MANIFESTS]: { type: 'directory' },
    [`${MANIFESTS}/etcd.yaml`]: { text: manifestOf('cp1') },
    ...directories('', '/member', '/member/snap', '/member/wal'),
    ...directories('/.runback', '/lost+found'),
    '/usr/local/bin/etcdctl': {},
  },
  processes: ['etcd', 'kubelet'],
  tools: { etcdctl: '/usr/local/bin/etcdctl', etcdutl: '/usr/local/bin/etcdutl' },
  toolVersion: () => '3.5.16',
  says: {
    clock: () => ({
      askedAtMs: NOW_MS,
      answeredAtMs: NOW_MS + 20,
      atMs: NOW_MS + 5_000,
      resolutionMs: 1,
    }),
    listening: () => [],
    ages: ({ paths }) => ({
      bornS: Object.fromEntries(paths.map((path) => [path, 500])),
      processes: [700, 600].map((startedS) => ({ name: 'kube-apiserver', startedS })),
    }),
    'etcd-status': () => statusOf('cp1'),
    'etcd-members': () => memberList(),
    'etcd-alarms': () => ({ alarms: [] }),
    'etcd-count': ({ prefix }) => ({ keys: prefix === '/registry/minions/' ? 3 : 0 }),
    certificates: ({ paths }) => ({
      hasOpenssl: true,
      certificates: [],
      keys: [],
      missing: paths.filter((path) => path.endsWith('.crt')),
      unreadable: [],
    }),
  },
};

const codes = (found: readonly { readonly code: string }[]) => found.map(({ code }) => code);

it('asks twice, and reports what it saw', async () => {
  const host = new TableHost(RUNNING);
  let frames = 0;
  const around = places({});
  const counted: typeof host.ask = (questions) => {
    frames += 1;
    return host.ask(questions);
  };
  const report = await resultOf(preflight, args, { ...around, host: counted });
  expect(frames).toBe(2);
  expect(report).toMatchObject({
    member: 'cp1',
    peer_urls: ['https://192.0.2.11:2380'],
    image_version: '3.5.16',
    clock: { ahead_ms_min: 4_980, ahead_ms_max: 5_001 },
    past: {
      cluster_id: statusOf('cp1').clusterId,
      nodes: 3,
      data_born_s: 500,
      api_server_started_s: 600,
    },
  });
  expect(report.past.strays).toEqual([]);
  expect(report.live_members?.map(({ name }) => name)).toEqual(['cp1', 'cp2', 'cp3']);
  expect(codes(report.found)).toEqual(['certificate-missing', 'certificate-missing']);
});

it('looks into what does not belong into the data directory', async () => {
  const odd = directories('/etcd-restored', '/etcd-restored/member', '/notes', '/member/member');
  const { past } = await resultOf(
    preflight,
    args,
    places({ ...RUNNING, files: { ...RUNNING.files, ...odd } }),
  );
  expect(past.strays).toEqual(['etcd-restored', 'notes', 'member/member']);
  expect(past.nested).toEqual(['etcd-restored', 'member/member']);
});

it('takes the member from a trusted copy, else from the record, when nothing runs any more', async () => {
  const empty: Table = { ...RUNNING, processes: [], files: { [MANIFESTS]: { type: 'directory' } } };
  const from = async (table: Table, more: object = {}) =>
    resultOf(preflight, { ...args, ...more }, places(table));
  const nothing = await from(empty);
  expect(codes(nothing.found)).toContain('manifest-missing');
  expect(codes(nothing.found)).toContain('kubelet-dead');
  const copy = { text: manifestOf('cp1'), mode: 0o600, uid: 0 };
  const files = { ...empty.files, '/tmp/etcd.yaml.bak': copy };
  expect((await from({ ...empty, files })).member).toBe('cp1');
  const untrusted = { ...files, '/tmp/etcd.yaml.bak': { ...copy, uid: 1_000 } };
  expect((await from({ ...empty, files: untrusted })).member).toBe('');
  expect((await from(empty, { record: record() })).member).toBe('cp1');
});

it('looks for a host that is left out wherever it is known, in a third round', async () => {
  const initial = `--initial-cluster=cp3=https://198.51.100.3:12380,cp1=https://192.0.2.11:2380`;
  const files = {
    ...RUNNING.files,
    [`${MANIFESTS}/etcd.yaml`]: { text: manifestOf('cp1', [initial]) },
  };
  const asked: string[] = [];
  const says: Table['says'] = {
    ...RUNNING.says,
    'wait-port': ({ address, port, open, timeoutMs }) => {
      asked.push(`${address} ${port} ${open} ${timeoutMs}`);
      return {
        reached: address === '192.0.2.13' && port === 6_443,
        waitedMs: 0,
        lastSeen: 'is closed',
      };
    },
  };
  const fenced = [{ name: 'cp3', address: '192.0.2.13' }];
  const report = await resultOf(
    preflight,
    { ...args, fenced },
    places({ ...RUNNING, files, says }),
  );
  expect(asked.toSorted()).toEqual(
    ['192.0.2.13', '198.51.100.3'].flatMap((address) =>
      [12_380, 2_379, 6_443].map((port) => `${address} ${port} true 0`),
    ),
  );
  expect(report.found.find(({ code }) => code === 'fenced-member-alive')?.evidence).toBe(
    'the API server’s port: 192.0.2.13 port 6443',
  );
});

it('does not take itself for a host that is left out behind the same address', async () => {
  const says: Table['says'] = {
    ...RUNNING.says,
    'wait-port': () => ({ reached: true, waitedMs: 0 }),
  };
  for (const address of ['127.0.0.1', 'localhost', args.address]) {
    const fenced = [{ name: 'cp9', address }];
    const report = await resultOf(preflight, { ...args, fenced }, places({ ...RUNNING, says }));
    expect(codes(report.found)).toContain('fenced-not-looked');
  }
});

it('finds programs in the container, asks through them, and asks containerd only where none are near', async () => {
  const folder = '/proc/7/root/usr/local/bin';
  const files = { ...RUNNING.files, [`${folder}/etcdctl`]: {}, [`${folder}/etcdutl`]: {} };
  const bare: Table = { ...RUNNING, tools: {}, etcd: { folder, version: '3.5.16' }, files };
  const host = new TableHost(bare);
  const report = await resultOf(preflight, args, places(host));
  expect(report.live_members).not.toBeNull();
  expect(codes(report.found)).toContain('tool-elsewhere');
  const asked = host.asked.filter(({ kind }) => kind === 'etcd-tools');
  expect(asked).toHaveLength(1);
  const stopped = new TableHost({ ...RUNNING, tools: {}, processes: [], image: IMAGE });
  const later = await resultOf(preflight, args, places(stopped));
  expect(later.found.find(({ code }) => code === 'tool-elsewhere')?.evidence).toContain(IMAGE);
});

it('looks at a host as it will be under its new address, and whether the old one still answers', async () => {
  const NEW = '192.0.2.31';
  const asked: string[] = [];
  const trie = `|-- ${NEW}\n  /32 host LOCAL\n`;
  const table: Table = {
    ...RUNNING,
    files: { ...RUNNING.files, '/proc/net/fib_trie': { text: trie } },
    says: {
      ...RUNNING.says,
      'wait-port': ({ address, port }) => {
        asked.push(`${address} ${port}`);
        return { reached: port === 2_380, waitedMs: 0, lastSeen: 'is closed' };
      },
    },
  };
  expect(codes((await resultOf(preflight, args, places(table))).found)).toContain('address-moved');
  const told = { ...args, address: NEW, new_addresses: { cp1: NEW } };
  const report = await resultOf(preflight, told, places(table));
  expect(report).toMatchObject({
    peer_urls: [`https://${NEW}:2380`],
    former_peer_urls: ['https://192.0.2.11:2380'],
  });
  expect(codes(report.found)).not.toContain('address-moved');
  expect(codes(report.found)).toContain('fenced-member-alive');
  expect(asked).toEqual(['192.0.2.11 2380', '192.0.2.11 2379', '192.0.2.11 6443']);
});
