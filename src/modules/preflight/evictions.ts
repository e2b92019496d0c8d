import { load } from 'js-yaml';

/** Below which the kubelet evicts pods, of its own file system and of the images'. */
export interface Evictions {
  readonly nodefsBytes: (sizeBytes: number) => number;
  readonly imagefsBytes: (sizeBytes: number) => number;
  readonly nodefsInodes: (inodes: number) => number;
}

/** The kubelet's own defaults, where its file says nothing. (kubernetes.io, node-pressure eviction) */
const DEFAULTS: { readonly [signal: string]: string } = {
  'nodefs.available': '10%',
  'imagefs.available': '15%',
  'nodefs.inodesFree': '5%',
};

const UNITS: { readonly [unit: string]: number } = {
  '': 1,
  k: 1e3,
  M: 1e6,
  G: 1e9,
  T: 1e12,
  Ki: 1_024,
  Mi: 1_024 ** 2,
  Gi: 1_024 ** 3,
  Ti: 1_024 ** 4,
};

/** Thresholds of `evictionHard`. A file that sets some of them sets the others to nothing. */
export function evictionsIn(config: string | null): Evictions {
  const written = evictionHard(config);
  const of = (signal: string) => threshold(written?.[signal] ?? (written ? '0' : DEFAULTS[signal]));
  return {
    nodefsBytes: of('nodefs.available'),
    imagefsBytes: of('imagefs.available'),
    nodefsInodes: of('nodefs.inodesFree'),
  };
}

function evictionHard(config: string | null): { readonly [signal: string]: unknown } | null {
  try {
    const file = load(config ?? '') as { readonly evictionHard?: unknown } | null | undefined;
    const hard = file?.evictionHard;
    return hard !== null && typeof hard === 'object'
      ? (hard as { [signal: string]: unknown })
      : null;
  } catch {
    return null;
  }
}

function threshold(text: unknown): (whole: number) => number {
  const [, amount = '', unit = ''] = /^([0-9.]+)([A-Za-z%]*)$/.exec(String(text)) ?? [];
  if (unit === '%') return (whole) => (whole * Number(amount)) / 100;
  return () => Number(amount) * (UNITS[unit] ?? 1);
}
