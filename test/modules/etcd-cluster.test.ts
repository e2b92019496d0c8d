import { describe, expect, it } from 'vitest';
import type { EtcdMembers } from '../../src/core/question.js';
import { etcdClusterCheck } from '../../src/modules/etcd-cluster-check.js';
import { etcdProof } from '../../src/modules/etcd-proof.js';
import { etcdQuorum } from '../../src/modules/etcd-quorum.js';
import { etcdSource } from '../../src/modules/etcd-source.js';
import { etcdStatus } from '../../src/modules/etcd-status.js';
import { MEMBERS, memberList, memberOf, peerUrlOf, statusOf, TOKEN } from './cluster.js';
import { refusalOf, resultOf } from './steps.js';
import { places, type Table, TableHost } from './table-host.js';

type Says = NonNullable<Table['says']>;
const silent = () => ({ reason: 'failed', detail: 'connection refused' }) as const;
const healthy: Says = {
  'etcd-status': () => statusOf('cp1'),
  'etcd-members': () => memberList(),
  'etcd-alarms': () => ({ alarms: [] }),
  'etcd-content': () => ({ sha256: 'c'.repeat(64), keys: 30, keysByKind: { pods: 30 } }),
  'etcd-hashkv': ({ revision }) => ({ hash: 4_711, revision, compactRevision: 90 }),
};
const at = (says: Says = {}) => places({ says: { ...healthy, ...says } });

/** The member list with one member changed. */
const listWith = (index: number, change: Partial<EtcdMembers['members'][number]>) => () => ({
  ...memberList(),
  members: memberList().members.map((one, i) => (i === index ? { ...one, ...change } : one)),
});

describe('etcd_cluster_check', () => {
  const args = { member: memberOf('cp1'), members: MEMBERS };
  const backup = { ...args, require_healthy: true };

  it('is content when the inventory, the manifests and etcd agree', async () => {
    const { clusterId } = memberList();
    expect(await resultOf(etcdClusterCheck, backup, at())).toEqual({
      live: true,
      cluster_id: clusterId,
      members: 3,
      quorum: 2,
    });
  });

  it('works when nothing runs, and says so', async () => {
    const down = { ...args, member: memberOf('cp1', { running: false }) };
    const dead = { live: false, cluster_id: '', members: 3, quorum: 2 };
    expect(await resultOf(etcdClusterCheck, down, places({}))).toEqual(dead);
    expect(await resultOf(etcdClusterCheck, args, at({ 'etcd-members': silent }))).toEqual(dead);
  });

  it('lets a restore be the way out of an alarm', async () => {
    const noSpace = at({ 'etcd-alarms': () => ({ alarms: ['NOSPACE'] }) });
    expect((await resultOf(etcdClusterCheck, args, noSpace)).live).toBe(true);
  });

  const twoMembers = { ...memberList(), members: memberList().members.slice(0, 2) };
  const stranger = listWith(2, { name: 'old', peerUrls: ['https://192.0.2.99:2380'] });
  const refusals: {
    readonly [what: string]: readonly [string, typeof backup, ReturnType<typeof at>];
  } = {
    'a learner': ['learner', backup, at({ 'etcd-members': listWith(1, { isLearner: true }) })],
    'a member that etcd does not know': [
      'members-disagree',
      backup,
      at({ 'etcd-members': () => twoMembers }),
    ],
    'a member that the inventory does not know': [
      'members-disagree',
      backup,
      at({ 'etcd-members': stranger }),
    ],
    'two hosts of one name': [
      'member-twice',
      { ...backup, members: [...MEMBERS.slice(0, 2), memberOf('cp3', { name: 'cp1' })] },
      at(),
    ],
    'two hosts of one peer URL': [
      'member-twice',
      {
        ...backup,
        members: [...MEMBERS.slice(0, 2), memberOf('cp3', { peer_urls: [peerUrlOf('cp1')] })],
      },
      at(),
    ],
    'a host without a peer URL': [
      'no-peer-url',
      { ...backup, members: [...MEMBERS.slice(0, 2), memberOf('cp3', { peer_urls: [] })] },
      at(),
    ],
    'a backup under an alarm': [
      'alarm',
      backup,
      at({ 'etcd-alarms': () => ({ alarms: ['CORRUPT'] }) }),
    ],
    'a backup when nobody says whether there is an alarm': [
      'no-answer',
      backup,
      at({ 'etcd-alarms': silent }),
    ],
    'a backup while a member never started': [
      'member-not-started',
      backup,
      at({ 'etcd-members': listWith(2, { name: '' }) }),
    ],
    'a backup of a member that is down': [
      'not-running',
      { ...backup, member: memberOf('cp1', { running: false }) },
      at(),
    ],
    'a backup of a member that is silent': ['no-answer', backup, at({ 'etcd-status': silent })],
  };
  for (const [what, [code, given, where]] of Object.entries(refusals)) {
    it(`refuses ${what}`, async () => {
      expect((await refusalOf(etcdClusterCheck, given, where)).code).toBe(code);
    });
  }
});

const CP3 = { name: 'cp3', address: '192.0.2.13' };

describe('a host that is left out', () => {
  const two = [memberOf('cp1'), memberOf('cp2')];
  const restore = { member: memberOf('cp1'), members: two, fenced: [CP3] };
  const backup = { ...restore, require_healthy: true };
  const other = (change: Partial<EtcdMembers['members'][number]>) =>
    at({ 'etcd-members': listWith(2, change) });

  it('is missing in the inventory, and nobody else may be', async () => {
    expect(await resultOf(etcdClusterCheck, restore, at())).toMatchObject({
      members: 2,
      quorum: 2,
      message:
        'cp3 is left out: the restored cluster has 2 members, the quorum is 2, no further loss is borne.',
    });
    const unknown = { ...restore, fenced: [{ name: 'cp4', address: '192.0.2.14' }] };
    expect((await refusalOf(etcdClusterCheck, unknown, at())).code).toBe('members-disagree');
    const [cp1] = two as [(typeof two)[0]];
    const lessThanLeftOut = { ...restore, members: [cp1] };
    expect((await refusalOf(etcdClusterCheck, lessThanLeftOut, at())).code).toBe(
      'members-disagree',
    );
  });

  it('is known by its name, or by its address; by neither it is a stranger', async () => {
    const elsewhere = { peerUrls: ['https://198.51.100.3:2380'] };
    expect((await resultOf(etcdClusterCheck, restore, other(elsewhere))).live).toBe(true);
    expect((await resultOf(etcdClusterCheck, restore, other({ name: 'etcd-3' }))).live).toBe(true);
    const stranger = other({ name: 'etcd-3', ...elsewhere });
    expect((await refusalOf(etcdClusterCheck, restore, stranger)).code).toBe('members-disagree');
  });

  it('still counts for the quorum of the cluster that lives', async () => {
    expect(await resultOf(etcdClusterCheck, backup, at())).toMatchObject({
      quorum: 2,
      message:
        'cp3 is left out: 2 of 3 members are here, the quorum is 2, no further loss is borne.',
    });
  });

  it('counts no more when it is no member any more', async () => {
    const restored = at({
      'etcd-members': () => ({ ...memberList(), members: memberList().members.slice(0, 2) }),
    });
    expect(await resultOf(etcdClusterCheck, backup, restored)).toMatchObject({
      message:
        'cp3 is left out: 2 of 2 members are here, the quorum is 2, no further loss is borne.',
    });
  });

  it('is one too many where a majority must live', async () => {
    const CP2 = { name: 'cp2', address: '192.0.2.12' };
    const alone = { ...backup, members: [memberOf('cp1')], fenced: [CP2, CP3] };
    const refusal = await refusalOf(etcdClusterCheck, alone, at({ 'etcd-members': silent }));
    expect(refusal).toMatchObject({ code: 'no-majority' });
    expect(refusal.message).toContain('without cp2, cp3');
    const forRestore = { ...alone, require_healthy: false };
    expect((await resultOf(etcdClusterCheck, forRestore, at())).quorum).toBe(1);
  });

  it('is no member of the others’ proof', async () => {
    const proof = { member: memberOf('cp1'), members: two, fenced: [CP3] };
    expect((await resultOf(etcdProof, proof, at())).keys).toBe(30);
    const strict = { ...proof, fenced: [] };
    expect((await refusalOf(etcdProof, strict, at())).code).toBe('members-disagree');
  });
});

describe('etcd_status', () => {
  it('knows the leader from a follower, and from a member without one', async () => {
    const args = { member: memberOf('cp1') };
    const role = async (says: Says) => resultOf(etcdStatus, args, at(says));
    expect(await role({})).toMatchObject({ answers: true, is_leader: true, revision: 500 });
    expect(await role({ 'etcd-status': () => statusOf('cp2') })).toMatchObject({
      is_leader: false,
    });
    const alone = { 'etcd-status': () => statusOf('cp1', { leaderId: '0', memberId: '0' }) };
    expect(await role(alone)).toMatchObject({ answers: true, is_leader: false });
  });

  it('says of a silent member that it is silent', async () => {
    const given = { member: memberOf('cp1') };
    expect(await resultOf(etcdStatus, given, at({ 'etcd-status': silent }))).toMatchObject({
      answers: false,
      is_leader: false,
      revision: 0,
    });
  });
});

describe('etcd_source', () => {
  const seen = (host: string, revision: number, is_leader = false, answers = true) => ({
    host,
    revision,
    is_leader,
    answers,
  });

  it('is the leader, though another is further by a moment', async () => {
    const statuses = [seen('cp1', 9), seen('cp2', 8, true)];
    expect((await resultOf(etcdSource, { statuses }, places({}))).host).toBe('cp2');
  });

  it('is the highest revision without a leader, and the first name among equals', async () => {
    const statuses = [
      seen('cp3', 9),
      seen('cp2', 9),
      seen('cp1', 8),
      seen('cp0', 99, false, false),
    ];
    expect((await resultOf(etcdSource, { statuses }, places({}))).host).toBe('cp2');
  });

  it('is nobody when nobody answers', async () => {
    const statuses = [seen('cp1', 0, false, false)];
    expect((await refusalOf(etcdSource, { statuses }, places({}))).code).toBe('no-source');
  });
});

describe('etcd_quorum', () => {
  const args = { member: memberOf('cp1'), within: '1m30s' };

  it('waits inside the host, as long as it is told', async () => {
    const host = new TableHost({
      says: { 'wait-etcd-healthy': () => ({ reached: true, waitedMs: 400 }) },
    });
    expect(await resultOf(etcdQuorum, args, places(host))).toEqual({ waited_ms: 400 });
    expect(host.asked).toMatchObject([{ kind: 'wait-etcd-healthy', timeoutMs: 90_000 }]);
  });

  it('says what it saw last', async () => {
    const late = () => ({ reached: false, waitedMs: 90_000, lastSeen: 'no leader' }) as const;
    const failure = await refusalOf(etcdQuorum, args, at({ 'wait-etcd-healthy': late }));
    expect(failure).toMatchObject({ code: 'no-quorum', detail: 'no leader' });
    expect(failure.message).toContain('90 s');
  });
});

describe('etcd_proof', () => {
  const args = {
    member: memberOf('cp1'),
    members: MEMBERS,
    token: TOKEN,
    content_sha256: 'c'.repeat(64),
    keys: 30,
  };

  it('holds when ids are as predicted, members equal, and the content is the backup’s', async () => {
    const status = statusOf('cp1');
    expect(await resultOf(etcdProof, args, at())).toEqual({
      cluster_id: status.clusterId,
      member_id: status.memberId,
      revision: 500,
      hashkv: 4_711,
      keys: 30,
      content_sha256: 'c'.repeat(64),
    });
  });

  it('compares with nothing when there is no record', async () => {
    const bare = { ...args, content_sha256: '', keys: -1 };
    expect((await resultOf(etcdProof, bare, at())).keys).toBe(30);
  });

  it('asks again when a follower is an entry behind', async () => {
    let looks = 0;
    const behind: Says = {
      'etcd-hashkv': ({ access, revision }) => {
        looks += access.endpoint.includes('192.0.2.12') ? 1 : 0;
        const isBehind = access.endpoint.includes('192.0.2.12') && looks < 3;
        return isBehind ? silent() : { hash: 4_711, revision, compactRevision: 90 };
      },
    };
    expect((await resultOf(etcdProof, args, at(behind))).hashkv).toBe(4_711);
    expect(looks).toBe(3);
  });

  it('does not ask a member again that keeps silent: that costs seconds each time', async () => {
    let looks = 0;
    const cutOff: Says = {
      'etcd-hashkv': ({ access, revision }) => {
        if (!access.endpoint.includes('192.0.2.12'))
          return { hash: 4_711, revision, compactRevision: 90 };
        looks += 1;
        return { reason: 'timed-out', detail: 'context deadline exceeded' };
      },
    };
    expect((await refusalOf(etcdProof, args, at(cutOff))).code).toBe('no-hash');
    expect(looks).toBe(1);
  });

  const hashOf2 = (hash: number, compactRevision: number): Says => ({
    'etcd-hashkv': ({ access, revision }) =>
      access.endpoint.includes('192.0.2.12')
        ? { hash, revision, compactRevision }
        : { hash: 4_711, revision, compactRevision: 90 },
  });
  const stuckAt = (raftIndex: number): Says => ({
    'etcd-hashkv': silent,
    'etcd-status': ({ access }) =>
      access.endpoint.includes('192.0.2.12')
        ? statusOf('cp2', { revision: 60, raftIndex })
        : statusOf('cp1', { revision: 66, raftIndex: 7 }),
  });
  const refusals: { readonly [what: string]: readonly [string, Says] } = {
    'the old cluster': ['wrong-ids', { 'etcd-status': () => statusOf('cp1', { clusterId: 'ab' }) }],
    'another member’s data': ['wrong-ids', { 'etcd-status': () => statusOf('cp2') }],
    'a missing member': [
      'members-disagree',
      { 'etcd-members': () => ({ ...memberList(), members: memberList().members.slice(1) }) },
    ],
    'a stranger among the members': [
      'members-disagree',
      { 'etcd-members': listWith(2, { peerUrls: ['https://192.0.2.99:2380'] }) },
    ],
    'a member that has not started': [
      'members-disagree',
      { 'etcd-members': listWith(2, { name: '' }) },
    ],
    'a learner': ['members-disagree', { 'etcd-members': listWith(2, { isLearner: true }) }],
    'no leader': ['no-leader', { 'etcd-status': () => statusOf('cp1', { leaderId: '0' }) }],
    'a leader that is no member': [
      'no-leader',
      { 'etcd-status': () => statusOf('cp1', { leaderId: 'ff' }) },
    ],
    'other keys': [
      'keys-differ',
      { 'etcd-content': () => ({ sha256: 'c'.repeat(64), keys: 29, keysByKind: {} }) },
    ],
    'other content under as many keys': [
      'content-differs',
      { 'etcd-content': () => ({ sha256: 'd'.repeat(64), keys: 30, keysByKind: {} }) },
    ],
    'members of different data': ['members-differ', hashOf2(1, 90)],
    'members compacted at different revisions': ['members-differ', hashOf2(4_711, 80)],
    'a member that gives no hash': ['no-hash', { 'etcd-hashkv': silent }],
    'a member that stays behind, and has done as much': ['members-differ', stuckAt(7)],
    'a member that stays behind, and has less to do yet': ['no-hash', stuckAt(6)],
    'silence about the state': ['no-answer', { 'etcd-status': silent }],
    'silence about the members': ['no-answer', { 'etcd-members': silent }],
    'silence about the content': ['no-answer', { 'etcd-content': silent }],
  };
  it('holds when the cluster begins where the restore said, compacted up to there', async () => {
    const raised = { ...args, revision: 400, compacted: true };
    const says: Says = {
      'etcd-hashkv': ({ revision }) => ({ hash: 4_711, revision, compactRevision: 400 }),
    };
    expect((await resultOf(etcdProof, raised, at(says))).revision).toBe(500);
  });

  it('fails on a revision that clients have seen already, and on a bump that is not marked', async () => {
    const low = { ...args, revision: 501 };
    expect((await refusalOf(etcdProof, low, at())).code).toBe('revision-low');
    const unmarked = { ...args, revision: 500, compacted: true };
    expect((await refusalOf(etcdProof, unmarked, at())).code).toBe('not-compacted');
  });

  for (const [what, [code, says]] of Object.entries(refusals)) {
    it(`fails on ${what}`, async () => {
      expect((await refusalOf(etcdProof, args, at(says))).code).toBe(code);
    });
  }
});
