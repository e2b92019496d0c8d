import { createHash } from 'node:crypto';
import { load } from 'js-yaml';

/** One mount of a container: where it is on the host, where the container sees it. */
export interface Mount {
  readonly hostPath: string;
  readonly mountPath: string;
  /** As in the manifest: DirectoryOrCreate, FileOrCreate, Directory, File or empty. */
  readonly type: string;
}

export interface StaticPod {
  /** namespace_name, the kubelet's "full name": only one pod of a name can run on a host. */
  readonly fullName: string;
  readonly name: string;
  /** Changes with the file's place and with its content, as the kubelet's own uid does. */
  readonly uid: string;
  readonly file: string;
  readonly command: readonly string[];
  readonly mounts: readonly Mount[];
  readonly gracePeriodMs: number;
  readonly uidNumber: number | undefined;
}

const GRACE_PERIOD_SECONDS_DEFAULT = 30;

interface RawContainer {
  command?: unknown[];
  args?: unknown[];
  volumeMounts?: { name?: string; mountPath?: string }[];
}

interface RawPod {
  kind?: string;
  metadata?: { name?: string; namespace?: string };
  spec?: {
    containers?: RawContainer[];
    terminationGracePeriodSeconds?: number;
    securityContext?: { runAsUser?: number };
    volumes?: { name?: string; hostPath?: { path?: string; type?: string } }[];
  };
}

/** Reads one file of the manifests folder; throws when it describes no pod. The first container counts. */
export function parseManifest(file: string, text: string): StaticPod {
  const pod = load(text) as RawPod | undefined;
  const container = pod?.spec?.containers?.[0];
  const name = pod?.metadata?.name;
  if (pod?.kind !== 'Pod' || name === undefined || container === undefined) {
    throw new Error('it does not describe a pod with a name and a container');
  }
  const seconds = pod.spec?.terminationGracePeriodSeconds ?? GRACE_PERIOD_SECONDS_DEFAULT;
  return {
    fullName: `${pod.metadata?.namespace ?? 'default'}_${name}`,
    name,
    uid: createHash('md5').update(`${file}\n${text}`).digest('hex'),
    file,
    command: [...(container.command ?? []), ...(container.args ?? [])].map(String),
    mounts: mountsOf(pod, container),
    gracePeriodMs: seconds * 1000,
    uidNumber: pod.spec?.securityContext?.runAsUser,
  };
}

function mountsOf(pod: RawPod, container: RawContainer): readonly Mount[] {
  return (container.volumeMounts ?? []).flatMap((mount) => {
    const volume = pod.spec?.volumes?.find((candidate) => candidate.name === mount.name);
    const hostPath = volume?.hostPath?.path;
    if (hostPath === undefined || mount.mountPath === undefined) return [];
    return [{ hostPath, mountPath: mount.mountPath, type: volume?.hostPath?.type ?? '' }];
  });
}
