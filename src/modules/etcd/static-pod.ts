import type { Places, Questions } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { sha256 } from '../../core/hash.js';
import { join } from '../../core/host-path.js';
import type { Json } from '../../core/json.js';
import type { Stat } from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import { portsOf, readManifest } from './manifest.js';

export interface PodPlaces {
  readonly manifests_dir: string;
  readonly parked_dir: string;
  readonly copies: readonly string[];
}

/** One static pod as it was found. */
export interface SeenPod {
  readonly name: string;
  readonly where: 'manifests' | 'parked' | 'copy' | 'nowhere';
  readonly isParkedToo: boolean;
  readonly sha256: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** What it listens on when it is up. */
  readonly ports: readonly number[];
  readonly running: boolean;
  /** The text of a copy somewhere else; null when its own manifest is there. */
  readonly copyText: string | null;
  readonly [key: string]: Json;
}

const manifestBytesMax = 1_000_000;

/** Where each pod's manifest lies, and whether a process of its name runs. One round trip. */
export async function seePods(
  pods: readonly string[],
  places: PodPlaces,
  ask: Places,
): Promise<Result<readonly SeenPod[], Failure>> {
  const questions: { [name: string]: Questions[string] } = {
    running: { kind: 'processes', names: pods },
  };
  for (const pod of pods) {
    for (const [place, path] of pathsOf(pod, places)) {
      questions[`stat ${pod} ${place}`] = { kind: 'stat', path };
      questions[`read ${pod} ${place}`] = { kind: 'read', path, bytesMax: manifestBytesMax };
    }
  }
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  const running = seen.value.running as readonly { readonly name: string }[];
  return ok(
    pods.map((name) => {
      const isRunning = running.some((one) => one.name === name);
      return seenPod(name, places, seen.value, isRunning);
    }),
  );
}

function seenPod(
  name: string,
  places: PodPlaces,
  answers: { readonly [name: string]: unknown },
  running: boolean,
): SeenPod {
  const found = pathsOf(name, places).find(([place]) => answers[`stat ${name} ${place}`] !== null);
  const isParkedToo = answers[`stat ${name} parked`] !== null;
  const nothing = { sha256: '', mode: 0, uid: 0, gid: 0, ports: [], copyText: null };
  if (found === undefined) return { name, where: 'nowhere', isParkedToo, running, ...nothing };
  const [place] = found;
  const { mode, uid, gid } = answers[`stat ${name} ${place}`] as Stat;
  const file = answers[`read ${name} ${place}`] as { readonly text: string } | null;
  const text = file?.text ?? '';
  const manifest = readManifest(text);
  const where = place === 'manifests' || place === 'parked' ? place : 'copy';
  return {
    name,
    where,
    isParkedToo,
    sha256: sha256(text),
    mode,
    uid,
    gid,
    ports: manifest === null ? [] : [...portsOf(manifest)],
    running,
    copyText: where === 'copy' ? text : null,
  };
}

function pathsOf(pod: string, places: PodPlaces): readonly (readonly [string, string])[] {
  return [
    ['manifests', join(places.manifests_dir, `${pod}.yaml`)],
    ['parked', join(places.parked_dir, `${pod}.yaml`)],
    ...places.copies.map((path, index) => [`copy ${index}`, path.replaceAll('POD', pod)] as const),
  ];
}
