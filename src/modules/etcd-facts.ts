import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { join } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { EtcdTools } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath, manifestCopies, UNIT_NAME } from './arguments.js';
import { findMember } from './etcd/find-manifest.js';
import { knownBy, ofMember } from './etcd/known-by.js';
import { layoutAsSeen, layoutOf, layoutQuestions } from './etcd/layout.js';
import { type PodManifest, portsOf } from './etcd/manifest.js';
import { MemberFacts } from './etcd/member.js';
import { memberDisks } from './etcd/member-disks.js';
import { memberFiles } from './etcd/member-files.js';
import {
  formerUrls,
  type Moved,
  movedTo,
  newAddressesArgument,
  readdressed,
} from './etcd/readdress.js';
import { recordArgument } from './etcd/record.js';
import { refuseFiles, refuseNoDirectory } from './etcd/refuse-place.js';
import { toolsInPlace } from './etcd/tools.js';
import { imageVersion } from './preflight/version.js';

const args = argumentsOf({
  host: Type.String({ description: 'The host’s name in the inventory: ${{ host.name }}.' }),
  address: Type.Optional(
    Type.String({
      description: 'Its address, to find it in a record of other names: ${{ host.address }}.',
    }),
  ),
  manifest: hostPath(
    'Where the static pod’s manifest lies, or lay: /etc/kubernetes/manifests/etcd.yaml.',
  ),
  unit: Type.Optional(
    Type.String({
      pattern: UNIT_NAME,
      description: 'The unit of systemd that runs it where no kubelet does. Default: etcd.',
    }),
  ),
  copies: manifestCopies('Where copies may lie when the manifest was moved away, in this order.'),
  record: recordArgument('The backup’s record, for a host that has no manifest any more.'),
  new_addresses: newAddressesArgument,
  only_read: Type.Optional(
    Type.Boolean({
      description:
        'Nothing will take the data’s place, so they may lie where nothing could. Default: false.',
    }),
  ),
  only_stop: Type.Optional(
    Type.Boolean({
      description:
        'What is only needed to ask it may be missing: programs (etcdctl is empty then), certificates, data. Default: false.',
    }),
  ),
  staging_dir: hostPath(
    'Where restores prepare. What is on another mount is prepared beside or inside what it is for.',
  ),
  tools_dir: Type.Optional(
    hostPath('Where this run has put programs that the host lacks: tools_dir of etcd_tools.'),
  ),
});

/** Reads what a member is, from whatever is left of it, and refuses what this version cannot restore. */
export const etcdFacts = defineModule({
  name: 'etcd_facts',
  summary: 'Reads what the etcd member on this host is: name, URLs, certificates, data directory.',
  example: `
- name: Read what each member is
  etcd_facts:
    host: \${{ host.name }}
    manifest: \${{ vars.manifests_dir }}/etcd.yaml
    staging_dir: \${{ vars.work_dir }}
  register: members
`,
  place: 'host',
  args,
  result: MemberFacts,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const { host, address, manifest, unit = 'etcd', copies = [], record = null } = given;
    const { staging_dir, tools_dir } = given;
    const found = await findMember({ manifest, unit, copies, record, host, address }, ask);
    if (!found.ok) return found;
    const { pod: written, source, path } = found.value;
    const moved = movedTo(written, host, given.new_addresses);
    const pod = moved === null ? written : readdressed(written, moved);
    const files = memberFiles(pod, path);
    if (!files.ok) return files;
    const { dataDir, walDir, walIsVolume, ca, cert, key } = files.value;
    const places = { dataDir, walDir, work: staging_dir };
    const known = knownBy(pod, written);
    const seen = await ask.host({
      ...layoutQuestions(places),
      data: { kind: 'stat', path: dataDir, follow: true },
      ca: { kind: 'stat', path: ca },
      cert: { kind: 'stat', path: cert },
      key: { kind: 'stat', path: key },
      processes: { kind: 'processes', names: ['etcd'], ...ofMember(known) },
      tools: {
        kind: 'etcd-tools',
        folder: tools_dir ?? null,
        image: null,
        peerUrl: identityOf(pod).peer_urls[0] ?? null,
      },
    });
    if (!seen.ok) return seen;
    const at = seen.value;
    const isSeenInside = (path: string) => pod.hostPathOf(path) === path;
    const seenPlaces = { ...places, seen: at, isSeenInside };
    const where = given.only_read === true ? ok(layoutAsSeen(seenPlaces)) : layoutOf(seenPlaces);
    if (!where.ok) return where;
    const refusal =
      refuseNoDirectory(dataDir, at.data) ??
      refuseFiles([
        [ca, at.ca],
        [cert, at.cert],
        [key, at.key],
      ]);
    const isAsked = given.only_stop !== true;
    if (refusal !== null && isAsked) return err(refusal);
    const tools = toolsInPlace(at.tools, at.tools.runningVersion ?? imageVersion(pod.image));
    if (tools === null && isAsked) {
      // Perhaps they are only about to be put there: then a dry run cannot foretell more.
      const own = join(tools_dir ?? '/', 'etcdctl');
      const later = await ask.host({ own: { kind: 'stat', path: own } });
      return later.ok ? err(noTools(at.tools)) : later;
    }
    const restoreTool = tools?.etcdutl ?? tools?.etcdctl;
    return ok({
      host,
      ...identityOf(pod),
      ...(moved === null ? {} : addressesOf(pod, moved)),
      ca_file: ca,
      cert_file: cert,
      key_file: key,
      etcdctl: tools?.etcdctl.path ?? '',
      restore_tool: restoreTool?.path ?? '',
      tool_version: restoreTool?.version ?? '',
      data_dir: where.value.dataDir,
      layout: { ...where.value.layout, ...(walIsVolume ? { wal_is_volume: true } : {}) },
      disks: memberDisks(dataDir, at),
      data_dir_exists: at.data !== null,
      // A kubelet makes a missing directory as root's, whoever etcd runs as: the manifest knows better.
      uid: pod.runAs?.uid ?? at.data?.uid ?? 0,
      gid: pod.runAs?.gid ?? at.data?.gid ?? 0,
      mode: at.data?.mode ?? 0o700,
      ports: [...portsOf(pod)],
      image: pod.image,
      ...(known === null ? {} : { known_by: known }),
      running: at.processes.length > 0,
      manifest_source: source,
      manifest_path: path,
      unit: found.value.unit,
      unit_files: [...found.value.unitFiles],
    });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

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

function addressesOf(pod: PodManifest, moved: Moved) {
  const former = formerUrls(identityOf(pod).peer_urls, moved);
  return { former_peer_urls: [...former], new_address: moved.is };
}

function noTools({ host: { etcdctl } }: EtcdTools): Failure {
  if (etcdctl === null) {
    const message = 'there is no etcdctl on this host';
    const next = 'put an etcdctl of the cluster’s version into /usr/local/bin of every member';
    return refused('no-etcdctl', message, next);
  }
  const { path, version, said } = etcdctl;
  if (version === null) {
    return refused('tool-fails', `${path} does not run`, 'see what it says below', said);
  }
  const message = `etcdctl ${version} cannot restore, and there is no etcdutl on this host`;
  const next = 'put the etcdutl of the same release into /usr/local/bin of every member';
  return refused('no-etcdutl', message, next);
}
