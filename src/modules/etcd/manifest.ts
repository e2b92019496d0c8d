import { load } from 'js-yaml';
import { isWithin } from '../../core/host-path.js';

/** What a static pod's manifest says, with every path as the HOST has it. */
export interface PodManifest {
  readonly image: string;
  /** Flags of command and args, `--k=v` and `--k v`, without the dashes. */
  readonly flags: ReadonlyMap<string, string>;
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
  const spec = (pod as RawPod | null | undefined)?.spec;
  const [container] = spec?.containers ?? [];
  if (spec === undefined || container === undefined) return null;
  const words = [...(container.command ?? []), ...(container.args ?? [])].map(String);
  const volumes = new Map(
    (spec.volumes ?? []).map((volume) => [volume.name, volume.hostPath?.path ?? null]),
  );
  const mounts = (container.volumeMounts ?? [])
    .map(({ name, mountPath }) => ({ mountPath, path: volumes.get(name) ?? null }))
    .sort((a, b) => b.mountPath.length - a.mountPath.length);
  return {
    image: container.image ?? '',
    flags: readFlags(words),
    hostPathOf: (path) => {
      const mount = mounts.find(({ mountPath }) => isWithin(path, mountPath));
      if (mount === undefined || mount.path === null) return null;
      return `${mount.path}${path.slice(mount.mountPath.length)}`;
    },
  };
}

function readFlags(words: readonly string[]): ReadonlyMap<string, string> {
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

/**
 * The TCP ports that the pod listens on when it is up, whatever address. etcd opens its metrics port only
 * behind its initial corruption check: with that port open it has really started.
 */
export function portsOf(manifest: PodManifest): readonly number[] {
  const urls = ['listen-client-urls', 'listen-peer-urls', 'listen-metrics-urls'].flatMap((flag) =>
    (manifest.flags.get(flag) ?? '').split(',').filter((url) => url !== ''),
  );
  const secure = manifest.flags.get('secure-port');
  const ports = [...urls.map(portOf), ...(secure === undefined ? [] : [Number(secure)])];
  return [...new Set(ports.filter((port): port is number => port !== null && port > 0))];
}

export function portOf(url: string): number | null {
  const port = /:(\d+)(?:\/|$)/.exec(url)?.[1];
  return port === undefined ? null : Number(port);
}

interface RawPod {
  readonly spec?: {
    readonly containers?: readonly {
      readonly image?: string;
      readonly command?: readonly unknown[];
      readonly args?: readonly unknown[];
      readonly volumeMounts?: readonly { readonly name: string; readonly mountPath: string }[];
    }[];
    readonly volumes?: readonly {
      readonly name: string;
      readonly hostPath?: { readonly path: string };
    }[];
  };
}
