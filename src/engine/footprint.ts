import type { Json } from '../core/json.js';
import { CONTROLLER, type HostName, type RunId } from '../core/names.js';
import type { Plan } from '../core/plan.js';
import type { RecordBody } from '../core/record.js';
import { machineOfRecord } from './step-at.js';

/**
 * The directories on each host that carry the run's id as their name: all that a run may leave behind
 * by itself. Read off what it announced; a file that a playbook put elsewhere is the operator's.
 */
export function footprintOf(
  run: RunId,
  plan: Plan,
  records: readonly RecordBody[],
): ReadonlyMap<HostName, readonly string[]> {
  const found = new Map<HostName, Set<string>>();
  for (const record of records) {
    if (record.type !== 'step.intent' && record.type !== 'undo.intent') continue;
    const machine = machineOfRecord(plan, record);
    if (machine === CONTROLLER) continue;
    const paths = found.get(machine) ?? new Set<string>();
    for (const { change } of record.changes) {
      // Where a fetch puts its file is on the controller: a backup is never cleaned away.
      const onHost = change.kind === 'fetch' ? { ...change, to: '' } : change;
      for (const path of directoriesIn(onHost as unknown as Json, run)) paths.add(path);
    }
    found.set(machine, paths);
  }
  return new Map([...found].map(([host, paths]) => [host, outermost([...paths])]));
}

function directoriesIn(value: Json, run: RunId): readonly string[] {
  if (typeof value === 'string') return directoriesInText(value, run);
  if (value === null || typeof value !== 'object') return [];
  return Object.values(value).flatMap((one: Json) => directoriesIn(one, run));
}

/** `--data-dir=/var/lib/runback/work/RUN/etcd` → `/var/lib/runback/work/RUN`. */
function directoriesInText(text: string, run: RunId): readonly string[] {
  const parts = `(?:/[^/\\s=:,"']+)+?/${run}(?=/|$|["'\\s,])`;
  return text.match(new RegExp(parts, 'g')) ?? [];
}

function outermost(paths: readonly string[]): readonly string[] {
  return paths.filter((path) => !paths.some((other) => path.startsWith(`${other}/`))).toSorted();
}
