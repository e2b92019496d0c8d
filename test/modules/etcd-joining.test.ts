import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { EtcdMember, EtcdMembers } from '../../src/core/question.js';
import type { MemberFacts } from '../../src/modules/etcd/member.js';
import { etcdJoinCheck } from '../../src/modules/etcd-join-check.js';
import { etcdManifest } from '../../src/modules/etcd-manifest.js';
import { etcdMemberAdd } from '../../src/modules/etcd-member-add.js';
import { etcdMemberPromote } from '../../src/modules/etcd-member-promote.js';
import {
  LAYOUT,
  MEMBERS,
  manifestOf,
  memberList,
  memberOf,
  peerUrlOf,
  statusOf,
} from './cluster.js';
import { planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const CP3 = memberOf('cp3');
const OTHERS = [memberOf('cp1'), memberOf('cp2')];
const WAL_ELSEWHERE = { ...LAYOUT, wal_dir: '/disk/wal', wal_staging_dir: '/disk/.runback' };
const silent = () => ({ reason: 'failed', detail: 'connection refused' }) as const;
const two = (): EtcdMembers => ({ ...memberList(), members: memberList().members.slice(0, 2) });
const learner: EtcdMember = {
  id: 'abc',
  name: '',
  peerUrls: [peerUrlOf('cp3')],
  clientUrls: [],
  isLearner: true,
};
const says = (list: () => EtcdMembers, own: Table['says'] = {}): Table => ({
  says: { 'etcd-members': list, 'etcd-status': silent, ...own },
});

describe('etcd_join_check', () => {
  const args = { member: CP3, others: OTHERS };
  const look = (table: Table) => resultOf(etcdJoinCheck, args, places(table));
  const refusal = async (list: EtcdMembers, own: Table['says'] = {}) =>
    (await refusalOf(etcdJoinCheck, args, places(says(() => list, own)))).code;

  it('lets a host join whose etcd does not run, says nothing, or is of another cluster', async () => {
    expect(await look(says(two))).toMatchObject({ is_member: false, own_cluster_id: '' });
    const old = () => statusOf('cp3', { clusterId: '01d' });
    const result = await look(says(two, { 'etcd-status': old }));
    expect(result).toMatchObject({ is_member: false, own_cluster_id: '01d' });
    expect(result.message).toContain('/var/lib/etcd is put aside and kept');
  });

  it('knows a member that is one already', async () => {
    const own = { 'etcd-status': () => statusOf('cp3') };
    expect(await look(says(memberList, own))).toMatchObject({ is_member: true });
  });

  it.each<[string, EtcdMembers, Table['says']]>([
    ['listed, and does not run', memberList(), {}],
    [
      'listed, and its etcd is of the old cluster',
      memberList(),
      { 'etcd-status': () => statusOf('cp3', { clusterId: '01d' }) },
    ],
    ['listed, and never started', { ...two(), members: [...two().members, learner] }, {}],
  ])('refuses one that is %s: its entry must go first', async (_what, list, own) => {
    expect(await refusal(list, own)).toBe('listed-not-running');
  });

  it('refuses a WAL directory in which etcd cannot begin, and says where a link leaves the old one', async () => {
    const at = (layout: Partial<MemberFacts['layout']>) => ({
      ...args,
      member: memberOf('cp3', { layout: { ...WAL_ELSEWHERE, ...layout } }),
    });
    for (const wrong of [{ wal_is_mount: true }, { wal_is_volume: true }]) {
      const failure = await refusalOf(etcdJoinCheck, at(wrong), places(says(two)));
      expect(failure).toMatchObject({ code: 'wal-is-mount' });
      const own = { 'etcd-status': () => statusOf('cp3') };
      const joined = await resultOf(etcdJoinCheck, at(wrong), places(says(memberList, own)));
      expect(joined.is_member).toBe(true);
    }
    const linked = await resultOf(etcdJoinCheck, at({ wal_name: '/wal' }), places(says(two)));
    expect(linked.message).toContain('the old one stays in /disk/wal');
  });

  it('refuses a name that another member has, a cluster that is silent, and nobody', async () => {
    const namesake = { ...learner, name: 'cp3', peerUrls: ['https://192.0.2.99:2380'] };
    expect(await refusal({ ...two(), members: [...two().members, namesake] })).toBe('member-twice');
    const mute = places({ says: { 'etcd-members': silent, 'etcd-status': silent } });
    expect((await refusalOf(etcdJoinCheck, args, mute)).code).toBe('cluster-silent');
    const alone = { ...args, others: [] };
    expect((await refusalOf(etcdJoinCheck, alone, places({}))).code).toBe('no-cluster');
  });
});

describe('etcd_manifest', () => {
  const path = '/etc/kubernetes/runback/RUN/etcd.yaml';
  const trash = '/etc/kubernetes/runback/RUN/trash';
  const args = { path, members: MEMBERS, state: 'existing' as const, trash };
  const all = MEMBERS.map(({ name, peer_urls }) => `${name}=${peer_urls[0]}`).join(',');
  const at = (text: string): Table => ({ files: { [path]: { text, mode: 0o600 } } });

  it('writes who is there and that they live already, keeps the old one, and takes it back', async () => {
    const old = manifestOf('cp3', ['--initial-cluster=cp3=https://192.0.2.13:2380']);
    const { changes, result } = await thereAndBack(etcdManifest, args, at(old));
    expect(changes).toMatchObject([{ kind: 'write-file', path, mode: 0o600, trash }]);
    expect(result.changed_lines).toEqual([
      '- - --initial-cluster=cp3=https://192.0.2.13:2380',
      `+ - --initial-cluster=${all}`,
      '+ - --initial-cluster-state=existing',
    ]);
  });

  it('adds what is missing beside what is there, in quotes as well', async () => {
    const quoted = manifestOf('cp3').replace('- --name=cp3', '- "--name=cp3"');
    for (const text of [manifestOf('cp3'), quoted]) {
      const { result } = await thereAndBack(etcdManifest, args, at(text));
      expect(result.changed_lines).toHaveLength(2);
    }
  });

  it('has nothing to do where it is so', async () => {
    const done = [`--initial-cluster=${all}`, '--initial-cluster-state=existing'];
    expect(
      (await resultOf(etcdManifest, args, places(at(manifestOf('cp3', done))))).changed_lines,
    ).toEqual([]);
  });

  it('shows what it would write, and writes nothing', async () => {
    const shown = await resultOf(
      etcdManifest,
      { ...args, only_show: true },
      places(at(manifestOf('cp3'))),
    );
    expect(shown.message).toContain(`+ - --initial-cluster=${all}`);
  });

  it('touches no manifest of another form', async () => {
    const oneLine = manifestOf('cp3').replace(
      /command:\n[\s\S]*?volumeMounts:/,
      `command: [etcd, --name=cp3, --initial-cluster=x, --data-dir=/var/lib/etcd]\n      volumeMounts:`,
    );
    const twice = manifestOf('cp3', ['--initial-cluster=x', '--initial-cluster=y']);
    for (const text of [oneLine, twice, 'no pod', '']) {
      expect((await refusalOf(etcdManifest, args, places(at(text)))).code).toBe('manifest-form');
    }
    expect((await refusalOf(etcdManifest, args, places({}))).code).toBe('no-manifest');
  });
});

describe('etcd_member_add', () => {
  const args = { member: memberOf('cp1'), joining: CP3 };

  it('adds a learner, knows it again, and removes it by its URL', async () => {
    const listed = [...two().members];
    const table: Table = {
      ...says(() => ({ ...two(), members: listed })),
      runs: ([program]) => {
        if (program === 'sh') listed.pop();
        else listed.push(learner);
      },
    };
    const { changes, result } = await thereAndBack(etcdMemberAdd, args, table);
    expect(result).toEqual({ id: 'abc', peer_urls: [peerUrlOf('cp3')] });
    const [change] = changes;
    expect(change?.kind === 'run' && change.argv.slice(1, 6)).toEqual([
      'member',
      'add',
      'cp3',
      '--learner',
      `--peer-urls=${peerUrlOf('cp3')}`,
    ]);
    expect(listed).toHaveLength(2);
  });

  it('waits for no other learner, and asks nobody who is silent', async () => {
    const other = { ...learner, peerUrls: ['https://192.0.2.99:2380'] };
    const table = says(() => ({ ...two(), members: [...two().members, other] }));
    expect((await refusalOf(etcdMemberAdd, args, places(table))).code).toBe('learner');
    const mute = places({ says: { 'etcd-members': silent } });
    expect((await refusalOf(etcdMemberAdd, args, mute)).code).toBe('no-answer');
  });

  it('is taken back by a script that removes this member alone, whatever stands around it', () => {
    const directory = mkdtempSync(join(tmpdir(), 'runback-remove-'));
    try {
      const [undo] =
        etcdMemberAdd.undo.kind === 'by-cases' ? etcdMemberAdd.undo.cases(args, { id: null }) : [];
      const change = undo?.changes[0];
      if (change?.kind !== 'run') throw new Error('the undo is no program');
      const said = join(directory, 'said');
      const etcdctl = join(directory, 'etcdctl');
      const lines = [
        '1a, started, cp1, https://192.0.2.11:2380, https://192.0.2.11:2379, false',
        '2b, started, x, https://192.0.2.13:23801, https://192.0.2.13:2380, false',
        '3c, unstarted, , https://192.0.2.13:2380, , true',
      ].join('\\n');
      const body = `#!/bin/sh\nif [ "$2" = list ]; then printf '${lines}\\n'; else echo "$@" >>${said}; fi\n`;
      writeFileSync(etcdctl, body, { mode: 0o755 });
      const script = join(directory, 'script');
      writeFileSync(script, change.script ?? '');
      const [program, ...words] = change.argv;
      execFileSync(program, [...words, script], {
        env: { ...change.environment, ETCDCTL: etcdctl },
      });
      expect(readFileSync(said, 'utf8')).toBe('member remove 3c\n');
    } finally {
      rmSync(directory, { recursive: true });
    }
  });
});

describe('etcd_member_promote', () => {
  const args = { member: memberOf('cp1'), joining: CP3 };
  const added = { ...learner, name: 'cp3' };
  const list = (one: EtcdMember) => () => ({ ...two(), members: [...two().members, one] });

  it('gives a learner its vote by its id, and a voter none again', async () => {
    const [change] = await planOf(etcdMemberPromote, args, places(says(list(added))));
    expect(change?.kind === 'run' && change.argv.slice(1, 4)).toEqual(['member', 'promote', 'abc']);
    const voter = places(says(list({ ...added, isLearner: false })));
    expect(await resultOf(etcdMemberPromote, args, voter)).toEqual({ id: 'abc' });
  });

  it('is removed while both run when it is the second voter: behind its end nobody could', async () => {
    const undo = async (members: readonly EtcdMember[]) => {
      const alone = () => ({ ...two(), members: [...members, added] });
      const before = await etcdMemberPromote.probe(args, places(says(alone)));
      if (!before.ok || etcdMemberPromote.undo.kind !== 'by-cases') throw new Error('no way back');
      return etcdMemberPromote.undo.cases(args, before.value)[0]?.changes ?? [];
    };
    expect(await undo(two().members)).toEqual([]);
    const [change, ...more] = await undo(two().members.slice(0, 1));
    expect(more).toEqual([]);
    expect(change?.kind === 'run' && change.environment?.PEER_URLS).toBe(peerUrlOf('cp3'));
  });

  it('refuses one that nobody added', async () => {
    expect((await refusalOf(etcdMemberPromote, args, places(says(two)))).code).toBe('not-listed');
  });
});
