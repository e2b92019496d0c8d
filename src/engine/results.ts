import type { JsonObject } from '../core/json.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { StepOutcome } from '../core/outcome.js';
import type { Play, Task } from '../core/plan.js';

/** What registers hold, by register and host. A `run_once` or controller task speaks for every host. */
export class Results {
  readonly #records = new Map<string, JsonObject>();

  put(
    play: Play,
    task: Task,
    host: HostName,
    outcome: StepOutcome,
    result: JsonObject | null,
  ): void {
    if (task.register === null) return;
    const record: JsonObject = {
      ...result,
      ran: outcome === 'ok' || outcome === 'changed' || outcome === 'failed',
      changed: outcome === 'changed',
      failed: outcome === 'failed',
    };
    const speaksForAll = task.runOnce || task.place === 'controller';
    const owners = speaksForAll ? [...play.hosts, CONTROLLER] : [host];
    for (const owner of owners) this.#records.set(key(task.register, owner), record);
  }

  get(register: string, host: HostName): JsonObject | undefined {
    return this.#records.get(key(register, host));
  }
}

function key(register: string, host: HostName): string {
  return `${register}\0${host}`;
}
