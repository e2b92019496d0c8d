import { describe, expect, it } from 'vitest';
import type { MemberFacts } from '../../src/modules/etcd/member.js';
import { flagsOf, type UnitText, withUnitFlags } from '../../src/modules/etcd/unit/edit-unit.js';
import { etcdFacts } from '../../src/modules/etcd-facts.js';
import { etcdMemberSettings } from '../../src/modules/etcd-member-settings.js';
import { MEMBERS, manifestOf, memberOf, peerUrlOf } from './cluster.js';
import { refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const UNIT = '/etc/systemd/system/etcd.service';
const DROP_IN = '/etc/systemd/system/etcd.service.d/10-local.conf';
const ENV = '/etc/etcd.env';
const ALL = MEMBERS.map(({ name, peer_urls }) => `${name}=${peer_urls[0]}`).join(',');
const ALONE = `cp3=${peerUrlOf('cp3')}`;
const KUBESPRAY = `# Environment file for etcd
ETCD_NAME=cp3
ETCD_DATA_DIR=/var/lib/etcd
ETCD_INITIAL_ADVERTISE_PEER_URLS=${peerUrlOf('cp3')}
ETCD_LISTEN_CLIENT_URLS="https://192.0.2.13:2379,https://127.0.0.1:2379"
ETCD_INITIAL_CLUSTER_STATE=new
# ETCD_INITIAL_CLUSTER=who=knows
ETCD_INITIAL_CLUSTER="${ALONE}"
ETCDCTL_ENDPOINTS=https://192.0.2.13:2379`;

const member: MemberFacts = memberOf('cp3', {
  manifest_source: 'unit',
  unit: 'etcd.service',
  unit_files: [UNIT, DROP_IN, ENV],
});
const args = {
  member,
  path: '/etc/kubernetes/runback/RUN/etcd.yaml',
  members: MEMBERS,
  state: 'existing' as const,
  trash: '/etc/kubernetes/runback/RUN/trash',
};

/** A unit of these texts, as systemd has read them. */
function host(texts: { readonly [path: string]: string }, unit: object = {}): Table {
  const lines = [UNIT, DROP_IN].flatMap((path) =>
    (texts[path] ?? '').replace(/\\\n\s*/g, '').split('\n'),
  );
  const all = (name: string) =>
    lines.filter((line) => line.startsWith(`${name}=`)).map((line) => line.slice(name.length + 1));
  return {
    files: Object.fromEntries(
      Object.entries(texts).map(([path, text]) => [path, { text, mode: 0o640, uid: 0, gid: 997 }]),
    ),
    units: {
      'etcd.service': {
        active: false,
        enabled: 'enabled',
        files: [UNIT, DROP_IN].filter((path) => path in texts),
        environmentFiles: ENV in texts ? [{ path: ENV, isOptional: false }] : [],
        commands: all('ExecStart').slice(-1),
        environment: all('Environment').join(' '),
        ...unit,
      },
    },
  };
}

const PROGRAM = '[Service]\nExecStart=/usr/local/bin/etcd\n';
const FLAGS = `[Service]
# ExecStart=/usr/local/bin/etcd --initial-cluster ${ALONE}
ExecStart=/usr/local/bin/etcd --name cp3 \\
  --data-dir=/var/lib/etcd \\
  --initial-cluster \\
    ${ALONE} \\
  --listen-peer-urls=https://192.0.2.13:2380
Restart=always
`;

describe('etcd_member_settings of a unit', () => {
  it('writes into the environment file, keeps the old one, and takes it back', async () => {
    const table = host({ [UNIT]: PROGRAM, [ENV]: KUBESPRAY });
    const { changes, result, host: after } = await thereAndBack(etcdMemberSettings, args, table);
    expect(changes).toMatchObject([
      { kind: 'write-file', path: ENV, mode: 0o640, uid: 0, gid: 997 },
    ]);
    expect(result.changed_lines).toEqual([
      '- ETCD_INITIAL_CLUSTER_STATE=new',
      `- ETCD_INITIAL_CLUSTER="${ALONE}"`,
      '+ ETCD_INITIAL_CLUSTER_STATE=existing',
      `+ ETCD_INITIAL_CLUSTER="${ALL}"`,
    ]);
    expect(after.files.get(ENV)?.text).toBe(KUBESPRAY);
  });

  it('adds what no file sets', async () => {
    const bare = KUBESPRAY.replace(/^ETCD_INITIAL_CLUSTER.*\n/gm, '');
    const { result } = await thereAndBack(
      etcdMemberSettings,
      args,
      host({ [UNIT]: PROGRAM, [ENV]: bare }),
    );
    expect(result.changed_lines).toEqual([
      `+ ETCD_INITIAL_CLUSTER=${ALL}`,
      '+ ETCD_INITIAL_CLUSTER_STATE=existing',
    ]);
  });

  it('writes flags into the unit, adds one beside them, and tells systemd before and behind', async () => {
    const {
      changes,
      result,
      host: after,
    } = await thereAndBack(etcdMemberSettings, args, host({ [UNIT]: FLAGS }));
    const told = { kind: 'service', unit: 'etcd.service', verb: 'daemon-reload' };
    expect(changes).toMatchObject([told, { kind: 'write-file', path: UNIT }, told]);
    expect(result.changed_lines).toEqual([
      `- ${ALONE} \\`,
      `+ ${ALL} --initial-cluster-state=existing \\`,
    ]);
    expect(after.files.get(UNIT)?.text).toBe(FLAGS);
  });

  it('writes variables into the drop-in that sets them', async () => {
    const dropIn = `[Service]\nEnvironment=ETCD_NAME=cp3 ETCD_INITIAL_CLUSTER_STATE=new\nEnvironment="ETCD_INITIAL_CLUSTER=${ALONE}"\n`;
    const { changes } = await thereAndBack(
      etcdMemberSettings,
      args,
      host({ [UNIT]: PROGRAM, [DROP_IN]: dropIn }),
    );
    expect(changes[1]).toMatchObject({
      path: DROP_IN,
      text: dropIn
        .replace(`ER=${ALONE}`, `ER=${ALL}`)
        .replace('CLUSTER_STATE=new', 'CLUSTER_STATE=existing'),
    });
  });

  it('has nothing to do where it is so, and shows without writing', async () => {
    const done = KUBESPRAY.replace('STATE=new', 'STATE=existing').replace(`"${ALONE}"`, ALL);
    const same = places(host({ [UNIT]: PROGRAM, [ENV]: done }));
    expect(await resultOf(etcdMemberSettings, args, same)).toEqual({ changed_lines: [] });
    const table = places(host({ [UNIT]: PROGRAM, [ENV]: KUBESPRAY }));
    const shown = await resultOf(etcdMemberSettings, { ...args, only_show: true }, table);
    expect(shown.message).toContain(`${ENV}:\n- ETCD_INITIAL_CLUSTER_STATE=new`);
  });

  it('leaves to the manifest what a kubelet runs', async () => {
    const table: Table = { files: { [args.path]: { text: manifestOf('cp3') } } };
    const given = { ...args, member: memberOf('cp3') };
    const { changes } = await thereAndBack(etcdMemberSettings, given, table);
    expect(changes).toMatchObject([{ kind: 'write-file', path: args.path }]);
  });
});

describe('etcd_member_settings touches nothing', () => {
  const elsewhere = `[Service]\nEnvironmentFile=${ENV}\nExecStart=/usr/bin/etcd $ARGS\n`;
  const twice = `${FLAGS.replace('Restart', `ExecStartPre=/bin/echo --initial-cluster ${ALONE}\nRestart`)}`;
  const cases: { readonly [what: string]: Table } = {
    'where flags come out of a variable of many words': host({
      [UNIT]: elsewhere,
      [ENV]: `ARGS=--name=cp3 --initial-cluster=${ALONE}\n`,
    }),
    'where the list stands twice': host({ [UNIT]: twice }),
    'where there is no place for it': host({ [UNIT]: PROGRAM }),
  };
  it.each(Object.entries(cases))('%s, and says what to write', async (_what, table) => {
    const failure = await refusalOf(etcdMemberSettings, args, places(table));
    expect(failure.code).toBe('unit-form');
    expect(failure.detail).toContain(`ETCD_INITIAL_CLUSTER=${ALL} (or --initial-cluster=${ALL})`);
  });

  it('for a name that would need quotes, or would be a command', async () => {
    for (const name of ['a b', "x'y", '$(reboot)', 'a\nExecStartPre=/bin/sh']) {
      const given = { ...args, members: [memberOf('cp1', { name }), member] };
      const table = places(host({ [UNIT]: PROGRAM, [ENV]: KUBESPRAY }));
      expect((await refusalOf(etcdMemberSettings, given, table)).code, name).toBe('unit-form');
    }
  });
});

describe('a new address of a unit', () => {
  const NEW = '192.0.2.33';
  const moved = memberOf('cp3', { ...member, peer_urls: [`https://${NEW}:2380`] });
  const given = {
    ...args,
    member: moved,
    members: [...MEMBERS.slice(0, 2), moved],
    host: 'cp3',
    new_addresses: { cp3: NEW },
  };
  const { state: _, ...restoring } = given;

  it('is written wherever the old one stands, in unit and environment, and taken back', async () => {
    const unit = FLAGS.replace(` --data-dir=/var/lib/etcd \\\n `, '');
    const { changes, result } = await thereAndBack(
      etcdMemberSettings,
      restoring,
      host({ [UNIT]: unit, [ENV]: KUBESPRAY.replace(/^ETCD_INITIAL_CLUSTER=.*\n/m, '') }),
    );
    expect(changes.flatMap((change) => ('path' in change ? change.path : []))).toEqual([UNIT, ENV]);
    expect(result.changed_lines.filter((line) => /^\+ [^#]/.test(line))).toEqual([
      `+ ${ALL.replace('192.0.2.13', NEW)} \\`,
      `+ --listen-peer-urls=https://${NEW}:2380`,
      `+ ETCD_INITIAL_ADVERTISE_PEER_URLS=https://${NEW}:2380`,
      `+ ETCD_LISTEN_CLIENT_URLS="https://${NEW}:2379,https://127.0.0.1:2379"`,
      `+ ETCDCTL_ENDPOINTS=https://${NEW}:2379`,
    ]);
  });

  it('is told to the facts by the map', async () => {
    const table = host({ [UNIT]: PROGRAM, [ENV]: withCertificates(KUBESPRAY) });
    const seen = await resultOf(
      etcdFacts,
      {
        host: 'cp3',
        manifest: '/etc/kubernetes/manifests/etcd.yaml',
        staging_dir: '/var/lib/runback/work',
        new_addresses: { cp3: NEW },
      },
      places({
        ...table,
        files: { ...table.files, '/ca': {}, '/cert': {}, '/key': {} },
        tools: { etcdctl: '/usr/local/bin/etcdctl', etcdutl: '/usr/local/bin/etcdutl' },
        toolVersion: () => '3.5.16',
        accounts: { root: 0 },
      }),
    );
    expect(seen).toMatchObject({
      peer_urls: [`https://${NEW}:2380`],
      former_peer_urls: [peerUrlOf('cp3')],
      new_address: NEW,
      unit: 'etcd.service',
    });
  });

  function withCertificates(text: string): string {
    return `${text}\nETCD_TRUSTED_CA_FILE=/ca\nETCD_CERT_FILE=/cert\nETCD_KEY_FILE=/key\n`;
  }
});

it('a setting is written where it counts: the last line of the last file', () => {
  const file = (path: string, text: string): UnitText => ({ path, text, isEnvironment: true });
  const unit = {
    settings: { name: 'etcd.service', commands: ['/bin/etcd'], environment: 'ETCD_NAME=a' },
    files: [
      file('/a', 'ETCD_INITIAL_CLUSTER=x=https://a:1\n'),
      file('/b', 'ETCD_INITIAL_CLUSTER=y=https://b:1\r\nETCD_INITIAL_CLUSTER=z=https://c:1\r\n'),
    ],
  };
  const edited = withUnitFlags(unit, { 'initial-cluster': 'n=https://n:1' }, null);
  if (!edited.ok) throw new Error(edited.error.message);
  expect(edited.value.files.map(({ text }) => text)).toEqual([
    'ETCD_INITIAL_CLUSTER=x=https://a:1\n',
    'ETCD_INITIAL_CLUSTER=y=https://b:1\r\nETCD_INITIAL_CLUSTER=n=https://n:1\r\n',
  ]);
  expect(flagsOf(edited.value).get('initial-cluster')).toBe('n=https://n:1');
});
