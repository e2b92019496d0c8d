import { describe, expect, it } from 'vitest';
import { withAddress } from '../../src/modules/etcd/edit-manifest.js';
import { etcdClusterCheck } from '../../src/modules/etcd-cluster-check.js';
import { etcdFacts } from '../../src/modules/etcd-facts.js';
import { etcdManifest } from '../../src/modules/etcd-manifest.js';
import { localAddresses } from '../../src/modules/preflight/local-addresses.js';
import {
  MEMBERS,
  manifestOf,
  memberList,
  memberOf,
  peerUrlOf,
  record,
  statusOf,
} from './cluster.js';
import { refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const NEW = '192.0.2.31';
const OLD_URL = peerUrlOf('cp1');
const NEW_URL = `https://${NEW}:2380`;
const MOVED = memberOf('cp1', {
  peer_urls: [NEW_URL],
  former_peer_urls: [OLD_URL],
  new_address: NEW,
});

describe('an address in a text', () => {
  it.each([
    ['https://192.0.2.1:2380', 'https://192.0.2.31:2380'],
    [
      'a=https://192.0.2.1:2380,b=https://192.0.2.11:2380',
      'a=https://192.0.2.31:2380,b=https://192.0.2.11:2380',
    ],
    ['192.0.2.1', '192.0.2.31'],
    ['1192.0.2.1 192.0.2.1.5 192.0.2.12', '1192.0.2.1 192.0.2.1.5 192.0.2.12'],
  ])('is replaced where it stands as a whole: %s', (text, wanted) => {
    expect(withAddress(text, '192.0.2.1', NEW)).toBe(wanted);
  });
});

describe('the kernel’s own word about addresses', () => {
  const trie = `Main:
  +-- 0.0.0.0/0 3 0 5
     |-- 192.0.2.0
        /24 link UNICAST
     |-- 192.0.2.31
        /32 host LOCAL
     |-- 192.0.2.255
        /32 link BROADCAST
Local:
     |-- 127.0.0.1
        /32 host LOCAL
     |-- 192.0.2.31
        /32 host LOCAL
`;
  const six = 'fd000000000000000000000000000031 02 40 00 80     eth0\n';

  it('is read, of both kinds', () => {
    const answers = { 'addresses 4': { text: trie }, 'addresses 6': { text: six } };
    expect(localAddresses(answers)).toEqual([
      '192.0.2.31',
      '127.0.0.1',
      'fd00:0000:0000:0000:0000:0000:0000:0031',
    ]);
  });

  it('is not believed where it is missing or cut', () => {
    expect(localAddresses({ 'addresses 4': null, 'addresses 6': null })).toBe(null);
    expect(localAddresses({ 'addresses 4': { text: 'x'.repeat(500_000) } })).toBe(null);
  });
});

describe('a member with a new address', () => {
  const PKI = '/etc/kubernetes/pki/etcd';
  const path = '/etc/kubernetes/manifests/etcd.yaml';
  const host: Table = {
    files: {
      [path]: { text: manifestOf('cp1') },
      '/var/lib/etcd': { type: 'directory' },
      ...Object.fromEntries(
        ['ca.crt', 'server.crt', 'server.key'].map((one) => [`${PKI}/${one}`, {}]),
      ),
    },
    tools: { etcdctl: '/usr/local/bin/etcdctl', etcdutl: '/usr/local/bin/etcdutl' },
    toolVersion: () => '3.5.16',
  };
  const facts = { host: 'cp1', manifest: path, staging_dir: '/var/lib/runback/work' };

  it('is told to the facts by the map alone', async () => {
    const given = { ...facts, new_addresses: { cp1: NEW } };
    expect(await resultOf(etcdFacts, given, places(host))).toMatchObject({
      peer_urls: [NEW_URL],
      former_peer_urls: [OLD_URL],
      client_urls: [`https://${NEW}:2379`],
      new_address: NEW,
    });
    for (const new_addresses of [{}, { cp2: NEW }, { cp1: '192.0.2.11' }]) {
      const seen = await resultOf(etcdFacts, { ...facts, new_addresses }, places(host));
      expect(seen.peer_urls).toEqual([OLD_URL]);
      expect(seen).not.toHaveProperty('new_address');
    }
  });

  it('may still be listed where it was, or no more', async () => {
    const members = [MOVED, ...MEMBERS.slice(1)];
    const given = { member: memberOf('cp2'), members };
    const at = (list: ReturnType<typeof memberList>) =>
      places({
        says: {
          'etcd-members': () => list,
          'etcd-status': () => statusOf('cp2'),
          'etcd-alarms': () => ({ alarms: [] }),
        },
      });
    const without = { ...memberList(), members: memberList().members.slice(1) };
    for (const list of [memberList(), without]) {
      expect((await resultOf(etcdClusterCheck, given, at(list))).live).toBe(true);
    }
    const told = { ...given, members: MEMBERS, require_healthy: true };
    expect((await refusalOf(etcdClusterCheck, told, at(without))).code).toBe('members-disagree');
  });

  const parked = '/etc/kubernetes/runback/RUN/etcd.yaml';
  const args = {
    path: parked,
    members: [MOVED, ...MEMBERS.slice(1)],
    host: 'cp1',
    address: NEW,
    new_addresses: { cp1: NEW },
    copies: ['/tmp/POD.yaml'],
    record: record(),
    trash: '/etc/kubernetes/runback/RUN/trash',
  };
  const lines = [
    '- --advertise-client-urls=https://192.0.2.11:2379',
    '- --initial-advertise-peer-urls=https://192.0.2.11:2380',
    '- --listen-client-urls=https://127.0.0.1:2379,https://192.0.2.11:2379',
    '- --listen-peer-urls=https://192.0.2.11:2380',
  ];

  it('is written into its parked manifest, line by line, and taken back', async () => {
    const table: Table = { files: { [parked]: { text: manifestOf('cp1') } } };
    const { result, host: after } = await thereAndBack(etcdManifest, args, table);
    expect(result.changed_lines).toEqual([
      ...lines.map((line) => `- ${line}`),
      ...lines.slice(0, 2).map((line) => `+ ${line.replaceAll('192.0.2.11', NEW)}`),
      `+ - --initial-cluster=cp1=${NEW_URL},cp2=${peerUrlOf('cp2')},cp3=${peerUrlOf('cp3')}`,
      ...lines.slice(2).map((line) => `+ ${line.replaceAll('192.0.2.11', NEW)}`),
    ]);
    expect(after.files.get(parked)?.text).toBe(manifestOf('cp1'));
  });

  it('is written into a new one, from a copy or from the record, where its own is gone', async () => {
    const copy = { '/tmp/etcd.yaml': { text: manifestOf('cp1'), mode: 0o600, uid: 0 } };
    for (const files of [copy, {}]) {
      const { changes } = await thereAndBack(etcdManifest, args, { files });
      expect(changes).toMatchObject([
        { kind: 'make-directory', path: '/etc/kubernetes/runback/RUN' },
        { kind: 'write-file', path: parked, mode: 0o600, uid: 0 },
      ]);
    }
  });
});
