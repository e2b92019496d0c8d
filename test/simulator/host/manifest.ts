import { load } from 'js-yaml';

/** What a kubelet makes of one file. */
export interface Manifest {
  readonly pod: string;
  /** Another path or another text is another pod. */
  readonly identity: string;
  readonly flags: ReadonlyMap<string, string>;
  readonly ports: readonly number[];
  /** hostPath volumes of the type DirectoryOrCreate. */
  readonly directories: readonly string[];
}

interface RawPod {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly containers: readonly { readonly command: readonly string[] }[];
    readonly volumes: readonly {
      readonly hostPath: { readonly path: string; readonly type: string };
    }[];
  };
}

const known = new Map<string, Omit<Manifest, 'identity'> | null>();

export function parsedManifest(path: string, text: string): Manifest | null {
  let parsed = known.get(text);
  if (parsed === undefined) {
    parsed = parse(text);
    known.set(text, parsed);
  }
  return parsed === null ? null : { ...parsed, identity: `${path}\n${text}` };
}

function parse(text: string): Omit<Manifest, 'identity'> | null {
  const raw = rawPod(text);
  const command = raw?.spec?.containers?.[0]?.command;
  if (raw === null || command === undefined) return null;
  const flags = new Map(
    command.flatMap((word): [string, string][] => {
      const [, name, value] = /^--([^=]+)=(.*)$/.exec(word) ?? [];
      return name === undefined || value === undefined ? [] : [[name, value]];
    }),
  );
  const urls = ['listen-client-urls', 'listen-peer-urls', 'listen-metrics-urls'].flatMap((flag) =>
    (flags.get(flag) ?? '').split(','),
  );
  const ports = [...urls.map((url) => Number(/:(\d+)$/.exec(url)?.[1] ?? 0))];
  ports.push(Number(flags.get('secure-port') ?? 0));
  return {
    pod: raw.metadata.name,
    flags,
    ports: [...new Set(ports.filter((port) => port > 0))],
    directories: raw.spec.volumes
      .filter(({ hostPath }) => hostPath.type === 'DirectoryOrCreate')
      .map(({ hostPath }) => hostPath.path),
  };
}

function rawPod(text: string): RawPod | null {
  try {
    return load(text) as RawPod | null;
  } catch {
    return null;
  }
}
