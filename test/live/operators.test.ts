import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, type LabHost, live, must, untilTrue } from '../lab/index.js';
import { type Ended, lastEvent, outcomesOf } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const MANIFESTS = '/etc/kubernetes/manifests';
const STOPPED = '/etc/kubernetes/runback/stopped';
const PKI = '/etc/kubernetes/pki';

/** The playbooks of an operator whose control plane is not as it should be. */
live('an operator', () => {
  let lab: Lab;
  let site: Site;
  let backup: string;

  withSite({ name: 'operators' }, async (made) => {
    ({ lab, site } = made);
    await run(0, 'backup.yml', '-e', 'pki=true');
    const [name = ''] = readdirSync(join(site.directory, 'backups'));
    backup = join(site.directory, 'backups', name);
  });

  const run = async (code: number, playbook: string, ...words: readonly string[]) => {
    const ended = await site.run(playbook, ...words);
    expect(ended.code, ended.stdout + ended.stderr).toBe(code);
    return ended;
  };

  it('stops the control plane, of which a part is stopped already, and starts it again', async () => {
    const cp2 = lab.host('cp2');
    await done(cp2, 'mv', `${MANIFESTS}/kube-scheduler.yaml`, '/tmp/kube-scheduler.yaml.bak');
    await run(0, 'stop-control-plane.yml');
    for (const host of lab.hosts) {
      expect(readdirSync(host.path(MANIFESTS)), host.name).toEqual([]);
      expect(readdirSync(host.path(STOPPED))).toContain('etcd.yaml');
    }
    expect(await lab.members.isHealthy('cp1')).toBe(false);
    expect(found(await run(0, 'preflight.yml'))).toContain('warning stopped-by-hand cp1');
    const restore = await site.plan('restore.yml', '-e', `snapshot=${backup}/snapshot.db`);
    expect(restore.code, restore.stdout + restore.stderr).toBe(0);
    const again = await run(0, 'stop-control-plane.yml');
    expect(outcomesOf(again).filter((one) => one.endsWith('changed'))).toEqual([]);
    await run(0, 'start-control-plane.yml');
    expect(troubles(await run(0, 'verify.yml'))).toEqual([]);
    expect(readdirSync(cp2.path(MANIFESTS))).toHaveLength(4);
  });

  it('starts nothing where a member has lost its data, and keeps what an earlier stop left', async () => {
    const cp3 = lab.host('cp3');
    // As a restore leaves them that followed an earlier stop.
    writeFileSync(cp3.path(`${STOPPED}/etcd.yaml`), 'of an earlier stop', { mode: 0o600 });
    const running = readFileSync(cp3.path(`${MANIFESTS}/etcd.yaml`), 'utf8');
    await run(0, 'stop-control-plane.yml');
    expect(readFileSync(cp3.path(`${STOPPED}/etcd.yaml`), 'utf8')).toBe(running);
    const [old = ''] = readdirSync(cp3.path(`${STOPPED}/trash`));
    expect(readFileSync(cp3.path(`${STOPPED}/trash/${old}`), 'utf8')).toBe('of an earlier stop');
    await done(cp3, 'mv', '/var/lib/etcd', '/var/lib/etcd.lost');
    const refused = await run(3, 'start-control-plane.yml');
    expect(lastEvent(refused).failure).toMatchObject({ host: 'cp3' });
    await done(cp3, 'mv', '/var/lib/etcd.lost', '/var/lib/etcd');
    await run(0, 'start-control-plane.yml');
  });

  it('finds a certificate that has ended, and nothing else', async () => {
    expect(found(await run(0, 'check-certificates.yml'))).toEqual([]);
    const pki = lab.host('cp1').path(PKI);
    const before = readFileSync(join(pki, 'front-proxy-client.crt'));
    await must(signAgain(pki, 'front-proxy-client', 'front-proxy-ca', '-1'));
    const ended = await run(3, 'check-certificates.yml');
    expect(found(ended)).toEqual(['error certificate-expired cp1']);
    writeFileSync(join(pki, 'front-proxy-client.crt'), before);
  });

  it('finds one in a kubeconfig that has ended, and one of a CA that is not the API server’s', async () => {
    const admin = lab.host('cp3').path('/etc/kubernetes/admin.conf');
    const before = readFileSync(admin, 'utf8');
    const pki = lab.host('cp3').path(PKI);
    for (const [ca, days, code] of [
      ['ca', '-1', 'certificate-expired'],
      ['etcd/ca', '90', 'kubeconfig-authority'],
    ] as const) {
      const made = await must(clientOf(pki, ca, days));
      const data = Buffer.from(made).toString('base64');
      writeFileSync(admin, before.replace(/(client-certificate-data: ).*/, `$1${data}`));
      expect(found(await run(3, 'check-certificates.yml'))).toEqual([`error ${code} cp3`]);
    }
    writeFileSync(admin, before);
  });

  it('restores a PKI only when it is meant, and takes one back that does not fit', async () => {
    expect(statSync(join(backup, 'pki/cp1.tar.gz')).mode & 0o777).toBe(0o600);
    const words = ['-e', `backup=${backup}`];
    const meant = [...words, '-e', 'confirm=replace the pki of operators'];
    await run(3, 'restore-pki.yml', ...words);
    const cp2 = lab.host('cp2');
    const inode = statSync(cp2.path(PKI)).ino;
    // Another host's archive: whole, of the same CAs, and with the wrong names in it.
    const own = join(backup, 'pki/cp2.tar.gz');
    renameSync(own, `${own}.kept`);
    copyFileSync(join(backup, 'pki/cp1.tar.gz'), own);
    const wrong = await run(4, 'restore-pki.yml', ...meant);
    expect(errors(wrong)).toContain('certificate-names cp2');
    expect(statSync(cp2.path(PKI)).ino).toBe(inode);
    renameSync(`${own}.kept`, own);
    await done(cp2, 'sh', '-c', `cp ${PKI}/sa.key ${PKI}/etcd/server.key`);
    expect(errors(await run(3, 'check-certificates.yml'))).toEqual(['certificate-key-differs cp2']);
    await run(0, 'restore-pki.yml', ...meant);
    expect(found(await run(0, 'check-certificates.yml'))).toEqual([]);
    expect(statSync(cp2.path(PKI)).ino).not.toBe(inode);
  });

  it('says why a member that was told a wrong list does not join', async () => {
    const cp3 = lab.host('cp3');
    expect(found(await run(0, 'why-not-joining.yml', '-e', 'member=cp3'))).toContain(
      'note member-well cp3',
    );
    await etcdctl(lab, 'member', 'remove', await idOf(lab, cp3));
    await untilTrue('etcd says that it was removed', 30_000, async () =>
      cp3.log('etcd').includes('permanently removed from the cluster'),
    );
    const [, ...removed] = errors(await run(3, 'why-not-joining.yml', '-e', 'member=cp3'));
    expect(removed.slice(0, 2)).toEqual(['member-unknown cp3', 'member-removed cp3']);
    await done(cp3, 'mv', `${MANIFESTS}/etcd.yaml`, '/root/etcd.yaml');
    await untilEnded(cp3);
    await done(cp3, 'mv', '/var/lib/etcd', '/var/lib/etcd.old');
    await etcdctl(lab, 'member', 'add', 'cp3', `--peer-urls=https://${cp3.address}:2380`);
    start(cp3, [lab.host('cp1'), cp3]);
    await untilTrue('etcd says that it is refused', 30_000, async () =>
      cp3.log('etcd').includes('error validating peerURLs'),
    );
    const wrong = errors(await run(3, 'why-not-joining.yml', '-e', 'member=cp3'));
    expect(wrong).toContain('member-unstarted cp3');
    expect(wrong).toContain('initial-cluster-differs cp3');
    expect(wrong).toContain('list-refused cp3');
  });

  it('collects what a broken etcd says, without a secret, although a host is away', async () => {
    const cp3 = lab.host('cp3');
    writeFileSync(cp3.path(`${MANIFESTS}/notes.yaml`), 'password: hunter2\n');
    await lab.host('cp2').powerOff();
    const ended = await run(3, 'collect-logs.yml');
    expect(lastEvent(ended).failure).toMatchObject({ kind: 'unreachable', host: 'cp2' });
    const [run1 = ''] = readdirSync(join(site.directory, 'collected'));
    const kept = join(site.directory, 'collected', run1);
    expect(statSync(kept).mode & 0o777).toBe(0o700);
    expect(readdirSync(kept).sort()).toEqual(['cp1', 'cp3', 'findings.txt']);
    const read = (name: string) => readFileSync(join(kept, name), 'utf8');
    expect(read('findings.txt')).toContain('error list-refused  cp3');
    expect(read('findings.txt')).toContain('warning host-away  cp2');
    expect(read('findings.txt')).not.toContain('members-disagree');
    expect(read('cp3/etcd.log')).toContain('error validating peerURLs');
    // With one host away and one that never joined there is no quorum, and no list of members.
    expect(read('cp1/etcd.txt')).toContain('context deadline exceeded');
    expect(read('cp1/host.txt')).toContain('== mounts');
    expect(read('cp3/kubelet.log')).toContain('kube-system_etcd');
    expect(read('cp3/manifests/notes.yaml')).toBe('password: «hidden»\n');
    const hidden = ['-r', '-l', '-e', 'hunter2', '-e', 'PRIVATE KEY', site.directory];
    expect(() => execFileSync('grep', hidden)).toThrow(/status 1|failed/);
    await lab.host('cp2').boot();
  });

  it('says that a member joins, once it was told the right list', async () => {
    const cp3 = lab.host('cp3');
    await done(cp3, 'mv', `${MANIFESTS}/etcd.yaml`, '/root/etcd.wrong');
    await untilEnded(cp3);
    await done(cp3, 'rm', '-rf', '/var/lib/etcd', `${MANIFESTS}/notes.yaml`);
    start(cp3, lab.hosts);
    await lab.untilHealthy();
    expect(errors(await run(0, 'why-not-joining.yml', '-e', 'member=cp3'))).toEqual([]);
  });
});

interface Found {
  readonly severity: string;
  readonly code: string;
  readonly host: string | null;
}

/** `error certificate-expired cp2`: everything that a run said it had found. */
function found(ended: Ended): readonly string[] {
  const refused = lastEvent(ended).failure as { findings?: readonly Found[] } | undefined;
  const passed = ended.events.flatMap(
    ({ result }) => (result as { findings?: readonly Found[] } | undefined)?.findings ?? [],
  );
  return [...(refused?.findings ?? []), ...passed].map(
    ({ severity, code, host }) => `${severity} ${code} ${host ?? '-'}`,
  );
}

function troubles(ended: Ended): readonly string[] {
  return found(ended).filter((one) => !one.startsWith('note '));
}

function errors(ended: Ended): readonly string[] {
  return found(ended).flatMap((one) => (one.startsWith('error ') ? [one.slice(6)] : []));
}

async function done(host: LabHost, ...argv: readonly string[]): Promise<void> {
  const { code, stdout, stderr } = await host.run(argv);
  expect(code, `${argv.join(' ')}: ${stdout}${stderr}`).toBe(0);
}

function untilEnded(host: LabHost): Promise<void> {
  const isOver = () => host.processes('etcd').length === 0;
  return untilTrue(`etcd has ended on ${host.name}`, 40_000, isOver);
}

async function idOf(lab: Lab, host: LabHost): Promise<string> {
  return BigInt((await lab.members.status(host.name)).memberId).toString(16);
}

async function etcdctl(lab: Lab, ...words: readonly string[]): Promise<void> {
  const files = [`--cacert=${PKI}/etcd/ca.crt`, `--cert=${PKI}/etcd/server.crt`];
  const access = ['--endpoints=https://127.0.0.1:2379', ...files, `--key=${PKI}/etcd/server.key`];
  const argv = ['env', 'ETCDCTL_API=3', 'etcdctl', ...words, ...access];
  // etcd refuses a change of members while its peers have been connected for less than five seconds.
  await untilTrue(
    words.join(' '),
    30_000,
    async () => (await lab.host('cp1').run(argv)).code === 0,
  );
}

/** Puts etcd's manifest back, with this list of members, as `member add` would have it. */
function start(host: LabHost, members: readonly LabHost[]): void {
  const text = readFileSync(host.path('/root/etcd.yaml'), 'utf8');
  const list = members.map(({ name, address }) => `${name}=https://${address}:2380`).join(',');
  const flags = `--initial-cluster=${list}\n    - --initial-cluster-state=existing`;
  writeFileSync(host.path(`${MANIFESTS}/etcd.yaml`), text.replace(/--initial-cluster=.*/, flags));
}

/** Signs a certificate's own request again, for so many days. */
function signAgain(pki: string, name: string, ca: string, days: string): readonly string[] {
  const script = `openssl req -new -key "$1.key" -subj /CN="$3" | openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -out "$1.crt" -days "$4"`;
  return ['sh', '-c', script, 'sh', join(pki, name), join(pki, ca), name, days];
}

/** A certificate for the front proxy's key, as it would lie in a kubeconfig. */
function clientOf(pki: string, ca: string, days: string): readonly string[] {
  const script = `openssl req -new -key "$1" -subj /CN=somebody | openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -days "$3" 2>/dev/null`;
  return ['sh', '-c', script, 'sh', join(pki, 'front-proxy-client.key'), join(pki, ca), days];
}
