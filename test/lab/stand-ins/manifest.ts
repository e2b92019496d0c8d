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
  readonly namespace: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
  /** The first container's name, and what it is made from. */
  readonly container: string;
  readonly image: string;
  /** Changes with the file's place and with its content, as the kubelet's own uid does. */
  readonly uid: string;
  readonly file: string;
  readonly command: readonly string[];
  readonly mounts: readonly Mount[];
  readonly gracePeriodMs: number;
  readonly uidNumber: number | undefined;
  readonly gidNumber: number | undefined;
  /** Until it succeeds once, the liveness probe waits. */
  readonly startupProbe: Probe | undefined;
  readonly livenessProbe: Probe | undefined;
}

export interface Probe {
  readonly address: string;
  readonly initialDelayMs: number;
  readonly periodMs: number;
  readonly timeoutMs: number;
  readonly failuresMax: number;
}

const GRACE_PERIOD_SECONDS_DEFAULT = 30;

interface RawProbe {
  httpGet?: { host?: string; path?: string; port?: number; scheme?: string };
  initialDelaySeconds?: number;
  periodSeconds?: number;
  timeoutSeconds?: number;
  failureThreshold?: number;
}

interface RawContainer {
  name?: string;
  image?: string;
  startupProbe?: RawProbe;
  livenessProbe?: RawProbe;
  command?: unknown[];
  args?: unknown[];
  volumeMounts?: { name?: string; mountPath?: string }[];
}

interface RawPod {
  kind?: string;
  metadata?: {
    name?: string;
    namespace?: string;
    labels?: { [name: string]: string };
    annotations?: { [name: string]: string };
  };
  spec?: {
    containers?: RawContainer[];
    terminationGracePeriodSeconds?: number;
    securityContext?: { runAsUser?: number; runAsGroup?: number };
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
  const namespace = pod.metadata?.namespace ?? 'default';
  return {
    fullName: `${namespace}_${name}`,
    name,
    namespace,
    labels: pod.metadata?.labels ?? {},
    annotations: pod.metadata?.annotations ?? {},
    container: container.name ?? name,
    image: container.image ?? '',
    uid: createHash('md5').update(`${file}\n${text}`).digest('hex'),
    file,
    command: [...(container.command ?? []), ...(container.args ?? [])].map(String),
    mounts: mountsOf(pod, container),
    gracePeriodMs: seconds * 1000,
    uidNumber: pod.spec?.securityContext?.runAsUser,
    gidNumber: pod.spec?.securityContext?.runAsGroup,
    startupProbe: probeOf(container.startupProbe),
    livenessProbe: probeOf(container.livenessProbe),
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

function probeOf(raw: RawProbe | undefined): Probe | undefined {
  const get = raw?.httpGet;
  if (raw === undefined || get === undefined) return undefined;
  const scheme = (get.scheme ?? 'HTTP').toLowerCase();
  return {
    address: `${scheme}://${inUrl(get.host ?? '127.0.0.1')}:${get.port}${get.path ?? '/'}`,
    initialDelayMs: (raw.initialDelaySeconds ?? 0) * 1000,
    periodMs: (raw.periodSeconds ?? 10) * 1000,
    timeoutMs: (raw.timeoutSeconds ?? 1) * 1000,
    failuresMax: raw.failureThreshold ?? 3,
  };
}

function inUrl(host: string): string {
  return host.includes(':') ? `[${host}]` : host;
}
