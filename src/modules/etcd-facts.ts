import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { parentOf } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Mount, Stat } from '../core/question.js';
import { isNoAnswer } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { type PodManifest, portsOf, readManifest } from './etcd/manifest.js';
import { MemberFacts } from './etcd/member.js';
import { BackupRecord, type RecordedHost } from './etcd/record.js';

const manifestBytesMax = 1_000_000;

const args = argumentsOf({
  host: Type.String({ description: 'The host’s name in the inventory: ${{ host.name }}.' }),
  manifest: hostPath(
    'Where the static pod’s manifest lies, or lay: /etc/kubernetes/manifests/etcd.yaml.',
  ),
  copies: Type.Optional(
    Type.Array(hostPath('POD stands for the name: /tmp/POD.yaml.bak'), {
      description: 'Where copies may lie when the manifest was moved away, in this order.',
    }),
  ),
  record: Type.Optional(
    Type.Union([BackupRecord, Type.Null()], {
      description: 'The backup’s record, for a host that has no manifest any more.',
    }),
  ),
  staging_dir: hostPath('Where the restore will prepare; must be on the data directory’s mount.'),
});

/** Reads what a member is, from whatever is left of it, and refuses what this version cannot restore. */
export const etcdFacts = defineModule({
  name: 'etcd_facts',
  summary: 'Reads what the etcd member on this host is: name, URLs, certificates, data directory.',
  place: 'host',
  args,
  result: MemberFacts,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ host: name, manifest, copies = [], record, staging_dir }, ask) {
    const paths = [manifest, ...copies.map((path) => path.replaceAll('POD', 'etcd'))];
    const found = await findManifest(paths, name, record ?? null, ask);
    if (!found.ok) return found;
    const { text, source, path } = found.value;
    const pod = readManifest(text);
    if (pod === null) return err(notAPod(path));
    const named = pathsOf(pod, path);
    if (!named.ok) return named;
    const { dataDir, files } = named.value;
    const seen = await ask.host({
      dataDir: { kind: 'stat', path: dataDir },
      dataMount: { kind: 'mount', path: dataDir },
      parentMount: { kind: 'mount', path: parentOf(dataDir) },
      stagingMount: { kind: 'mount', path: staging_dir },
      ca: { kind: 'stat', path: files.ca },
      cert: { kind: 'stat', path: files.cert },
      key: { kind: 'stat', path: files.key },
      processes: { kind: 'processes', names: ['etcd'] },
      tools: { kind: 'tools', names: ['etcdctl', 'etcdutl'] },
    });
    if (!seen.ok) return seen;
    const { dataMount, parentMount, stagingMount, ca, cert, key } = seen.value;
    const refusal =
      refuseDataDir(dataDir, seen.value.dataDir, dataMount, parentMount) ??
      refuseStaging(staging_dir, stagingMount, dataDir, parentMount) ??
      refuseFiles([
        [files.ca, ca],
        [files.cert, cert],
        [files.key, key],
      ]);
    if (refusal !== null) return err(refusal);
    const { etcdctl, etcdutl } = seen.value.tools;
    if (etcdctl == null) return err(noTool());
    const restoreTool = etcdutl ?? etcdctl;
    const version = await ask.host({ it: { kind: 'etcd-tool-version', tool: restoreTool } });
    if (!version.ok) return version;
    if (isNoAnswer(version.value.it)) return err(toolFails(restoreTool, version.value.it.detail));
    const dir = seen.value.dataDir;
    return ok({
      host: name,
      ...identityOf(pod),
      ca_file: files.ca,
      cert_file: files.cert,
      key_file: files.key,
      etcdctl,
      restore_tool: restoreTool,
      tool_version: version.value.it.version,
      data_dir: dataDir,
      data_dir_exists: dir !== null,
      uid: dir?.uid ?? 0,
      gid: dir?.gid ?? 0,
      mode: dir?.mode ?? 0o700,
      ports: [...portsOf(pod)],
      image: pod.image,
      running: seen.value.processes.length > 0,
      manifest_source: source,
      manifest_path: path,
    });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

type Ask = Parameters<(typeof etcdFacts)['probe']>[1];

interface FoundManifest {
  readonly text: string;
  readonly source: 'manifests' | 'parked' | 'record';
  readonly path: string;
}

async function findManifest(
  paths: readonly string[],
  host: string,
  record: BackupRecord | null,
  ask: Ask,
): Promise<Result<FoundManifest, Failure>> {
  const questions = Object.fromEntries(
    paths.map((path, index) => [
      `${index}`,
      { kind: 'read', path, bytesMax: manifestBytesMax } as const,
    ]),
  );
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  for (const [index, path] of paths.entries()) {
    const file = seen.value[`${index}`];
    if (file == null) continue;
    return ok({ text: file.text, source: index === 0 ? 'manifests' : 'parked', path });
  }
  const recorded = record?.hosts.find((one: RecordedHost) => one.name === host);
  const manifest = recorded?.manifests.etcd;
  if (manifest !== undefined) return ok({ text: manifest.text, source: 'record', path: 'record' });
  return err(await noManifest(paths, ask));
}

async function noManifest(paths: readonly string[], ask: Ask): Promise<Failure> {
  const seen = await ask.host({ etcd: { kind: 'processes', names: ['etcd'] } });
  const looked = `looked at ${paths.join(', ')} and in the backup’s record`;
  if (seen.ok && seen.value.etcd.length > 0) {
    const message = 'etcd runs here without a static pod’s manifest, perhaps under systemd';
    const next = 'this version restores stacked kubeadm clusters only: restore this one by hand';
    return refused('etcd-not-static-pod', message, next, looked);
  }
  const message = 'nothing says what the etcd member on this host is';
  const next =
    'name the place of its manifest (manifests_dir, parked_copies), or give a backup with a record';
  return refused('no-manifest', message, next, looked);
}

function pathsOf(
  pod: PodManifest,
  manifest: string,
): Result<{ dataDir: string; files: { ca: string; cert: string; key: string } }, Failure> {
  const wal = pod.flags.get('wal-dir');
  if (wal !== undefined) return err(separateWal(wal));
  const hostPathOf = (flag: string): string | null => {
    const path = pod.flags.get(flag);
    return path === undefined ? null : pod.hostPathOf(path);
  };
  const [dataDir, ca, cert, key] = ['data-dir', 'trusted-ca-file', 'cert-file', 'key-file'].map(
    hostPathOf,
  );
  if (dataDir != null && ca != null && cert != null && key != null) {
    return ok({ dataDir, files: { ca, cert, key } });
  }
  const message = `${manifest} does not say where its data directory and its certificates are on the host`;
  const next =
    'it needs --data-dir, --trusted-ca-file, --cert-file and --key-file below hostPath volumes';
  return err(refused('manifest-incomplete', message, next));
}

function identityOf(pod: PodManifest) {
  const list = (flag: string): string[] =>
    (pod.flags.get(flag) ?? '').split(',').filter((url) => url !== '');
  const listening = list('listen-client-urls');
  const advertised = list('advertise-client-urls');
  const loopback = listening.find((url) => /\/\/(127\.0\.0\.1|localhost|\[::1\])/.test(url));
  return {
    name: pod.flags.get('name') ?? 'default',
    peer_urls: list('initial-advertise-peer-urls'),
    client_urls: advertised,
    endpoint: loopback ?? advertised[0] ?? 'https://127.0.0.1:2379',
  };
}

function refuseDataDir(path: string, stat: Stat | null, own: Mount, parent: Mount): Failure | null {
  if (stat?.type === 'link') {
    const message = `the data directory ${path} is a symbolic link`;
    const next = 'this version swaps real directories only: put the real path into the manifest';
    return refused('data-dir-is-a-link', message, next);
  }
  if (own.mountId !== parent.mountId) {
    const message = `the data directory ${path} is a mount point of its own (${own.fsType})`;
    const next = 'this version cannot swap a mounted data directory: restore it by hand';
    return refused('data-dir-is-a-mount', message, next);
  }
  return null;
}

function refuseStaging(
  staging: string,
  mount: Mount,
  dataDir: string,
  dataMount: Mount,
): Failure | null {
  if (mount.mountId !== dataMount.mountId) {
    const message = `${staging} and ${dataDir} are on different mounts (${mount.mountPoint}, ${dataMount.mountPoint})`;
    return refused(
      'staging-on-other-mount',
      message,
      'set staging_dir to a directory beside the data directory',
    );
  }
  if (!mount.readOnly) return null;
  return refused('staging-read-only', `${staging} is read-only`, 'mount it writable');
}

function refuseFiles(files: readonly (readonly [string, Stat | null])[]): Failure | null {
  const missing = files.filter(([, stat]) => stat === null).map(([path]) => path);
  if (missing.length === 0) return null;
  const message = `certificates that the manifest names are missing: ${missing.join(', ')}`;
  return refused('certificate-missing', message, 'restore the PKI first');
}

function separateWal(path: string): Failure {
  const message = `etcd has a WAL directory of its own (${path})`;
  const next = 'this version cannot restore a separate WAL directory: restore this cluster by hand';
  return refused('separate-wal-dir', message, next);
}

function notAPod(path: string): Failure {
  return refused('not-a-pod', `${path} is not the manifest of a pod`, 'look at it by hand');
}

function noTool(): Failure {
  const message = 'there is no etcdctl on this host';
  const next = 'put an etcdctl of the cluster’s version into /usr/local/bin of every member';
  return refused('no-etcdctl', message, next);
}

function toolFails(tool: string, detail: string): Failure {
  return refused('tool-fails', `${tool} does not run`, 'see what it says below', detail);
}
