import { readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, live, must, untilTrue } from '../lab/index.js';
import { type Ended, lastEvent } from './runback.js';
import { listings, type Site } from './site.js';
import { withSite } from './with-site.js';

interface Found {
  readonly code: string;
  readonly severity: string;
  readonly host: string | null;
  readonly remedy: string;
}

const PKI = '/etc/kubernetes/pki';
const MANIFESTS = '/etc/kubernetes/manifests';

live('the preflight', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'preflight' }, async (made) => {
    ({ lab, site } = made);
    snapshot = await site.backup();
  });

  const look = (...words: readonly string[]) =>
    site.run('preflight.yml', '-e', `snapshot=["${snapshot}"]`, ...words);

  it('finds no error on a cluster that is well', async () => {
    const ended = await look();
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(errorsIn(ended)).toEqual([]);
  });

  it('says everything at once when several things are broken, and changes nothing', async () => {
    await breakThings(lab);
    const before = listings(lab);
    const ended = await look();
    expect(ended.code, ended.stdout + ended.stderr).toBe(3);
    expect(lastEvent(ended)).toMatchObject({ outcome: 'refused' });
    expect(errorsIn(ended)).toEqual([
      'authority-differs cp2',
      'authority-differs-from-backup cp2',
      'certificate-chain cp2',
      'certificate-expired cp1',
      'certificate-names cp2',
      'duplicate-pod cp3',
      'encryption-key-differs cp2',
      'encryption-key-differs-from-backup cp2',
      'image-versions-differ -',
      'kubelet-dead cp2',
      'learner -',
      'members-disagree -',
      'parked-on-other-mount cp1',
      'read-only cp1',
      'service-account-key-differs cp3',
      'service-account-key-differs cp3',
      'service-account-key-differs-from-backup cp3',
      'service-account-key-differs-from-backup cp3',
      'snapshot-older cp2',
      'stray-manifest cp2',
      'tool-version cp2',
    ]);
    const found = findingsIn(ended);
    const named = found.map(({ code, host }) => `${code} ${host}`);
    expect(named).toEqual(
      expect.arrayContaining([
        'db-near-quota cp2',
        'alarm cp1',
        'running-version cp2',
        'other-clients cp1',
      ]),
    );
    await expect(lab.members.write('/registry/refused', 'by the quota')).rejects.toThrow(/space/);
    expect(found.filter(({ remedy }) => remedy === '')).toEqual([]);
    expect(listings(lab)).toEqual(before);
  });

  it('goes on in spite of what may be accepted, and keeps that in the journal', async () => {
    const accept = ['certificate-expired', 'certificate-names', 'stray-manifest'];
    const words = accept.flatMap((code) => ['--accept', code]);
    await mendWhatMustBe(lab);
    const passed = await look(...words, '--reason', 'they are renewed tonight');
    expect(passed.code, passed.stdout + passed.stderr).toBe(0);
    const runs = join(site.directory, '.runback/runs');
    const journal = readFileSync(join(runs, lastRun(runs), 'journal.jsonl'), 'utf8');
    expect(journal).toContain('"reason":"they are renewed tonight"');
    expect(journal).toContain(`"accepted":${JSON.stringify(accept)}`);
  });
});

/** Everything that a run said it had found, whether it passed or not. */
function findingsIn(ended: Ended): readonly Found[] {
  const last = lastEvent(ended).failure as { readonly findings?: readonly Found[] } | undefined;
  const results = ended.events.flatMap(({ result }) => {
    const { findings } = (result ?? {}) as { findings?: readonly Found[] };
    return findings ?? [];
  });
  return [...(last?.findings ?? []), ...results];
}

function errorsIn(ended: Ended): readonly string[] {
  return findingsIn(ended)
    .filter((one) => one.severity === 'error' && !('accepted' in one && one.accepted === true))
    .map(({ code, host }) => `${code} ${host ?? '-'}`)
    .sort();
}

function lastRun(runs: string): string {
  return readdirSync(runs).sort().at(-1) ?? '';
}

async function breakThings(lab: Lab): Promise<void> {
  const [cp1, cp2, cp3] = lab.hosts as [Lab['hosts'][0], Lab['hosts'][0], Lab['hosts'][0]];
  await must(openssl(cp1.path(PKI), 'front-proxy-client', 'front-proxy-ca', '-days', '-1'));
  const parked = '/etc/kubernetes/runback';
  await cp1.run(['mkdir', '-p', parked]);
  await cp1.run(['mount', '--bind', parked, parked]);
  await cp1.run(['mount', '-o', 'remount,bind,ro', parked]);
  // With the kubelet dead nothing restarts etcd because of its manifest.
  await cp2.run(['systemctl', 'stop', 'kubelet']);
  const etcd = cp2.path(`${MANIFESTS}/etcd.yaml`);
  const client = `--advertise-client-urls=https://${cp2.address}:2379`;
  const text = readFileSync(etcd, 'utf8');
  const other =
    '--advertise-client-urls=https://192.0.2.77:2379\n    - --quota-backend-bytes=25000';
  const newer = text.replace(/(image: .*etcd):.*/, '$1:3.5.16-0');
  writeFileSync(etcd, newer.replace(`- ${client}`, `- ${other}`));
  writeFileSync(cp2.path(`${MANIFESTS}/notes.txt`), 'remember the milk\n');
  await otherAuthority(cp2);
  const copy = readFileSync(cp3.path(`${MANIFESTS}/etcd.yaml`));
  writeFileSync(cp3.path(`${MANIFESTS}/zz-copy.yaml`), copy);
  const sa = (name: string) => cp3.path(`${PKI}/${name}`);
  renameSync(sa('sa.key'), sa('sa.key.old'));
  renameSync(sa('sa.pub'), sa('sa.pub.old'));
  await must([
    'openssl',
    'ecparam',
    '-name',
    'prime256v1',
    '-genkey',
    '-noout',
    '-out',
    sa('sa.key'),
  ]);
  await must(['openssl', 'pkey', '-in', sa('sa.key'), '-pubout', '-out', sa('sa.pub')]);
  // etcd refuses a new member while its peers have been connected for less than five seconds.
  await untilTrue('the learner is a member', 20_000, async () => {
    const peer = '--peer-urls=https://192.0.2.9:2380';
    return (await etcdctl(lab, 'member', 'add', 'late', '--learner', peer)).code === 0;
  });
  await raiseAlarm(lab);
}

/** One API server with another CA of the front proxy, and with encryption keys of its own. */
async function otherAuthority(host: Lab['hosts'][0]): Promise<void> {
  const [pki, ca] = [host.path(PKI), host.path(`${PKI}/front-proxy-ca`)];
  for (const end of ['crt', 'key']) renameSync(`${ca}.${end}`, `${ca}.${end}.old`);
  const words = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const out = ['-keyout', `${ca}.key`, '-out', `${ca}.crt`, '-days', '90'];
  await must(['openssl', 'req', '-x509', ...words, '-subj', '/CN=front-proxy-ca', ...out]);
  writeFileSync(join(pki, 'encryption.yaml'), 'kind: EncryptionConfiguration\n', { mode: 0o600 });
  const manifest = host.path(`${MANIFESTS}/kube-apiserver.yaml`);
  const text = readFileSync(manifest, 'utf8');
  writeFileSync(join(pki, 'kube-apiserver.yaml.old'), text);
  const flag = `--encryption-provider-config=${PKI}/encryption.yaml`;
  writeFileSync(
    manifest,
    text.replace('- --advertise-address', `- ${flag}\n    - --advertise-address`),
  );
}

function mendAuthority(host: Lab['hosts'][0]): void {
  const ca = host.path(`${PKI}/front-proxy-ca`);
  for (const end of ['crt', 'key']) renameSync(`${ca}.${end}.old`, `${ca}.${end}`);
  const manifest = host.path(`${MANIFESTS}/kube-apiserver.yaml`);
  renameSync(host.path(`${PKI}/kube-apiserver.yaml.old`), manifest);
}

/** As etcd itself does when its database has reached the quota. */
async function raiseAlarm(lab: Lab): Promise<void> {
  const { memberId } = await lab.members.status('cp1');
  const alarm = JSON.stringify({ action: 'ACTIVATE', memberID: memberId, alarm: 'NOSPACE' });
  const url = 'https://127.0.0.1:2379/v3/maintenance/alarm';
  const tls = ['--cacert', `${PKI}/etcd/ca.crt`, '--cert', `${PKI}/etcd/server.crt`];
  const words = ['-sf', ...tls, '--key', `${PKI}/etcd/server.key`, '-d', alarm, url];
  const raised = await lab.host('cp1').run(['curl', ...words]);
  expect(raised.code, raised.stderr).toBe(0);
}

async function mendWhatMustBe(lab: Lab): Promise<void> {
  const [cp1, cp2, cp3] = lab.hosts as [Lab['hosts'][0], Lab['hosts'][0], Lab['hosts'][0]];
  await cp1.run(['umount', '/etc/kubernetes/runback']);
  await cp3.run(['rm', `${MANIFESTS}/zz-copy.yaml`]);
  for (const name of ['sa.key', 'sa.pub']) {
    renameSync(cp3.path(`${PKI}/${name}.old`), cp3.path(`${PKI}/${name}`));
  }
  const listed = await etcdctl(lab, 'member', 'list');
  const id = /^([0-9a-f]+).*192\.0\.2\.9/m.exec(listed.stdout)?.[1] ?? '';
  expect((await etcdctl(lab, 'member', 'remove', id)).code).toBe(0);
  mendAuthority(cp2);
  const etcd = cp2.path(`${MANIFESTS}/etcd.yaml`);
  const image = /image: .*etcd:.*/.exec(readFileSync(cp1.path(`${MANIFESTS}/etcd.yaml`), 'utf8'));
  writeFileSync(etcd, readFileSync(etcd, 'utf8').replace(/image: .*etcd:.*/, image?.[0] ?? ''));
  expect((await etcdctl(lab, 'alarm', 'disarm')).code).toBe(0);
  await cp2.run(['systemctl', 'start', 'kubelet']);
}

function etcdctl(lab: Lab, ...words: readonly string[]) {
  const access = [
    '--endpoints=https://127.0.0.1:2379',
    `--cacert=${PKI}/etcd/ca.crt`,
    `--cert=${PKI}/etcd/server.crt`,
    `--key=${PKI}/etcd/server.key`,
  ];
  return lab.host('cp1').run(['env', 'ETCDCTL_API=3', 'etcdctl', ...words, ...access]);
}

/** Signs a certificate's own request again. */
function openssl(pki: string, name: string, ca: string, ...more: readonly string[]) {
  const file = (one: string) => join(pki, one);
  const script = `openssl req -new -key "$1.key" -subj /CN="$3" | openssl x509 -req -CA "$2.crt" -CAkey "$2.key" -out "$1.crt" "$4" "$5"`;
  return ['sh', '-c', script, 'sh', file(name), file(ca), name, ...more] as const;
}
