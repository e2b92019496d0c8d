import { load } from 'js-yaml';
import { isWithin } from '../../core/host-path.js';
import type { ListeningPort } from '../../core/question.js';

/** More of a file is not read: no manifest is that long. */
export const manifestBytesMax = 1_000_000;

/** What a static pod's manifest says, with every path as the HOST has it. */
export interface PodManifest {
  readonly image: string;
  /** Flags of command and args, `--k=v` and `--k v`, without the dashes. */
  readonly flags: ReadonlyMap<string, string>;
  /** Whom the container runs as, when the manifest says it; null: root. */
  readonly runAs: { readonly uid: number; readonly gid: number } | null;
  /** A path inside the container → the path on the host; null when no hostPath holds it. */
  hostPathOf(path: string): string | null;
}

/** Null when the text is not a pod with a container. */
export function readManifest(text: string): PodManifest | null {
  let pod: unknown;
  try {
    pod = load(text);
  } catch {
    return null;
  }
  const { spec, metadata } = (pod as RawPod | null | undefined) ?? {};
  const containers = spec?.containers ?? [];
  // A pod may carry a sidecar: the container that has the pod's own name is the one that matters.
  const container = containers.find(({ name }) => name === metadata?.name) ?? containers[0];
  if (spec === undefined || container === undefined) return null;
  const words = [...(container.command ?? []), ...(container.args ?? [])].map(String);
  const volumes = new Map(
    (spec.volumes ?? []).map((volume) => [volume.name, volume.hostPath?.path ?? null]),
  );
  const mounts = (container.volumeMounts ?? [])
    .map((mount) => hostMount(mount, volumes.get(mount.name) ?? null))
    .sort((a, b) => b.mountPath.length - a.mountPath.length);
  return {
    image: container.image ?? '',
    flags: new Map([...readEnvironment(container.env ?? []), ...readFlags(words)]),
    runAs: runAs({ ...spec.securityContext, ...container.securityContext }),
    hostPathOf: (written) => {
      const path = tidied(written);
      const mount = mounts.find(({ mountPath }) => isWithin(path, mountPath));
      if (mount === undefined || mount.path === null) return null;
      return `${mount.path}${path.slice(mount.mountPath.length)}`;
    },
  };
}

function hostMount({ mountPath, subPath }: RawMount, volume: string | null) {
  const path = volume === null || subPath === undefined ? volume : `${volume}/${subPath}`;
  return { mountPath: tidied(mountPath), path: path === null ? null : tidied(path) };
}

/** `/var/lib/etcd/` is `/var/lib/etcd`: a slash at the end would make a link look like its target. */
export function tidied(path: string): string {
  const single = path.replace(/\/{2,}/g, '/');
  return single.length > 1 ? single.replace(/\/$/, '') : single;
}

export function readFlags(words: readonly string[]): ReadonlyMap<string, string> {
  const flags = new Map<string, string>();
  for (const [index, word] of words.entries()) {
    const named = /^--?([A-Za-z][A-Za-z0-9-]*)(?:=([\s\S]*))?$/.exec(word);
    if (named?.[1] === undefined) continue;
    const next = words[index + 1];
    const follows = next === undefined || next.startsWith('-') ? 'true' : next;
    flags.set(named[1], named[2] ?? follows);
  }
  return flags;
}

/** etcd takes each flag from the environment too, `ETCD_WAL_DIR` for --wal-dir; the flag itself wins. */
export function readEnvironment(variables: readonly RawVariable[]): ReadonlyMap<string, string> {
  const named = variables.flatMap(({ name, value }): (readonly [string, string])[] => {
    const flag = /^ETCD_([A-Z_]+)$/.exec(name)?.[1];
    if (flag === undefined || value === undefined) return [];
    return [[flag.toLowerCase().replaceAll('_', '-'), String(value)]];
  });
  return new Map(named);
}

function runAs({ runAsUser, runAsGroup }: RawSecurity): PodManifest['runAs'] {
  return runAsUser === undefined ? null : { uid: runAsUser, gid: runAsGroup ?? 0 };
}

/**
 * Where the pod listens when it is up. etcd opens its metrics port only behind its initial corruption
 * check: with that port open it has really started.
 */
export function listenersOf({ flags }: PodManifest): readonly ListeningPort[] {
  const urls = ['listen-client-urls', 'listen-peer-urls', 'listen-metrics-urls'].flatMap((flag) =>
    (flags.get(flag) ?? '').split(',').filter((url) => url !== ''),
  );
  const secure = flags.get('secure-port');
  const own = { address: flags.get('bind-address') ?? '', port: Number(secure ?? 0) };
  const all = [...urls.map((url) => ({ address: hostOf(url) ?? '', port: portOf(url) ?? 0 })), own];
  return all.filter(({ port }) => port > 0);
}

/** The TCP ports of these, each once. */
export function portsOf(manifest: PodManifest): readonly number[] {
  return [...new Set(listenersOf(manifest).map(({ port }) => port))];
}

export function portOf(url: string): number | null {
  const port = /:(\d+)(?:\/|$)/.exec(url)?.[1];
  return port === undefined ? null : Number(port);
}

/** `https://[fd00::1]:2380` → `fd00::1`. */
export function hostOf(url: string): string | null {
  const found = /^[a-z]+:\/\/(?:\[([^\]]+)\]|([^:/]+))/.exec(url.trim());
  return found?.[1] ?? found?.[2] ?? null;
}

interface RawPod {
  readonly metadata?: { readonly name?: string };
  readonly spec?: {
    readonly securityContext?: RawSecurity;
    readonly containers?: readonly {
      readonly name?: string;
      readonly image?: string;
      readonly command?: readonly unknown[];
      readonly args?: readonly unknown[];
      readonly env?: readonly RawVariable[];
      readonly securityContext?: RawSecurity;
      readonly volumeMounts?: readonly RawMount[];
    }[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly hostPath?: { readonly path: string };
    }[];
  };
}

interface RawMount {
  readonly name: string;
  readonly mountPath: string;
  readonly subPath?: string;
}

interface RawVariable {
  readonly name: string;
  readonly value?: string;
}

interface RawSecurity {
  readonly runAsUser?: number;
  readonly runAsGroup?: number;
}
