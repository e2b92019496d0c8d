import type { Places, Questions } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { sha256 } from '../../core/hash.js';
import { join } from '../../core/host-path.js';
import type { Json } from '../../core/json.js';
import type { ListeningPort, Stat } from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import { listenersOf, manifestBytesMax, readManifest } from './manifest.js';

export interface PodPlaces {
  readonly manifests_dir: string;
  readonly parked_dir: string;
  readonly copies: readonly string[];
}

/** One static pod as it was found. */
export interface SeenPod {
  readonly name: string;
  readonly where: 'manifests' | 'parked' | 'copy' | 'nowhere';
  /** The digest of a parked manifest, wherever another one lies; null when none is parked. */
  readonly parkedSha256: string | null;
  readonly sha256: string;
  readonly mode: number;
  readonly uid: number;
  readonly gid: number;
  /** What it listens on when it is up. */
  readonly ports: readonly ListeningPort[];
  readonly running: boolean;
  /** A copy that somebody put aside; null when its own manifest is there. */
  readonly copy: {
    readonly path: string;
    readonly text: string;
    readonly type: Stat['type'];
  } | null;
  readonly [key: string]: Json;
}

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
  const parked = answers[`read ${name} parked`] as { readonly text: string } | null;
  const parkedSha256 = parked === null ? null : sha256(parked.text);
  const nothing = { sha256: '', mode: 0, uid: 0, gid: 0, ports: [], copy: null };
  if (found === undefined) return { name, where: 'nowhere', parkedSha256, running, ...nothing };
  const [place, path] = found;
  const { mode, uid, gid, type } = answers[`stat ${name} ${place}`] as Stat;
  const file = answers[`read ${name} ${place}`] as { readonly text: string } | null;
  const text = file?.text ?? '';
  const manifest = readManifest(text);
  const where = place === 'manifests' || place === 'parked' ? place : 'copy';
  return {
    name,
    where,
    parkedSha256,
    sha256: sha256(text),
    mode,
    uid,
    gid,
    ports: manifest === null ? [] : listenersOf(manifest),
    running,
    copy: where === 'copy' ? { path, text, type } : null,
  };
}

function pathsOf(pod: string, places: PodPlaces): readonly (readonly [string, string])[] {
  return [
    ['manifests', join(places.manifests_dir, `${pod}.yaml`)],
    ['parked', join(places.parked_dir, `${pod}.yaml`)],
    ...places.copies.map((path, index) => [`copy ${index}`, path.replaceAll('POD', pod)] as const),
  ];
}
