import type { Places, Questions } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { sha256 } from '../../core/hash.js';
import { join } from '../../core/host-path.js';
import type { Json } from '../../core/json.js';
import type { EtcdIdentity, ListeningPort, Stat } from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import { knownBy, ofMember } from './known-by.js';
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
  /** Of etcd, where its manifest says it: how its process is told from another etcd’s. */
  readonly knownBy?: EtcdIdentity;
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
  const all = pods.map((name) => {
    const isRunning = running.some((one) => one.name === name);
    return seenPod(name, places, seen.value, isRunning);
  });
  return withoutOthers(all, ask);
}

/** One more round trip where an etcd runs that may be another than this pod's. */
async function withoutOthers(
  pods: readonly SeenPod[],
  ask: Places,
): Promise<Result<readonly SeenPod[], Failure>> {
  const own = ownEtcd(pods);
  if (own.member === undefined || !pods.some((pod) => isEtcd(pod) && pod.running)) return ok(pods);
  const seen = await ask.host({ own: { kind: 'processes', names: [ETCD], ...own } });
  if (!seen.ok) return seen;
  const isRunning = seen.value.own.length > 0;
  return ok(pods.map((pod) => (isEtcd(pod) ? { ...pod, running: isRunning } : pod)));
}

const ETCD = 'etcd';

function isEtcd({ name }: SeenPod): boolean {
  return name === ETCD;
}

/** For questions about the processes of these pods. */
export function ownEtcd(pods: readonly SeenPod[]): { readonly member?: EtcdIdentity } {
  return ofMember(pods.find(isEtcd)?.knownBy);
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
  const known = manifest === null || name !== ETCD ? null : knownBy(manifest);
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
    ...(known === null ? {} : { knownBy: known }),
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
