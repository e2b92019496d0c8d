import type { Places } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { isNoAnswer } from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import { isUp } from '../etcd/unit/member-unit.js';
import { readUnit } from '../etcd/unit/read-unit.js';
import type { FoundPod } from './facts.js';
import type { FirstLook, Where } from './first-look.js';

/** A unit of systemd that may run the member. */
export interface SeenUnit {
  readonly member: FoundPod | null;
  /** Many a host has a unit of that name that nobody uses. */
  readonly isActive: boolean;
  readonly refusal: string | null;
  /** It runs etcd, or would, and does not start with the host. */
  readonly isDisabled: boolean;
}

const NONE: SeenUnit = { member: null, isActive: false, refusal: null, isDisabled: false };

/** One more round trip, for its environment, where there is such a unit. */
export async function findUnit(
  { is_member }: Where,
  { unit }: FirstLook,
  ask: Places,
): Promise<Result<SeenUnit, Failure>> {
  if (!is_member || isNoAnswer(unit) || !unit.loaded) return ok(NONE);
  const isActive = isUp(unit.active);
  const isDisabled = unit.enabled === 'disabled';
  const read = await readUnit(unit, ask);
  if (!read.ok) {
    if (read.error.kind !== 'refused') return read;
    const { message, detail = '' } = read.error;
    return ok({
      member: null,
      isActive,
      refusal: isActive ? `${message}\n${detail}`.trim() : null,
      isDisabled,
    });
  }
  const { manifest, files } = read.value;
  return ok({
    member: { path: files[0] ?? '', source: 'unit', manifest },
    isActive,
    refusal: null,
    isDisabled,
  });
}

/** As etcd_facts has it: a manifest that lies there, a unit that runs, other manifests, an idle unit. */
export function memberOf(pod: FoundPod | null, { member, isActive }: SeenUnit): FoundPod | null {
  if (pod?.source === 'manifests') return pod;
  return isActive ? member : (pod ?? member);
}
