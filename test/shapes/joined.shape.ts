import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import {
  difference,
  type Lab,
  type LabHost,
  type LabOptions,
  listing,
  live,
  withoutIdentity,
} from '../lab/index.js';
import { untilTrue } from '../lab/until.js';
import { lastEvent } from '../live/runback.js';
import { keysByMember, type Site } from '../live/site.js';
import { withSite } from '../live/with-site.js';

const KEYS = 200;
const PROOF = '      - name: Prove that all members hold the same data';
const FAILING = '      - { name: Fail, assert: { that: [false], message: forced } }';
const ITS_OWN =
  /^\/(run|var\/lib\/runback|etc\/kubernetes\/runback)(\/|$| )|\/\.runback(-trash)?(\/| )/;
const ENVIRONMENT = '/etc/etcd.env';
const UNIT = '/etc/systemd/system/etcd.service';

interface Joining {
  readonly host: string;
  /** Where its old data were, and where they are kept: `RUN` stands for the run. */
  readonly kept: { readonly [place: string]: string };
}

interface Topology {
  readonly is: string;
  readonly lab: Omit<LabOptions, 'name'>;
  readonly prepare: (lab: Lab) => Promise<void>;
  /** Lost together, and brought back one after the other. */
  readonly lost: readonly Joining[];
  /** Each names what the preview must show. */
  readonly shown: { readonly [host: string]: readonly string[] };
}

function joined(name: string, given: Topology): void {
  live(`joined-${name}: ${given.is}`, () => {
    let lab: Lab;
    let site: Site;
    const lost = given.lost.map(({ host }) => host);

    withSite({ name: `joined-${name}`, ...given.lab }, async (made) => {
      ({ lab, site } = made);
      await given.prepare(lab);
      await lab.members.put(KEYS);
    });

    it('is restored without those who are lost', async () => {
      const snapshot = await site.backup();
      await lab.members.put(50, 'wrong');
      lab.members.close();
      for (const host of lost) await lab.host(host).powerOff();
      const words = ['-e', `snapshot=${snapshot}`, ...without(lost)];
      const restored = await site.run('restore.yml', ...words);
      expect(restored.code, restored.stdout + restored.stderr).toBe(0);
      expect(await lab.members.memberNames(first())).toEqual(membersWithout(lost));
    });

    for (const [at, { host: name, kept }] of given.lost.entries()) {
      const still = lost.slice(at + 1);

      it(`${name} comes back as it was when it cannot be added`, async () => {
        const host = lab.host(name);
        await host.boot();
        await untilTrue(`etcd on ${name} that the others refuse`, 60_000, () =>
          host.log('etcd').includes('cluster ID mismatch'),
        );
        const words = ['-e', `member=${name}`, ...without(still)];
        const planned = await site.plan('add-member.yml', ...words);
        expect(planned.code, planned.stdout + planned.stderr).toBe(0);
        for (const line of given.shown[name] ?? []) expect(planned.stdout).toContain(line);
        const before = await stateOf(host, Object.keys(kept));
        site.edit('add-member.yml', PROOF, `${FAILING}\n${PROOF}`);
        const failed = await site.run('add-member.yml', ...words);
        site.edit('add-member.yml', `${FAILING}\n${PROOF}`, PROOF);
        expect(failed.code, failed.stdout + failed.stderr).toBe(4);
        expect(lastEvent(failed)).toMatchObject({ outcome: 'rolled-back', left: [] });
        expect(await lab.members.memberNames(first())).toEqual(membersWithout([name, ...still]));
        const after = await stateOf(host, Object.keys(kept));
        expect(after).toEqual({ ...before, lines: after.lines });
        expect(difference(before.lines, after.lines)).toEqual([]);
      });

      it(`${name} is added, with all data and the old ones kept`, async () => {
        const host = lab.host(name);
        const old = await inodes(host, Object.keys(kept));
        const words = ['-e', `member=${name}`, ...without(still)];
        const added = await site.run('add-member.yml', ...words);
        expect(added.code, added.stdout + added.stderr).toBe(0);
        expect(await lab.members.memberNames(name)).toEqual(membersWithout(still));
        const run = String(lastEvent(added).run);
        const places = Object.values(kept).map((place) => place.replace('RUN', run));
        expect((await inodes(host, places)).map(inode)).toEqual(old.map(inode));
        for (const place of Object.keys(kept))
          expect(existsSync(host.path(place)), place).toBe(true);
        const again = await site.run('add-member.yml', ...words);
        expect(again.code, again.stdout + again.stderr).toBe(0);
        expect(lastEvent(again).counts).not.toHaveProperty('changed');
      });
    }

    it('holds the same data on every member in the end', async () => {
      await lab.untilHealthy();
      await lab.untilReady();
      for (const [host, keys] of await keysByMember(lab)) expect(keys, host).toHaveLength(KEYS);
      lab.members.close();
      const verified = await site.run('verify.yml');
      expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    });

    function first(): string {
      return lab.etcdHosts[0]?.name ?? '';
    }

    function membersWithout(names: readonly string[]): readonly string[] {
      return lab.etcdHosts.map((host) => host.name).filter((host) => !names.includes(host));
    }
  });
}

function without(hosts: readonly string[]): readonly string[] {
  return hosts.flatMap((host) => ['--without', host]);
}

/** What it is started from to the last byte, with mode and owner; what lies where, and what runs. */
async function stateOf(host: LabHost, places: readonly string[]) {
  const files = `find ${ENVIRONMENT} /etc/systemd /etc/kubernetes/manifests -printf '%p %y %m %U:%G %l\\n' -type f -exec sha256sum {} \\; 2>/dev/null`;
  return {
    files: (await host.run(['sh', '-c', files])).stdout,
    inodes: await inodes(host, places),
    running: ['etcd', 'kube-apiserver'].map((name) => host.processes(name).length),
    unit: (await host.run(['systemctl', 'show', '-p', 'NeedDaemonReload', 'etcd'])).stdout,
    lines: withoutIdentity(listing(host)).filter((line) => !ITS_OWN.test(line)),
  };
}

/** `PATH INODE`: of a link itself. */
async function inodes(host: LabHost, places: readonly string[]): Promise<readonly string[]> {
  const { stdout } = await host.run(['stat', '-c', '%n %i %U %a', '--', ...places]);
  const lines = stdout.trim().split('\n');
  if (lines.length !== places.length) throw new Error(`${host.name} has ${stdout} of ${places}`);
  return lines;
}

function inode(line: string): string {
  return line.split(' ')[1] ?? '';
}

joined('external', {
  is: 'units of systemd; one with its list in the unit itself, and its WAL behind a link',
  lab: { topology: 'external' },
  prepare: async (lab) => {
    const host = lab.host('e3');
    const script = [
      'systemctl stop etcd',
      'mkdir -p /opt/data/wal /opt/data/up',
      'mv /var/lib/etcd/member/wal/* /opt/data/wal; rmdir /var/lib/etcd/member/wal',
      'ln -s /opt/data/wal /opt/data/up/wal; chown -R etcd:etcd /opt/data; chmod 700 /opt/data/wal',
      `echo ETCD_WAL_DIR=/opt/data/up/wal >>${ENVIRONMENT}`,
      `list=$(sed -n s/^ETCD_INITIAL_CLUSTER=//p ${ENVIRONMENT} | tr , '\\n' | grep ^e3=)`,
      `sed -i '/^ETCD_INITIAL_CLUSTER=/d; /^ETCD_INITIAL_CLUSTER_STATE=/d' ${ENVIRONMENT}`,
      `sed -i "s|^ExecStart=.*|&  \\\\\\\\\\n  --initial-cluster $list|" ${UNIT}`,
      'systemctl daemon-reload',
      'systemctl start etcd',
    ];
    const done = await host.run(['sh', '-ec', script.join('\n')]);
    if (done.code !== 0) throw new Error(done.stderr);
    await lab.untilHealthy();
  },
  lost: [
    {
      host: 'e2',
      kept: { '/var/lib/etcd': '/var/lib/runback/work/RUN/etcd.before' },
    },
    {
      host: 'e3',
      kept: {
        '/var/lib/etcd': '/var/lib/runback/work/RUN/etcd.before',
        '/opt/data/up/wal': '/opt/data/up/.runback/RUN/wal.before',
      },
    },
  ],
  shown: {
    e2: ['+ ETCD_INITIAL_CLUSTER_STATE=existing', `${ENVIRONMENT}:`],
    e3: [`${UNIT}:`, '+ ETCD_INITIAL_CLUSTER_STATE=existing', 'the old one stays in /opt/data/wal'],
  },
});

joined('places', {
  is: 'static pods; one in a mount point, one behind a link with a WAL on a disk of its own',
  lab: {
    hosts: {
      cp2: { data: 'mount', owner: { uid: 994, gid: 992 } },
      cp3: { data: 'link', wal: 'mount' },
    },
  },
  prepare: async () => {},
  lost: [
    {
      host: 'cp2',
      kept: { '/var/lib/etcd/member': '/var/lib/etcd/.runback/RUN/etcd.before/member' },
    },
    {
      host: 'cp3',
      kept: {
        '/opt/data/etcd': '/opt/data/.runback/RUN/etcd.before',
        '/var/lib/etcd-wal/wal': '/var/lib/etcd-wal/.runback/RUN/wal.before',
      },
    },
  ],
  shown: {
    cp2: ['+ - --initial-cluster-state=existing'],
    cp3: ['+ - --initial-cluster-state=existing'],
  },
});

live('readdressed: a unit of systemd that names an address which its host no longer has', () => {
  const STALE = '10.255.255.9';
  const API_SERVER = '/etc/kubernetes/manifests/kube-apiserver.yaml';
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'readdressed', topology: 'external' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    snapshot = await site.backup();
    lab.members.close();
  });

  it('is refused until the map says so and the API servers follow, then written, or taken back', async () => {
    const host = lab.host('e1');
    const text = readFileSync(host.path(ENVIRONMENT), 'utf8');
    const stale = text.replaceAll(host.address, STALE);
    await host.run(['systemctl', 'stop', 'etcd']);
    writeFileSync(host.path(ENVIRONMENT), stale);
    for (const { name } of lab.apiHosts) replaceIn(lab.host(name), API_SERVER, host.address, STALE);
    const words = ['-e', `snapshot=${snapshot}`];
    const refused = await site.run('restore.yml', ...words);
    expect(refused.code, refused.stdout + refused.stderr).toBe(3);
    expect(JSON.stringify(lastEvent(refused).failure)).toContain('address-moved');
    words.push('-e', `new_addresses=${JSON.stringify({ e1: host.address })}`);
    const followed = await site.run('restore.yml', ...words);
    expect(followed.code, followed.stdout + followed.stderr).toBe(3);
    expect(JSON.stringify(lastEvent(followed).failure)).toContain('apiserver-etcd-moved');
    for (const { name } of lab.apiHosts) replaceIn(lab.host(name), API_SERVER, STALE, host.address);
    const wait = '      - name: Wait for the quorum';
    site.edit('restore.yml', wait, `${FAILING}\n${wait}`);
    const failed = await site.run('restore.yml', ...words);
    site.edit('restore.yml', `${FAILING}\n${wait}`, wait);
    expect(failed.code, failed.stdout + failed.stderr).toBe(4);
    expect(readFileSync(host.path(ENVIRONMENT), 'utf8')).toBe(stale);
    const planned = await site.plan('restore.yml', ...words);
    expect(planned.code, planned.stdout + planned.stderr).toBe(0);
    expect(planned.stdout).toContain(`- ETCD_LISTEN_PEER_URLS=https://${STALE}:2380`);
    const restored = await site.run('restore.yml', ...words);
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    await lab.untilReady();
    for (const [name, keys] of await keysByMember(lab)) expect(keys, name).toHaveLength(KEYS);
    expect(readFileSync(host.path(ENVIRONMENT), 'utf8')).toBe(text);
  });
});

function replaceIn(host: LabHost, file: string, from: string, to: string): void {
  const path = host.path(file);
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(from, to));
}
