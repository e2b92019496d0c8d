import type { Failure } from '../core/failure.js';
import type { JsonObject } from '../core/json.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { StepOutcome } from '../core/outcome.js';
import type { Task } from '../core/plan.js';

/** How one step ended, for the register, the journal and whoever reads. */
export interface StepEnd {
  readonly outcome: StepOutcome;
  readonly changes: readonly string[];
  readonly why: string | null;
  readonly failure: Failure | null;
  readonly result: JsonObject | null;
}

export function ended(outcome: StepOutcome, more: Partial<Omit<StepEnd, 'outcome'>> = {}): StepEnd {
  return { outcome, changes: [], why: null, failure: null, result: null, ...more };
}

/** A module does not know on which host it was asked; whoever reads must. */
export function onHost(end: StepEnd, host: HostName): StepEnd {
  if (end.failure === null || end.failure.host !== undefined || host === CONTROLLER) return end;
  return { ...end, failure: { ...end.failure, host } };
}

export function failedWith(failure: Failure, changes: readonly string[] = []): StepEnd {
  const outcome =
    failure.kind === 'unreachable'
      ? 'unreachable'
      : failure.kind === 'unknown-outcome'
        ? 'unknown'
        : 'failed';
  return ended(outcome, { failure, changes });
}

export function isBad(end: StepEnd): boolean {
  return end.outcome === 'failed' || end.outcome === 'unreachable' || end.outcome === 'unknown';
}

/** As Ansible has it: not reached, a login that is refused, no place to work in; and what broke off in between. */
const AWAY: readonly Failure['kind'][] = [
  'unreachable',
  'host-key',
  'login-refused',
  'sudo-refused',
  'protocol',
  'unknown-outcome',
];

/** Is it the host that is away, and may it be? */
export function mayBeLeftOut({ ignoreUnreachable }: Task, { kind, code }: Failure): boolean {
  return ignoreUnreachable && (AWAY.includes(kind) || code === 'host-disk');
}

export function isLeftOut({ ignoreUnreachable }: Task, { outcome }: StepEnd): boolean {
  return ignoreUnreachable && outcome === 'unreachable';
}
