import { describe, expect, it } from 'vitest';
import type { Question } from '../../src/core/question.js';
import type { Layout } from '../../src/modules/etcd/layout.js';
import { etcdFacts } from '../../src/modules/etcd-facts.js';
import { addressOf, LAYOUT, manifestOf, record } from './cluster.js';
import { refusalOf, resultOf } from './steps.js';
import { type Entry, places, type Table } from './table-host.js';

const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';
const COPY = '/tmp/etcd.yaml.bak';
const args = {
  host: 'cp1',
  address: addressOf('cp1'),
  manifest: MANIFEST,
  copies: ['/tmp/POD.yaml.bak'],
  staging_dir: '/var/lib/runback/work',
};

const PKI: { readonly [path: string]: Entry } = {
  '/etc/kubernetes/pki/etcd/ca.crt': {},
  '/etc/kubernetes/pki/etcd/server.crt': {},
  '/etc/kubernetes/pki/etcd/server.key': {},
};
const DATA: { readonly [path: string]: Entry } = {
  '/var/lib/etcd': { type: 'directory', mode: 0o700, uid: 0, gid: 0 },
  '/var/lib/etcd/member': { type: 'directory' },
  '/var/lib/etcd/member/wal': { type: 'directory' },
};

function host(files: { readonly [path: string]: Entry }, more: Partial<Table> = {}): Table {
  return {
    files: { ...PKI, ...files },
    processes: [],
    tools: { etcdctl: '/usr/local/bin/etcdctl', etcdutl: '/usr/local/bin/etcdutl' },
    toolVersion: () => '3.5.16',
    ...more,
  };
}

const whole = { ...DATA, [MANIFEST]: { text: manifestOf('cp1') } };

describe('etcd_facts reads a member', () => {
  it('of whom nothing can be asked, where it is only to be stopped', async () => {
    const bare = places({ files: { [MANIFEST]: { text: manifestOf('cp1') } }, tools: {} });
    expect((await refusalOf(etcdFacts, args, bare)).code).toBe('certificate-missing');
    const only = await resultOf(etcdFacts, { ...args, only_stop: true }, bare);
    expect(only).toMatchObject({ name: 'cp1', etcdctl: '', data_dir_exists: false });
  });

  it('from its manifest', async () => {
    const running = { processes: ['etcd'] };
    expect(await resultOf(etcdFacts, args, places(host(whole, running)))).toEqual({
      host: 'cp1',
      name: 'cp1',
      peer_urls: ['https://192.0.2.11:2380'],
      client_urls: ['https://192.0.2.11:2379'],
      endpoint: 'https://127.0.0.1:2379',
      ca_file: '/etc/kubernetes/pki/etcd/ca.crt',
      cert_file: '/etc/kubernetes/pki/etcd/server.crt',
      key_file: '/etc/kubernetes/pki/etcd/server.key',
      etcdctl: '/usr/local/bin/etcdctl',
      restore_tool: '/usr/local/bin/etcdutl',
      tool_version: '3.5.16',
      data_dir: '/var/lib/etcd',
      layout: LAYOUT,
      disks: {
        data_path: '/var/lib/etcd',
        data_dir: '/var/lib/etcd',
        data_mount: '/',
        wal_dir: '/var/lib/etcd/member/wal',
        wal_mount: '/',
        wal_link: '',
      },
      data_dir_exists: true,
      known_by: {
        told: '/var/lib/etcd',
        directory: '/var/lib/etcd',
        urls: ['https://192.0.2.11:2380', 'https://192.0.2.11:2379'],
        ports: [2379, 2380, 2381],
      },
      uid: 0,
      gid: 0,
      mode: 0o700,
      ports: [2379, 2380, 2381],
      image: 'registry.k8s.io/etcd:3.5.16-0',
      running: true,
      manifest_source: 'manifests',
      manifest_path: MANIFEST,
      unit: '',
      unit_files: [],
    });
  });

  it('from a copy that was put aside, with no data directory left', async () => {
    const facts = await resultOf(
      etcdFacts,
      args,
      places(host({ [COPY]: { text: manifestOf('cp1') } })),
    );
    expect(facts).toMatchObject({
      manifest_source: 'parked',
      manifest_path: COPY,
      data_dir_exists: false,
      mode: 0o700,
      running: false,
    });
  });

  it('from the backup’s record, by name', async () => {
    const facts = await resultOf(etcdFacts, { ...args, record: record() }, places(host({})));
    expect(facts).toMatchObject({ manifest_source: 'record', name: 'cp1' });
  });

  it('from the backup’s record, beside an etcd that is surely another', async () => {
    const asked: Question[] = [];
    const process = { pid: 7, name: 'etcd', startTicks: '1' };
    const processes: NonNullable<Table['says']>['processes'] = (question) => {
      asked.push(question);
      return question.member === undefined ? [process] : [];
    };
    const at = places(host(DATA, { says: { processes } }));
    const found = await resultOf(etcdFacts, { ...args, record: record() }, at);
    expect(found).toMatchObject({ manifest_source: 'record', running: false });
    expect(asked.at(-1)).toMatchObject({ member: { told: '/var/lib/etcd' } });
  });

  it('from the backup’s record, by address, when the inventory has other names now', async () => {
    const renamed = { ...args, host: 'master-0.example', record: record() };
    const facts = await resultOf(etcdFacts, renamed, places(host({})));
    expect(facts).toMatchObject({ host: 'master-0.example', name: 'cp1' });
  });

  it('with the owner that the manifest runs as', async () => {
    const text = manifestOf('cp1').replace(
      '  hostNetwork: true',
      '  securityContext: { runAsUser: 994, runAsGroup: 992 }',
    );
    const facts = await resultOf(etcdFacts, args, places(host({ ...DATA, [MANIFEST]: { text } })));
    expect(facts).toMatchObject({ uid: 994, gid: 992 });
  });

  it('with etcdctl 3.4 alone, which can restore', async () => {
    const old = {
      tools: { etcdctl: '/usr/bin/etcdctl' },
      toolVersion: () => '3.4.23',
    };
    const facts = await resultOf(etcdFacts, args, places(host(whole, old)));
    expect(facts).toMatchObject({ restore_tool: '/usr/bin/etcdctl', tool_version: '3.4.23' });
  });
});

/** cp1's manifest with a WAL directory of its own, in a volume of its own. */
function withWal(path: string): string {
  return manifestOf('cp1', [`--wal-dir=${path}`])
    .replace(
      '      volumeMounts:',
      `      volumeMounts:\n        - { mountPath: ${path}, name: wal }`,
    )
    .replace('  volumes:', `  volumes:\n    - { name: wal, hostPath: { path: ${path} } }`);
}

interface Placed {
  readonly host: Table;
  readonly data_dir?: string;
  readonly layout: Partial<Layout>;
}

const WORK = '/var/lib/runback/work';

const placed: { readonly [what: string]: Placed } = {
  'beside it, and not in work_dir, when that is on another mount': {
    host: host(whole, { mounts: ['/var/lib/runback'] }),
    layout: { moved: '/var/lib/etcd', staging_dir: '/var/lib/.runback' },
  },
  'inside, where the data directory is a mount point': {
    host: host(whole, { mounts: ['/var/lib/etcd'] }),
    layout: { moved: '/var/lib/etcd/member', staging_dir: '/var/lib/etcd/.runback' },
  },
  'inside, where the data directory is a subvolume': {
    host: host(whole, { subvolumes: ['/var/lib/etcd'] }),
    layout: { moved: '/var/lib/etcd/member', staging_dir: '/var/lib/etcd/.runback' },
  },
  'beside what a link leads to': {
    host: host(
      {
        ...whole,
        '/var/lib/etcd': { type: 'link', target: '/data/etcd' },
        '/data/etcd': { type: 'directory' },
      },
      { mounts: ['/data'] },
    ),
    data_dir: '/data/etcd',
    layout: { moved: '/data/etcd', staging_dir: '/data/.runback' },
  },
  'inside what a link leads to, where that is a mount point': {
    host: host(
      {
        [MANIFEST]: { text: manifestOf('cp1').replaceAll('/var/lib/etcd,', '/var/lib/etcd/,') },
        '/var/lib/etcd': { type: 'link', target: '../../data' },
        '/data': { type: 'directory' },
      },
      { mounts: ['/data'] },
    ),
    data_dir: '/data',
    layout: { moved: '/data/member', staging_dir: '/data/.runback' },
  },
  'in work_dir, with a WAL on the same mount': {
    host: host({ ...DATA, [MANIFEST]: { text: withWal('/srv/wal') } }),
    layout: {
      moved: '/var/lib/etcd',
      staging_dir: WORK,
      wal_dir: '/srv/wal',
      wal_staging_dir: WORK,
    },
  },
  'beside a WAL that is on a disk of its own': {
    host: host({ ...DATA, [MANIFEST]: { text: withWal('/srv/wal') } }, { mounts: ['/srv'] }),
    layout: { staging_dir: WORK, wal_dir: '/srv/wal', wal_staging_dir: '/srv/.runback' },
  },
  'inside a WAL directory that is a mount point': {
    host: host({ ...DATA, [MANIFEST]: { text: withWal('/srv/wal') } }, { mounts: ['/srv/wal'] }),
    layout: { wal_dir: '/srv/wal', wal_is_mount: true, wal_staging_dir: '/srv/wal/.runback' },
  },
  'inside a WAL in the data directory that is a mount point, and the snapshots alone move': {
    host: host(whole, { mounts: ['/var/lib/etcd/member/wal'] }),
    layout: {
      moved: '/var/lib/etcd/member/snap',
      staging_dir: WORK,
      wal_dir: '/var/lib/etcd/member/wal',
      wal_is_mount: true,
    },
  },
  'with a WAL beside `member` in the data directory, which then moves for itself': {
    host: host({ ...DATA, [MANIFEST]: { text: withWal('/var/lib/etcd/wal') } }),
    layout: { moved: '/var/lib/etcd/member', staging_dir: WORK, wal_dir: '/var/lib/etcd/wal' },
  },
  'where a link in the data directory leads that the container sees as well': {
    host: host({
      ...DATA,
      [MANIFEST]: { text: withWal('/srv/wal').replace('        - --wal-dir=/srv/wal\n', '') },
      '/var/lib/etcd/member/wal': { type: 'link', target: '/srv/wal' },
    }),
    layout: { moved: '/var/lib/etcd', wal_dir: '/srv/wal', wal_link: '/srv/wal' },
  },
};

describe('etcd_facts says that a restore prepares', () => {
  for (const [what, { host: table, data_dir = '/var/lib/etcd', layout }] of Object.entries(
    placed,
  )) {
    it(what, async () => {
      const facts = await resultOf(etcdFacts, args, places(table));
      expect(facts.data_dir).toBe(data_dir);
      expect(facts.layout).toMatchObject(layout);
    });
  }
});

interface Refusal {
  readonly code: string;
  readonly host: Table;
  readonly args?: Partial<typeof args> & { readonly record?: ReturnType<typeof record> };
  readonly says?: RegExp;
}

const withFlag = (...flags: readonly string[]) => ({
  ...DATA,
  [MANIFEST]: { text: manifestOf('cp1', flags) },
});

const refusals: { readonly [what: string]: Refusal } = {
  'a data directory on a network file system': {
    code: 'data-on-network',
    host: host(whole, { mounts: ['/var/lib/etcd'], fsTypes: { '/var/lib/etcd': 'nfs4' } }),
    says: /nfs4/,
  },
  'a WAL directory on a network file system': {
    code: 'data-on-network',
    host: host(
      { ...DATA, [MANIFEST]: { text: withWal('/srv/wal') } },
      { mounts: ['/srv'], fsTypes: { '/srv': 'cifs' } },
    ),
  },
  'a data directory on a read-only mount': {
    code: 'staging-read-only',
    host: host(whole, { mounts: ['/var/lib/etcd'], readOnly: ['/var/lib/etcd'] }),
  },
  'a data directory that is a file': {
    code: 'data-dir-is-no-directory',
    host: host({ ...whole, '/var/lib/etcd': { type: 'file' } }),
  },
  'a member directory that is a link': {
    code: 'data-on-another-disk',
    host: host({ ...whole, '/var/lib/etcd/member': { type: 'link', target: '/srv/member' } }),
  },
  'a member directory that is a mount point': {
    code: 'data-on-another-disk',
    host: host(whole, { mounts: ['/var/lib/etcd/member'] }),
  },
  'a WAL directory that holds the data directory': {
    code: 'wal-in-the-way',
    host: host({ ...DATA, [MANIFEST]: { text: withWal('/var/lib') } }),
  },
  'a WAL that is a link to where the container does not see it': {
    code: 'wal-link-unclear',
    host: host({ ...whole, '/var/lib/etcd/member/wal': { type: 'link', target: '/srv/wal' } }),
  },
  'a WAL directory in no volume': {
    code: 'wal-not-on-host',
    host: host(withFlag('--wal-dir=/var/lib/wal')),
  },
  'a separate WAL directory that the environment names': {
    code: 'wal-not-on-host',
    host: host({
      ...DATA,
      [MANIFEST]: {
        text: manifestOf('cp1').replace(
          '      command:',
          '      env: [{ name: ETCD_WAL_DIR, value: /wal }]\n      command:',
        ),
      },
    }),
  },
  'a configuration file instead of flags': {
    code: 'etcd-config-file',
    host: host(withFlag('--config-file=/etc/etcd.yml')),
  },
  'a path that leads elsewhere': {
    code: 'path-not-clean',
    host: host(withFlag('--data-dir=/var/lib/etcd/../../../etc')),
  },
  'etcd under systemd': {
    code: 'etcd-not-static-pod',
    host: host(DATA, { processes: ['etcd'] }),
  },
  'etcd under systemd, even when a record knows the host': {
    code: 'etcd-not-static-pod',
    host: host(DATA, { processes: ['etcd'] }),
    args: { record: record() },
  },
  'a host of which nothing is known': {
    code: 'no-manifest',
    host: host(DATA),
    says: /manifests_dir, parked_copies/,
  },
  'a host that the record has under another address': {
    code: 'no-manifest',
    host: host(DATA),
    args: { host: 'cp1', address: addressOf('cp2'), record: record() },
  },
  'a copy that somebody else owns': {
    code: 'copy-not-trusted',
    host: host({ [COPY]: { text: manifestOf('cp1'), uid: 1_000 } }),
  },
  'a copy that everybody can write': {
    code: 'copy-not-trusted',
    host: host({ [COPY]: { text: manifestOf('cp1'), mode: 0o666 } }),
  },
  'a copy that is a link': {
    code: 'copy-not-trusted',
    host: host({ [COPY]: { text: manifestOf('cp1'), type: 'link' } }),
  },
  'a manifest without certificates': {
    code: 'manifest-incomplete',
    host: host({ [MANIFEST]: { text: 'spec: { containers: [{ command: [etcd] }] }' } }),
  },
  'a manifest that is none': { code: 'not-a-pod', host: host({ [MANIFEST]: { text: '{' } }) },
  'missing certificates': {
    code: 'certificate-missing',
    host: { ...host(whole), files: whole },
    says: /server\.key/,
  },
  'a host without etcdctl': { code: 'no-etcdctl', host: host(whole, { tools: {} }) },
  'an etcdctl that does not run': {
    code: 'tool-fails',
    host: host(whole, {
      toolVersion: () => null,
    }),
  },
  'etcdctl 3.6 without etcdutl': {
    code: 'no-etcdutl',
    host: host(whole, {
      tools: { etcdctl: '/usr/bin/etcdctl' },
      toolVersion: () => '3.6.1',
    }),
  },
};

describe('etcd_facts refuses', () => {
  for (const [what, refusal] of Object.entries(refusals)) {
    it(what, async () => {
      const given = { ...args, ...refusal.args };
      const failure = await refusalOf(etcdFacts, given, places(refusal.host));
      expect(failure.code).toBe(refusal.code);
      if (refusal.says !== undefined) {
        expect(`${failure.message} ${failure.next}`).toMatch(refusal.says);
      }
    });
  }

  it('no place of the data when it is only read', async () => {
    const nfs = { mounts: ['/var/lib/etcd'], fsTypes: { '/var/lib/etcd': 'nfs4' } };
    const at = places(host(whole, nfs));
    const { disks } = await resultOf(etcdFacts, { ...args, only_read: true }, at);
    expect(disks?.data_mount).toBe('/var/lib/etcd');
    expect((await refusalOf(etcdFacts, args, at)).code).toBe('data-on-network');
  });

  it('nothing when --wal-dir only says where the WAL is anyway', async () => {
    const text = manifestOf('cp1', ['--wal-dir=/var/lib/etcd/member/wal']);
    const facts = await resultOf(etcdFacts, args, places(host({ ...DATA, [MANIFEST]: { text } })));
    expect(facts.data_dir).toBe('/var/lib/etcd');
  });
});
