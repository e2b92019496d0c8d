import type { Places, Questions } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import type { Json } from '../../core/json.js';
import type { Process, Question } from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import type { PodArguments } from './move-pod.js';
import { ownEtcd, type SeenPod, seePods } from './static-pod.js';

/** A kubelet ends a pod within its grace period (30 s), and starts one within seconds. */
const obeyMs = 45_000;
/** From a manifest in the folder to a process: volumes, a sandbox, a container. */
const quietMs = 5_000;
/** The same of a kubelet that has not done in `obeyMs` what it was told: it is slow, and nobody is in a hurry. */
const longQuietMs = 60_000;
const goneMs = 150_000;

/** What nobody can know of a kubelet whose manifests are then moved the other way. */
export interface Doubts {
  /** For how long on end nothing may be seen of what is parked again: it may be about to start. */
  readonly quietMs: number;
  /** Out of its folder, and still there: they may be about to end. */
  readonly lingering: readonly Pick<Process, 'pid' | 'name' | 'startTicks'>[];
  readonly [key: string]: Json;
}

/**
 * A kubelet that was told one thing is not told the opposite before it has done the first: else nobody can
 * see which of the two it is at. What it has not done in time is in doubt. A dead one does neither.
 */
export async function untilObeyed(
  given: PodArguments,
  before: readonly SeenPod[],
  ask: Places,
): Promise<Result<Doubts, Failure>> {
  const { pods, manifests_dir, parked_dir } = given;
  const seen = await seePods(pods, { manifests_dir, parked_dir, copies: [] }, ask);
  if (!seen.ok) return seen;
  const own = { ...ownEtcd(before), ...ownEtcd(seen.value) };
  const wasIn = ({ name }: SeenPod): boolean =>
    before.some((pod) => pod.name === name && isIn(pod));
  const away = seen.value.filter((pod) => !wasIn(pod));
  const starting = away.filter((pod) => isIn(pod) && !pod.running).map(nameOf);
  const ending = seen.value.filter((pod) => wasIn(pod) && !isIn(pod) && pod.running).map(nameOf);
  // Parked again by an undo that nobody saw the end of: what it had seen is not known.
  const soon = away.every(isIn) ? 0 : quietMs;
  if (starting.length + ending.length === 0) return ok({ quietMs: soon, lingering: [] });
  const kubelet = await ask.host({ alive: { kind: 'processes', names: ['kubelet'] } });
  if (!kubelet.ok) return kubelet;
  if (kubelet.value.alive.length === 0) return ok({ quietMs, lingering: [] });
  const waited = await ask.host({
    up: { kind: 'wait-running', processes: starting, ports: [], ...own, timeoutMs: obeyMs },
    down: { ...silence(ending, 0, own), timeoutMs: obeyMs },
    left: { kind: 'processes', names: pods, ...own },
  });
  if (!waited.ok) return waited;
  const { up, left } = waited.value;
  const lingering = left
    .filter(({ name }) => ending.includes(name))
    .map(({ pid, name, startTicks }) => ({ pid, name, startTicks }));
  return ok({ quietMs: up.reached ? soon : longQuietMs, lingering });
}

/** A pod that did not run when it was parked may be about to start: only its silence tells. */
export async function untilQuiet(
  pods: readonly SeenPod[],
  ask: Places,
): Promise<Result<void, Failure>> {
  const wasThere = ({ where }: SeenPod): boolean => where === 'manifests' || where === 'parked';
  const idle = pods.filter((pod) => !pod.running && wasThere(pod)).map(nameOf);
  if (idle.length === 0) return ok(undefined);
  const waited = await ask.host({ quiet: silence(idle, quietMs, ownEtcd(pods)) });
  if (!waited.ok) return waited;
  const { quiet } = waited.value;
  if (quiet.reached) return ok(undefined);
  const message = `it is parked, and not quiet for ${goneMs / 1_000} s: ${quiet.lastSeen}`;
  return err(refused('not-quiet', message, 'look at the kubelet’s log: who starts it?'));
}

/** What ran by its manifest must run again, and what had none in the folder must be gone. */
export function asBefore(
  before: readonly SeenPod[],
  doubts: Doubts | null,
  timeoutMs: number,
): Questions {
  const ran = before.filter((pod) => isIn(pod) && pod.running);
  const away = before.filter((pod) => !isIn(pod)).map(nameOf);
  const ports = ran.flatMap((pod) => pod.ports);
  const except = doubts?.lingering ?? [];
  const own = ownEtcd(before);
  return {
    ...(ran.length > 0 && {
      up: { kind: 'wait-running', processes: ran.map(nameOf), ports, except, ...own, timeoutMs },
    }),
    ...(away.length > 0 && { down: silence(away, doubts?.quietMs ?? quietMs, own) }),
  };
}

function silence(pods: readonly string[], forMs: number, own: ReturnType<typeof ownEtcd>) {
  return {
    ...own,
    kind: 'wait-gone',
    processes: pods,
    ports: [],
    sandboxes: pods,
    quietMs: forMs,
    timeoutMs: goneMs,
  } as const satisfies Question;
}

function isIn({ where }: SeenPod): boolean {
  return where === 'manifests';
}

function nameOf({ name }: SeenPod): string {
  return name;
}
