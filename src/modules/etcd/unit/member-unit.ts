import type { Places, Questions } from '../../../core/ask.js';
import type { Change } from '../../../core/change.js';
import { type Failure, refused } from '../../../core/failure.js';
import type { Json } from '../../../core/json.js';
import { isNoAnswer, type Unit } from '../../../core/question.js';
import { err, ok, type Result } from '../../../core/result.js';
import { ofMember } from '../known-by.js';
import type { MemberFacts } from '../member.js';

/** A member that systemd runs, as it was found. */
export interface SeenUnit {
  readonly active: string;
  readonly enabled: string;
  readonly [key: string]: Json;
}

export type Wanted = 'stopped' | 'running';

export async function seeUnit(unit: string, ask: Places): Promise<Result<SeenUnit, Failure>> {
  const seen = await ask.host({ unit: { kind: 'unit', unit } });
  if (!seen.ok) return seen;
  const said = seen.value.unit;
  if (isNoAnswer(said)) return err(noSystemd(unit, said.detail));
  const refusal = refuseUnit(unit, said);
  if (refusal !== null) return err(refusal);
  return ok({ active: said.active, enabled: said.enabled });
}

/**
 * One word to systemd. A start is not waited for: a unit of Type=notify says that it is ready when there is a
 * quorum, and the others are started after this one.
 */
export function planUnit(unit: string, wanted: Wanted, { active }: SeenUnit): readonly Change[] {
  if (isUp(active) === (wanted === 'running')) return [];
  const verb = wanted === 'running' ? 'start' : 'stop';
  return [{ kind: 'service', unit, verb, waitsForOthers: true }];
}

export async function verifyUnit(
  member: MemberFacts,
  wanted: Wanted,
  timeoutMs: number,
  ask: Places,
): Promise<Result<null, Failure>> {
  const { unit = '' } = member;
  const waited = wanted === 'running' ? await ask.host({ up: up(member, timeoutMs) }) : null;
  if (waited !== null && !waited.ok) return waited;
  const seen = await ask.host({ unit: { kind: 'unit', unit } });
  if (!seen.ok) return seen;
  const now = seen.value.unit;
  if (isNoAnswer(now)) return err(noSystemd(unit, now.detail));
  const lastSeen = waited?.value.up.reached === false ? `, ${waited.value.up.lastSeen}` : '';
  if (lastSeen === '' && isUp(now.active) === (wanted === 'running')) return ok(null);
  const message = `${unit} is not ${wanted}: ${now.active}${lastSeen}`;
  return err(refused('not-so', message, `see: journalctl -u ${unit}`));
}

/** After an undo: what ran before must run again, and what did not must be gone. */
export function settleUnit(
  member: MemberFacts,
  { active }: SeenUnit,
  timeoutMs: number,
): Questions {
  if (isUp(active)) return { up: up(member, timeoutMs) };
  const own = ofMember(member.known_by);
  return { down: { kind: 'wait-gone', processes: ['etcd'], ports: [], ...own, timeoutMs } };
}

export function materialOfUnit({ active, enabled }: SeenUnit): Json {
  return { isUp: isUp(active), enabled };
}

/** One that systemd will start again in a moment is up. */
export function isUp(active: string): boolean {
  return ['active', 'activating', 'reloading'].includes(active);
}

export function refuseUnit(unit: string, { loaded, enabled }: Unit): Failure | null {
  if (enabled === 'masked') {
    return refused('unit-masked', `${unit} is masked`, `see why; then: systemctl unmask ${unit}`);
  }
  if (loaded) return null;
  return refused('no-such-unit', `this host has no unit ${unit}`, 'write it back first');
}

export function noSystemd(unit: string, detail: string): Failure {
  return refused('no-systemd', `systemd says nothing of ${unit}`, 'look at the host', detail);
}

/** On any address: who else listens on etcd’s ports is not told apart. */
export function anywhere(ports: readonly number[]) {
  return ports.map((port) => ({ address: '', port }));
}

function up({ ports: numbers, known_by }: MemberFacts, timeoutMs: number) {
  const ports = anywhere(numbers);
  const own = ofMember(known_by);
  return { kind: 'wait-running', processes: ['etcd'], ports, ...own, timeoutMs } as const;
}
