import type { Json, JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { StepOutcome } from '../core/outcome.js';
import type { StepRecord, Task } from '../core/plan.js';

/** No host is called so. */
const ALL = '*';

/**
 * What registers hold, by register and host. A `run_once` or controller task speaks for every host, of
 * later plays too: those may have others.
 */
export class Results {
  readonly #records = new Map<string, Json>();

  put(task: Task, host: HostName, value: Json): void {
    if (task.register === null) return;
    const speaksForAll = task.runOnce || task.place === 'controller';
    this.#records.set(key(task.register, speaksForAll ? ALL : host), value);
  }

  get(register: string, host: HostName): Json | undefined {
    return this.#records.get(key(register, ALL)) ?? this.#records.get(key(register, host));
  }
}

/** The record of one step, as a register holds it. */
export function recordOf(outcome: StepOutcome, result: JsonObject | null): StepRecord {
  return {
    ...result,
    ran: ['ok', 'changed', 'failed', 'ignored'].includes(outcome),
    changed: outcome === 'changed',
    failed: outcome === 'failed' || outcome === 'ignored',
  };
}

function key(register: string, host: HostName | typeof ALL): string {
  return `${register}\0${host}`;
}
