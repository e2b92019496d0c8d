import { spawn } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { buildLab } from '../prepare/build.mjs';
import {
  command,
  difference,
  down,
  type Lab,
  listing,
  live,
  must,
  open,
  until,
  untilTrue,
  up,
} from './index.js';
import { withDefaults } from './options.js';
import { labFolder, shapeOf } from './shape.js';

const NAME = 'self-test';
const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';
const PARKED = '/etc/kubernetes/parked-etcd.yaml';

live('a lab of three hosts', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await up({ name: NAME });
  });
  afterAll(() => down(NAME));

  it('is a healthy cluster with one leader', async () => {
    const statuses = await Promise.all(lab.hosts.map(({ name }) => lab.members.status(name)));
    expect(statuses.filter(({ isLeader }) => isLeader)).toHaveLength(1);
    expect(new Set(statuses.map(({ clusterId }) => clusterId)).size).toBe(1);
    expect(new Set(statuses.map(({ memberId }) => memberId)).size).toBe(3);
  });

  it('runs every component under its own name on every host', () => {
    for (const host of lab.hosts) {
      for (const name of [
        'etcd',
        'kube-apiserver',
        'kube-controller-manager',
        'kube-scheduler',
        'kubelet',
      ]) {
        expect(host.processes(name), `${name} on ${host.name}`).toHaveLength(1);
      }
    }
  });

  it('lets the OpenSSH client in, as root and as an ordinary user, with strict host keys', async () => {
    for (const host of lab.hosts) {
      expect(await must([...lab.ssh(host.name), 'hostname; id -un'])).toBe(`${host.name}\nroot\n`);
      expect(await must([...lab.ssh(host.name, 'ops'), 'id -un'])).toBe('ops\n');
    }
  });

  it('gives every host files of its own and shares the machine read-only', async () => {
    await lab.host('cp1').run(['touch', '/var/lib/only-here', '/tmp/only-here']);
    expect(existsSync('/var/lib/only-here')).toBe(false);
    expect(existsSync(lab.host('cp2').path('/tmp/only-here'))).toBe(false);
    expect((await lab.host('cp1').run(['touch', '/usr/not-ours'])).stderr).toContain('Read-only');
  });

  it('writes ten thousand keys and reads them from each member by itself', async () => {
    await lab.members.put(10_000);
    await lab.untilCaughtUp();
    const all = await Promise.all(lab.hosts.map(({ name }) => lab.members.allKeys(name)));
    expect(all[0]).toHaveLength(10_000);
    expect(all[1]).toEqual(all[0]);
    expect(all[2]).toEqual(all[0]);
    const { revision } = await lab.members.status('cp1');
    const hashes = await Promise.all(
      lab.hosts.map(({ name }) => lab.members.hashkv(name, revision)),
    );
    expect(new Set(hashes.map(({ hash }) => hash)).size).toBe(1);
  });

  it('stops etcd when its manifest is parked and starts it when it comes back', async () => {
    const host = lab.host('cp3');
    const [before] = host.processes('etcd');
    await host.run(['mv', MANIFEST, PARKED]);
    await untilTrue('the end of etcd', 15_000, () => host.processes('etcd').length === 0);
    expect(await lab.members.isHealthy('cp1')).toBe(true);
    await host.run(['mv', PARKED, MANIFEST]);
    await lab.untilHealthy();
    expect(host.processes('etcd')[0]?.pid).not.toBe(before?.pid);
  });

  it('starts a component again that was killed', async () => {
    const host = lab.host('cp2');
    const [before] = host.processes('kube-scheduler');
    host.signal('kube-scheduler', 'SIGKILL');
    const after = await until('another kube-scheduler', 10_000, () =>
      host.processes('kube-scheduler').find(({ pid }) => pid !== before?.pid),
    );
    expect(after.argv[0]).toBe('kube-scheduler');
  });

  it('ends a component that no longer answers its probe, with SIGKILL after the grace period', async () => {
    const host = lab.host('cp2');
    const manifest = '/etc/kubernetes/manifests/kube-scheduler.yaml';
    const impatient = [
      's/initialDelaySeconds: .*/initialDelaySeconds: 0/',
      's/\\(period\\|timeout\\)Seconds: .*/\\1Seconds: 1/',
      's/failureThreshold: .*/failureThreshold: 3/',
      's/hostNetwork: true/&\\n  terminationGracePeriodSeconds: 1/',
    ].flatMap((edit) => ['-e', edit]);
    const started = () => host.log('kubelet').split('started kube-system_kube-scheduler').length;
    const before = started();
    await host.run(['sed', '-i', ...impatient, manifest]);
    await untilTrue('the edited pod', 10_000, () => started() > before);
    const [old] = host.processes('kube-scheduler');
    host.signal('kube-scheduler', 'SIGSTOP');
    await untilTrue('a scheduler that answers', 30_000, () => {
      const [now] = host.processes('kube-scheduler');
      return now !== undefined && now.pid !== old?.pid;
    });
    expect(host.log('kubelet')).toContain('kube-scheduler is not well');
  });

  it('runs the pod of any file in the folder, whatever its ending', async () => {
    const host = lab.host('cp2');
    await host.run(['mv', MANIFEST, `${MANIFEST}.bak`]);
    // A new path is a new pod: the old process ends, then one from the .bak file starts.
    await until('etcd from etcd.yaml.bak', 20_000, () =>
      host.log('kubelet').includes('from /etc/kubernetes/manifests/etcd.yaml.bak')
        ? true
        : undefined,
    );
    await host.run(['mv', `${MANIFEST}.bak`, MANIFEST]);
    await until('etcd from etcd.yaml', 20_000, () =>
      host
        .log('kubelet')
        .trimEnd()
        .split('\n')
        .at(-1)
        ?.includes('from /etc/kubernetes/manifests/etcd.yaml ')
        ? true
        : undefined,
    );
    await lab.untilHealthy();
  });

  it('leaves the pods running when the kubelet is stopped, and adopts them afterwards', async () => {
    const host = lab.host('cp1');
    const pids = () => host.processes('etcd').map(({ pid }) => pid);
    const before = pids();
    await must([...lab.ssh('cp1'), 'systemctl stop kubelet']);
    expect(host.processes('kubelet')).toEqual([]);
    expect(pids()).toEqual(before);
    await must([...lab.ssh('cp1'), 'systemctl start kubelet && systemctl restart kubelet']);
    expect(await must([...lab.ssh('cp1'), 'systemctl is-active kubelet'])).toBe('active\n');
    await untilTrue('an adopting kubelet', 10_000, () =>
      host.log('kubelet').includes('adopted kube-system_etcd'),
    );
    expect(pids()).toEqual(before);
  });

  it('has a full cluster again after a host lost its power', async () => {
    const host = lab.host('cp2');
    const bootId = async () => (await host.run(['cat', '/proc/sys/kernel/random/boot_id'])).stdout;
    const before = await bootId();
    await host.powerOff();
    expect(host.processes()).toEqual([]);
    await host.boot();
    await lab.untilHealthy();
    expect(await bootId()).not.toBe(before);
  });

  it('cuts a host off by its cable or by ports, and heals', async () => {
    const host = lab.host('cp3');
    const isHealthyInside = async () =>
      (await host.run(etcdctl('endpoint', 'health', '--command-timeout=1s'))).code === 0;
    await host.blockPorts([2380]);
    await untilTrue('a member without quorum', 20_000, async () => !(await isHealthyInside()));
    expect((await command([...lab.ssh('cp3'), 'true'])).code).toBe(0);
    await host.unblockPorts();
    await lab.untilHealthy();
    await host.linkDown();
    expect(
      (
        await command([
          ...lab.ssh('cp3').slice(0, 1),
          '-o',
          'ConnectTimeout=1',
          ...lab.ssh('cp3').slice(1),
          'true',
        ])
      ).code,
    ).toBe(255);
    await host.linkUp();
    await lab.untilHealthy();
  });

  it('lists the same for a host that nobody touches, and shows what was touched', async () => {
    const host = lab.host('cp1');
    const before = listing(host);
    await lab.members.write('/registry/pods/team-00/listed', 'changes only what etcd itself owns');
    expect(difference(before, listing(host))).toEqual([]);
    await host.run(['chmod', '0700', '/etc/kubernetes/admin.conf']);
    const changed = difference(before, listing(host));
    expect(changed).toHaveLength(2);
    expect(changed[1]).toMatch(/^\+ \/etc\/kubernetes\/admin\.conf uid=0 gid=0 mode=0700 file /);
  });

  it('lets a second lab live beside it', async () => {
    const second = await up({ name: 'self-test-beside', members: 1, start: 'hosts-only' });
    expect(second.host('cp1').address).not.toBe(lab.host('cp1').address);
    await second.down();
    expect(await lab.members.isHealthy('cp1')).toBe(true);
  });

  it('can be opened by another process', async () => {
    const again = await open(NAME);
    expect((await again.host('cp1').run(['hostname'])).stdout).toBe('cp1\n');
    expect(again.options).toEqual(lab.options);
  });

  it('starts an empty cluster, without a word, when the data directory is gone', async () => {
    const data = '/var/lib/etcd';
    for (const host of lab.hosts) await host.run(['mv', MANIFEST, PARKED]);
    await lab.untilGone('etcd');
    for (const host of lab.hosts) await host.run(['mv', data, `${data}.old`]);
    for (const host of lab.hosts) await host.run(['mv', PARKED, MANIFEST]);
    await lab.untilHealthy();
    expect(await lab.members.allKeys('cp1')).toEqual([]);
    expect(statSync(lab.host('cp1').path(data)).isDirectory()).toBe(true);
  });

  it('is gone without a trace after down', async () => {
    const pids = lab.hosts.flatMap((host) => host.processes().map(({ pid }) => pid));
    await lab.down();
    expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
    await expectNoTrace();
  });
});

live('a lab whose maker was killed', () => {
  const options = { name: NAME, members: 1, start: 'hosts-only' } as const;
  afterAll(() => down(NAME));

  it('is cleared away by the next up of its name', async () => {
    const first = await up(options);
    const [sshd] = first.host('cp1').processes('sshd');
    // As if it had died between starting the host and writing down what it started.
    rmSync(`${first.dir}/cp1.init.json`);
    await must(['chattr', '+i', `${first.dir}/hosts/cp1/var/lib`]);
    const second = await up(options);
    expect(existsSync(`/proc/${sshd?.pid}`)).toBe(false);
    expect(second.host('cp1').processes('sshd')).toHaveLength(1);
    await second.down();
    await expectNoTrace();
  });

  it('is cleared away by down when kill -9 came in the middle of up', async () => {
    await buildLab();
    const maker = spawn(process.execPath, ['dist/lab/main.js', 'up', '--name', NAME]);
    await untilTrue('a lab half made', 30_000, () =>
      existsSync(join(labFolder(NAME), 'cp1.init.json')),
    );
    maker.kill('SIGKILL');
    await down(NAME);
    await expectNoTrace();
  });
});

async function expectNoTrace(): Promise<void> {
  const { hosts, bridge, dir } = shapeOf(withDefaults({ name: NAME }), '10.231.77');
  const namespaces = await must(['ip', 'netns']);
  for (const { namespace } of hosts) expect(namespaces).not.toContain(namespace);
  expect(await must(['ip', '-o', 'link'])).not.toContain(bridge);
  expect(await must(['cat', '/proc/self/mounts'])).not.toContain(dir);
  await expect(open(NAME)).rejects.toThrow('no lab');
}

function etcdctl(...argv: readonly string[]): readonly string[] {
  const pki = '/etc/kubernetes/pki/etcd';
  const files = [
    `--cacert=${pki}/ca.crt`,
    `--cert=${pki}/healthcheck-client.crt`,
    `--key=${pki}/healthcheck-client.key`,
  ];
  return [
    'env',
    'ETCDCTL_API=3',
    'etcdctl',
    '--endpoints=https://127.0.0.1:2379',
    ...files,
    ...argv,
  ];
}
