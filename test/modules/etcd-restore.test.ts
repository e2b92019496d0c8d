import { describe, expect, it } from 'vitest';
import { sha256 } from '../../src/core/hash.js';
import { etcdRestore } from '../../src/modules/etcd-restore.js';
import { LAYOUT, MEMBERS, memberOf, SNAPSHOT_TEXT, TOKEN } from './cluster.js';
import { planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table, type TableHost } from './table-host.js';

const WORK = `/var/lib/runback/work/${TOKEN}`;
const INTO = `${WORK}/etcd`;
const SNAPSHOT = `${WORK}/snapshot.db`;
const args = {
  member: memberOf('cp2'),
  members: MEMBERS,
  snapshot: SNAPSHOT,
  sha256: sha256(SNAPSHOT_TEXT),
  run: TOKEN,
};

const MARK = `token ${TOKEN}\nsnapshot ${args.sha256}\nbump 0\n`;

const DIRECTORY = { type: 'directory' } as const;
const snapshot = { [SNAPSHOT]: { text: SNAPSHOT_TEXT }, [WORK]: DIRECTORY };

/** What etcdutl leaves behind. */
function restored(_argv: readonly string[], host: TableHost): void {
  for (const path of [INTO, `${INTO}/member`, `${INTO}/member/snap`, `${INTO}/member/wal`]) {
    host.put(path, DIRECTORY);
  }
  host.put(`${INTO}/member/snap/db`, {});
  host.put(`${INTO}/member/wal/0000000000000000-0000000000000000.wal`, {});
}

const host = (files: Table['files'], more: Table = {}): Table => ({
  files: { ...snapshot, ...files },
  runs: restored,
  ...more,
});

describe('etcd_restore', () => {
  it('restores for this member, with the same cluster on every host and a fresh token', async () => {
    const { changes, result } = await thereAndBack(etcdRestore, args, host({}));
    expect(changes).toEqual([
      { kind: 'make-directory', path: WORK, mode: 0o700 },
      {
        kind: 'write-file',
        path: `${INTO}.restoring`,
        text: MARK,
        mode: 0o600,
        trash: `${WORK}/trash`,
      },
      {
        kind: 'run',
        argv: [
          '/usr/local/bin/etcdutl',
          'snapshot',
          'restore',
          SNAPSHOT,
          '--name=cp2',
          '--initial-cluster=cp1=https://192.0.2.11:2380,cp2=https://192.0.2.12:2380,cp3=https://192.0.2.13:2380',
          `--initial-cluster-token=${TOKEN}`,
          '--initial-advertise-peer-urls=https://192.0.2.12:2380',
          `--data-dir=${INTO}`,
        ],
        environment: { ETCDCTL_API: '3' },
        timeoutMs: 600_000,
        repeatable: false,
        effects: [{ kind: 'path', path: INTO }],
      },
      { kind: 'set-owner', path: INTO, uid: 0, gid: 0, mode: 0o700 },
      { kind: 'rename', from: `${INTO}.restoring`, to: `${INTO}.restored` },
    ]);
    expect(result.path).toBe(INTO);
    expect(result.inode).not.toBe('');
  });

  describe('where the old data carry a security label', () => {
    const label = 'system_u:object_r:container_file_t:s0:c1,c2';
    const old = { '/var/lib/etcd': { type: 'directory', label } } as const;
    const chcon = { tools: { chcon: '/usr/bin/chcon' } };
    /** As etcdutl and chcon would do it; or chcon labels nothing. */
    const runs = (given: string) => (argv: readonly string[], at: TableHost) => {
      if (argv[0] !== '/usr/bin/chcon') return restored(argv, at);
      for (const [path, entry] of at.files) {
        if (path.startsWith(INTO)) at.files.set(path, { ...entry, label: given });
      }
    };

    it('gives the new ones the same, before they are marked complete, and reads it back', async () => {
      const table = host(old, { ...chcon, runs: runs(label) });
      const { changes } = await thereAndBack(etcdRestore, args, table);
      expect(changes.slice(-3, -2)).toEqual([
        {
          kind: 'run',
          argv: ['/usr/bin/chcon', '-R', '-h', '--reference=/var/lib/etcd', '--', INTO],
          timeoutMs: 60_000,
          repeatable: true,
          effects: [{ kind: 'path', path: INTO }],
        },
      ]);
    });

    it('does not take a label that was not kept for given', async () => {
      const other = { ...chcon, runs: runs('system_u:object_r:tmp_t:s0') };
      await expect(thereAndBack(etcdRestore, args, host(old, other))).rejects.toThrow(
        'label-differs',
      );
    });

    it('refuses without a chcon', async () => {
      expect((await refusalOf(etcdRestore, args, places(host(old)))).code).toBe('no-chcon');
    });

    it('gives a WAL of its own that of the old WAL', async () => {
      const layout = { ...LAYOUT, wal_dir: '/srv/wal', wal_staging_dir: '/srv/.runback' };
      const given = { ...args, member: memberOf('cp2', { layout }) };
      const wal = { '/srv/wal': { type: 'directory', label: 'u:r:wal_t:s0' } } as const;
      const changes = await planOf(etcdRestore, given, places(host({ ...old, ...wal }, chcon)));
      const words = changes.flatMap((one) =>
        one.kind === 'run' && one.argv[0] === '/usr/bin/chcon' ? [one.argv.slice(3)] : [],
      );
      expect(words).toEqual([
        ['--reference=/var/lib/etcd', '--', INTO],
        ['--reference=/srv/wal', '--', `/srv/.runback/${TOKEN}/wal`],
      ]);
    });
  });

  it('says the same --initial-cluster whatever the order of the hosts', async () => {
    const given = { ...args, members: MEMBERS.toReversed() };
    const [, , run] = await planOf(etcdRestore, given, places(host({})));
    const [, , same] = await planOf(etcdRestore, args, places(host({})));
    expect(run).toEqual(same);
  });

  it('raises the revision where it is told to, with both flags', async () => {
    const given = { ...args, bump_revision: 1_000_000_000 };
    const { changes } = await thereAndBack(etcdRestore, given, host({}));
    const run = changes.find((change) => change.kind === 'run');
    expect(run?.argv.slice(-2)).toEqual(['--bump-revision=1000000000', '--mark-compacted']);
  });

  it('skips the check of a digest that a raw copy has not, and only there', async () => {
    const words = async (skip_hash_check: boolean) => {
      const changes = await planOf(etcdRestore, { ...args, skip_hash_check }, places(host({})));
      const run = changes.find((change) => change.kind === 'run');
      return run?.argv.filter((word) => word === '--skip-hash-check');
    };
    expect(await words(true)).toHaveLength(1);
    expect(await words(false)).toEqual([]);
  });

  it('does not take a directory of another revision for its own', async () => {
    const at = places(withRestored(host({ [`${INTO}.restored`]: { text: MARK } })));
    const given = { ...args, bump_revision: 1_000_000_000 };
    expect((await refusalOf(etcdRestore, given, at)).code).toBe('staging-exists');
  });

  it('refuses to raise the revision with a tool that cannot', async () => {
    const member = memberOf('cp2', { tool_version: '3.4.23' });
    const given = { ...args, member, bump_revision: 5 };
    expect((await refusalOf(etcdRestore, given, places(host({})))).code).toBe('tool-too-old');
  });

  it('gives the new directory the old one’s owner, and closes it to others', async () => {
    const member = memberOf('cp2', { uid: 994, gid: 992, mode: 0o755 });
    const changes = await planOf(etcdRestore, { ...args, member }, places(host({})));
    expect(changes[3]).toEqual({
      kind: 'set-owner',
      path: INTO,
      uid: 994,
      gid: 992,
      mode: 0o750,
    });
  });

  it('has nothing to do when this run’s directory is complete', async () => {
    const table = host({
      [`${INTO}.restored`]: { text: MARK },
    });
    const at = places(withRestored(table));
    expect((await resultOf(etcdRestore, args, at)).path).toBe(INTO);
  });

  it('takes a failed staging out of the way: etcd would start from it as a new cluster', () => {
    if (etcdRestore.undo.kind !== 'by-cases') throw new Error('it has no cases');
    const cases = etcdRestore.undo.cases(args, {} as never);
    const half = cases.find(({ when }) => when.length === 1 && when[0]?.path === INTO);
    expect(half?.changes).toEqual([{ kind: 'remove', path: INTO, trash: `${WORK}/trash` }]);
  });

  it('makes a half-made directory of this run anew, and leaves the half to the trash', async () => {
    const files = { [INTO]: DIRECTORY, [`${INTO}.restoring`]: { text: MARK } };
    const planned = await planOf(etcdRestore, args, places(host(files)));
    expect(planned[1]).toEqual({ kind: 'remove', path: INTO, trash: `${WORK}/trash` });
    expect(planned.map(({ kind }) => kind)).toContain('run');
  });

  it('refuses a staging directory of somebody else, or a half-made one', async () => {
    const marker = { text: MARK };
    for (const files of [
      { [INTO]: DIRECTORY },
      { [INTO]: DIRECTORY, [`${INTO}.restored`]: marker },
      { [INTO]: DIRECTORY, [`${INTO}.restoring`]: { text: 'token of another run' } },
    ]) {
      const failure = await refusalOf(etcdRestore, args, places(host(files)));
      expect(failure.code).toBe('staging-exists');
      expect(failure.message).toContain(INTO);
    }
  });

  it('refuses another snapshot than the one that was checked', async () => {
    const table = host({ [SNAPSHOT]: { text: 'another' } });
    expect((await refusalOf(etcdRestore, args, places(table))).code).toBe('digest-mismatch');
  });

  it('refuses when the kubelet would begin to evict', async () => {
    const table = host({}, { freeBytes: 10e9 + 1 });
    const failure = await refusalOf(etcdRestore, args, places(table));
    expect(failure.code).toBe('no-room');
    expect(failure.message).toContain('kubelet');
  });

  it('is not believed without a WAL', async () => {
    const table = host({
      [`${INTO}.restored`]: { text: MARK },
    });
    const files = { ...withRestored(table).files };
    delete files[`${INTO}/member/wal/0.wal`];
    const failure = await refusalOf(etcdRestore, args, places({ ...table, files }));
    expect(failure.code).toBe('staging-incomplete');
  });
});

describe('etcd_restore with a WAL of its own', () => {
  const WAL = '/srv/.runback';
  const NEW = `${WAL}/${TOKEN}/wal`;
  const SEGMENT = '0000000000000000-0000000000000000.wal';
  const layout = { ...LAYOUT, wal_dir: '/srv/wal', wal_staging_dir: WAL };
  const given = { ...args, member: memberOf('cp2', { layout }) };

  function runs(_argv: readonly string[], host: TableHost): void {
    for (const path of [INTO, `${INTO}/member`, `${INTO}/member/snap`, NEW]) {
      host.put(path, DIRECTORY);
    }
    host.put(`${INTO}/member/snap/db`, {});
    host.put(`${NEW}/${SEGMENT}`, {});
  }

  it('builds both, each on its own mount', async () => {
    const { changes, result } = await thereAndBack(etcdRestore, given, host({}, { runs }));
    const run = changes.find((change) => change.kind === 'run');
    expect(run?.argv).toEqual(expect.arrayContaining([`--data-dir=${INTO}`, `--wal-dir=${NEW}`]));
    expect(run?.effects).toHaveLength(2);
    expect(changes.flatMap((one) => (one.kind === 'set-owner' ? [one.path] : []))).toEqual([
      INTO,
      NEW,
    ]);
    expect(Object.keys(result.wal)).toEqual(['.']);
  });

  it('knows every file of a WAL that is a mount point', async () => {
    const member = memberOf('cp2', { layout: { ...layout, wal_is_mount: true } });
    const { result } = await thereAndBack(etcdRestore, { ...given, member }, host({}, { runs }));
    expect(Object.keys(result.wal)).toEqual([SEGMENT]);
  });

  it('puts a link where the data directory had one', async () => {
    const member = memberOf('cp2', { layout: { ...layout, wal_link: '/srv/wal' } });
    const { host: after, changes } = await thereAndBack(
      etcdRestore,
      { ...given, member },
      host({}, { runs }),
    );
    expect(changes.find(({ kind }) => kind === 'make-link')).toMatchObject({
      path: `${INTO}/member/wal`,
      target: '/srv/wal',
    });
    expect(after.files.has(INTO), 'after going back').toBe(false);
  });

  it('makes both anew when only one of them was half made', async () => {
    const half = { [NEW]: DIRECTORY, [`${INTO}.restoring`]: { text: MARK } };
    const planned = await planOf(etcdRestore, given, places(host(half, { runs })));
    expect(planned.filter(({ kind }) => kind === 'remove')).toEqual([
      { kind: 'remove', path: NEW, trash: `${WAL}/${TOKEN}/trash` },
    ]);
  });

  it('refuses a WAL directory of somebody else', async () => {
    const failure = await refusalOf(etcdRestore, given, places(host({ [NEW]: DIRECTORY })));
    expect(failure).toMatchObject({
      code: 'staging-exists',
      message: expect.stringContaining(NEW),
    });
  });

  it('counts room where it is written', async () => {
    const table = host({}, { mounts: ['/srv'], free: { '/srv': 1_000_000 } });
    const failure = await refusalOf(etcdRestore, given, places(table));
    expect(failure).toMatchObject({ code: 'no-room', message: expect.stringMatching(/^\/srv /) });
  });
});

function withRestored(table: Table): Table {
  return {
    ...table,
    files: {
      ...table.files,
      [INTO]: DIRECTORY,
      [`${INTO}/member`]: DIRECTORY,
      [`${INTO}/member/snap/db`]: {},
      [`${INTO}/member/wal`]: DIRECTORY,
      [`${INTO}/member/wal/0.wal`]: {},
    },
  };
}
