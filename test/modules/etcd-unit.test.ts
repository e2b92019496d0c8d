import { describe, expect, it } from 'vitest';
import { commandWords } from '../../src/modules/etcd/unit/command-words.js';
import {
  readEnvironmentFile,
  readEnvironmentWords,
} from '../../src/modules/etcd/unit/environment-file.js';
import { etcdFacts } from '../../src/modules/etcd-facts.js';
import { etcdMember } from '../../src/modules/etcd-member.js';
import { etcdMemberCheck } from '../../src/modules/etcd-member-check.js';
import { etcdMemberFiles } from '../../src/modules/etcd-member-files.js';
import { etcdMemberGone } from '../../src/modules/etcd-member-gone.js';
import { memberOf, record } from './cluster.js';
import { planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const SSL = '/etc/ssl/etcd/ssl';
const UNIT_FILE = '/etc/systemd/system/etcd.service';
const ENVIRONMENT = `# Environment file for etcd
ETCD_NAME=etcd1
ETCD_DATA_DIR=/var/lib/etcd
ETCD_INITIAL_ADVERTISE_PEER_URLS=https://192.0.2.11:2380
ETCD_ADVERTISE_CLIENT_URLS=https://192.0.2.11:2379
ETCD_LISTEN_CLIENT_URLS="https://192.0.2.11:2379,https://127.0.0.1:2379"
ETCD_LISTEN_PEER_URLS=https://192.0.2.11:2380
ETCD_TRUSTED_CA_FILE=${SSL}/ca.pem
ETCD_CERT_FILE=${SSL}/member-e1.pem
ETCD_KEY_FILE=${SSL}/member-e1-key.pem
ETCDCTL_CACERT=${SSL}/ca.pem
`;
const active = { active: true, enabled: 'enabled', loaded: true } as const;
const KUBESPRAY = {
  ...active,
  files: [UNIT_FILE],
  commands: ['/usr/local/bin/etcd'],
  environmentFiles: [{ path: '/etc/etcd.env', isOptional: false }],
  user: 'etcd',
};
const args = {
  host: 'e1',
  manifest: '/etc/kubernetes/manifests/etcd.yaml',
  copies: ['/tmp/POD.yaml.bak'],
  staging_dir: '/var/lib/runback/work',
};

function host(unit: object = {}, more: Partial<Table> = {}, env = ENVIRONMENT): Table {
  return {
    processes: ['etcd'],
    tools: { etcdctl: '/usr/local/bin/etcdctl', etcdutl: '/usr/local/bin/etcdutl' },
    toolVersion: () => '3.5.16',
    accounts: { etcd: 997 },
    units: { 'etcd.service': { ...KUBESPRAY, ...unit } },
    ...more,
    files: {
      [`${SSL}/ca.pem`]: {},
      [`${SSL}/member-e1.pem`]: {},
      [`${SSL}/member-e1-key.pem`]: {},
      [UNIT_FILE]: { text: '[Service]' },
      '/etc/etcd.env': { text: env },
      '/var/lib/etcd': { type: 'directory', mode: 0o700, uid: 997, gid: 997 },
      ...more.files,
    },
  };
}

describe('etcd_facts reads a member that systemd runs', () => {
  it('from its unit and its environment file', async () => {
    expect(await resultOf(etcdFacts, args, places(host()))).toMatchObject({
      name: 'etcd1',
      peer_urls: ['https://192.0.2.11:2380'],
      endpoint: 'https://127.0.0.1:2379',
      cert_file: `${SSL}/member-e1.pem`,
      data_dir: '/var/lib/etcd',
      uid: 997,
      gid: 997,
      ports: [2379, 2380],
      image: '',
      manifest_source: 'unit',
      unit: 'etcd.service',
      unit_files: [UNIT_FILE, '/etc/etcd.env'],
    });
  });

  it('whose flags win over its environment, and whose later files win over earlier ones', async () => {
    const unit = {
      commands: ['/usr/bin/etcd --name=${OWN_NAME} $MORE'],
      environment: 'ETCD_NAME=no OWN_NAME=flag "MORE=--data-dir /data/etcd"',
      environmentFiles: [
        { path: '/etc/etcd.env', isOptional: false },
        { path: '/etc/etcd.more', isOptional: true },
        { path: '/etc/not-there', isOptional: true },
      ],
    };
    const files = { '/etc/etcd.more': { text: 'ETCD_LISTEN_PEER_URLS=https://192.0.2.11:2480' } };
    const facts = await resultOf(etcdFacts, args, places(host(unit, { files })));
    expect(facts).toMatchObject({ name: 'flag', data_dir: '/data/etcd', ports: [2379, 2480] });
    expect(facts.unit_files).toEqual([UNIT_FILE, '/etc/etcd.env', '/etc/etcd.more']);
  });

  it('that is stopped, where nothing else says what it is', async () => {
    const idle = host({ active: false }, { processes: [] });
    const facts = await resultOf(etcdFacts, args, places(idle));
    expect(facts).toMatchObject({ unit: 'etcd.service', running: false });
  });

  it('but not from a unit that nobody uses, where the record knows a static pod', async () => {
    const idle = host({ active: false }, { processes: [], files: PKI });
    const given = { ...args, host: 'cp1', record: record() };
    const facts = await resultOf(etcdFacts, given, places(idle));
    expect(facts).toMatchObject({ unit: '', manifest_source: 'record' });
  });
});

const PKI = Object.fromEntries(
  ['ca.crt', 'server.crt', 'server.key'].map((name) => [`/etc/kubernetes/pki/etcd/${name}`, {}]),
);
const running = (...environment: readonly string[]) => ({
  running: { argv: ['/usr/local/bin/etcd'], environment },
});
const own = ENVIRONMENT.split('\n').filter((line) => /^ETCD_/.test(line));

describe('etcd_facts refuses a unit', () => {
  const cases: { readonly [what: string]: readonly [string, Table, string?] } = {
    'beside a manifest that lies in the kubelet’s folder': [
      'two-ways-to-run',
      host({}, { files: { [args.manifest]: { text: 'kind: Pod' } } }),
    ],
    'that starts something else, such as docker': [
      'unit-not-understood',
      host({ commands: ['/usr/bin/docker run --name etcd1'] }),
    ],
    'with two commands': ['unit-not-understood', host({ commands: ['/bin/etcd', '/bin/etcd'] })],
    'whose environment file is gone': [
      'environment-file-missing',
      host({ environmentFiles: [{ path: '/etc/other.env', isOptional: false }] }),
      '/etc/other.env',
    ],
    'whose user the host does not know': ['no-such-user', host({ user: 'nobody-here' })],
    'that would start another member than the one that runs': [
      'unit-settings-changed',
      host(
        running(
          ...own
            .map((line) => line.replace('/var/lib/etcd', '/var/lib/old'))
            .map((line) => line.replaceAll('"', '')),
        ),
      ),
    ],
    'that reads a configuration file': [
      'etcd-config-file',
      host({ environment: 'ETCD_CONFIG_FILE=/etc/etcd.yml' }),
    ],
    'that is lost, when the record has it': [
      'unit-lost',
      { ...host({}, { processes: [] }), units: {} },
      'daemon-reload',
    ],
  };
  for (const [what, [code, table, says = '']] of Object.entries(cases)) {
    it(what, async () => {
      const file = { path: UNIT_FILE, text: '', uid: 0, gid: 0, mode: 0o644, sha256: '' };
      const known = { name: 'e1', member: 'etcd1', peer_urls: [], image: '' };
      const hosts = [{ ...known, manifests: { [UNIT_FILE]: file } }];
      const given = { ...args, record: record({ hosts }) };
      const failure = await refusalOf(etcdFacts, given, places(table));
      expect(failure.code).toBe(code);
      expect(`${failure.message} ${failure.next}`).toContain(says);
    });
  }

  it('never one that runs with the very settings that it would start with', async () => {
    const same = host(running(...own.map((line) => line.replaceAll('"', ''))));
    expect((await resultOf(etcdFacts, args, places(same))).name).toBe('etcd1');
  });
});

const member = memberOf('cp1', { unit: 'etcd.service', unit_files: [UNIT_FILE, '/etc/etcd.env'] });
const where = { member, manifests_dir: '/etc/kubernetes/manifests', parked_dir: '/etc/parked/run' };
const waits: Table['says'] = {
  'wait-running': () => ({ reached: true, waitedMs: 1 }),
  'wait-gone': () => ({ reached: true, waitedMs: 1 }),
};
const withWaits = (unit: object) => host(unit, { says: { ...waits } });

describe('etcd_member of a unit', () => {
  it('is stopped and comes back, and nobody waits for its quorum', async () => {
    const { changes } = await thereAndBack(
      etcdMember,
      { ...where, state: 'stopped' },
      withWaits({}),
    );
    const unit = 'etcd.service';
    expect(changes).toEqual([{ kind: 'service', unit, verb: 'stop', waitsForOthers: true }]);
  });

  it('is started and stopped again, and stays disabled', async () => {
    const idle = withWaits({ active: false, enabled: 'disabled' });
    const { changes, host: after } = await thereAndBack(
      etcdMember,
      { ...where, state: 'running' },
      idle,
    );
    expect(changes).toMatchObject([{ verb: 'start', waitsForOthers: true }]);
    expect(after.units.get('etcd.service')).toMatchObject({ active: false, enabled: 'disabled' });
  });

  it('is left alone when it is so', async () => {
    const idle = withWaits({ active: false });
    expect(await planOf(etcdMember, { ...where, state: 'stopped' }, places(idle))).toEqual([]);
  });

  it('is refused when it is masked', async () => {
    const masked = withWaits({ active: false, enabled: 'masked' });
    const given = { ...where, state: 'running' as const };
    expect((await refusalOf(etcdMember, given, places(masked))).code).toBe('unit-masked');
  });
});

describe('etcd_member_gone of a unit', () => {
  it('wants it stopped, and its processes and ports gone', async () => {
    const idle = withWaits({ active: false });
    expect(await resultOf(etcdMemberGone, where, places(idle))).toEqual({ waited_ms: 1 });
  });

  it('is not true of one that systemd is about to start again', async () => {
    const again = { ...KUBESPRAY, active: 'activating' };
    const table = host({}, { says: { ...waits, unit: () => again } });
    expect((await refusalOf(etcdMemberGone, where, places(table))).code).toBe('not-stopped');
  });

  it('is not true while a process or a port is left', async () => {
    const gone = () => ({ reached: false as const, waitedMs: 1, lastSeen: 'etcd' });
    const table = host({ active: false }, { says: { 'wait-gone': gone } });
    expect((await refusalOf(etcdMemberGone, where, places(table))).code).toBe('not-gone');
  });
});

describe('etcd_member_check of a unit', () => {
  it.each([
    ['unit-stale', { isStale: true }],
    ['unit-triggered', { triggeredBy: ['etcd.socket'] }],
    ['unit-masked', { enabled: 'masked' }],
  ])('%s', async (code, unit) => {
    expect((await refusalOf(etcdMemberCheck, where, places(host(unit)))).code).toBe(code);
  });

  it('is content with one that can be stopped', async () => {
    expect(await resultOf(etcdMemberCheck, where, places(host()))).toEqual({ running: true });
  });
});

it('etcd_member_files reads everything that the unit is made of', async () => {
  const given = { member, manifests_dir: where.manifests_dir };
  const { manifests } = await resultOf(etcdMemberFiles, given, places(host()));
  expect(Object.keys(manifests)).toEqual([UNIT_FILE, '/etc/etcd.env']);
  expect(manifests['/etc/etcd.env']?.text).toBe(ENVIRONMENT);
});

describe('what systemd makes of', () => {
  it.each([
    ['A=1', { A: '1' }],
    ['  A = 1', {}],
    ['# A=1\n; B=2\n\nC=3', { C: '3' }],
    ['A="two words" \nB=\'it is $so\'', { A: 'two words', B: 'it is $so' }],
    ['A=one\\\ntwo', { A: 'onetwo' }],
    ['A=x"y z"w', { A: 'xy zw' }],
    ['A=1\nA=2', { A: '2' }],
    ['A="a \\"b\\""', { A: 'a "b"' }],
    [
      'A=https://10.0.0.1:2379,https://[::1]:2379',
      { A: 'https://10.0.0.1:2379,https://[::1]:2379' },
    ],
  ])('the environment file %j', (text, variables) => {
    expect(Object.fromEntries(readEnvironmentFile(text))).toEqual(variables);
  });

  it('Environment=', () => {
    const read = readEnvironmentWords('A=1 "B=two words" C="three" D=');
    expect(Object.fromEntries(read)).toEqual({ A: '1', B: 'two words', C: 'three', D: '' });
  });

  it('variables in a command', () => {
    const variables = new Map([
      ['ARGS', '--a=1  --b=2'],
      ['NAME', 'two words'],
    ]);
    expect(commandWords('/bin/etcd $ARGS $NONE --name=${NAME}', variables)).toEqual([
      '/bin/etcd',
      '--a=1',
      '--b=2',
      '--name=two words',
    ]);
  });
});
