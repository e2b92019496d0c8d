import { ancestorsOf, nameOf } from '../core/host-path.js';
import { madeBy } from '../core/inverse.js';
import type { Json } from '../core/json.js';
import { CONTROLLER, type HostName, type RunId } from '../core/names.js';
import type { Plan } from '../core/plan.js';
import type { RecordBody } from '../core/record.js';
import { readHistory } from './history.js';
import { machineOfRecord } from './step-at.js';

/** The directories on one host that carry the run's id as their name. */
export interface RunDirectories {
  /** All that the run has left behind by itself. */
  readonly own: readonly string[];
  /** Named in what it did, and not certainly its own: an archive that a playbook keeps there is the operator's. */
  readonly others: readonly string[];
}

/** Read off what the run announced, and what it was told that it made. */
export function footprintOf(
  run: RunId,
  plan: Plan,
  records: readonly RecordBody[],
): ReadonlyMap<HostName, RunDirectories> {
  const own = ownDirectories(plan, records);
  return new Map(
    [...namedDirectories(run, plan, records)].map(([host, paths]) => {
      const isOwn = (path: string): boolean =>
        isRunbacks(path) || own.get(host)?.has(path) === true;
      const others = paths.filter((path) => !isOwn(path));
      return [host, { own: paths.filter(isOwn), others }];
    }),
  );
}

/** Below directories of these names nobody else keeps anything. */
const RUNBACKS: readonly string[] = ['runback', '.runback', '.runback-trash'];

function isRunbacks(path: string): boolean {
  return ancestorsOf(path).some((above) => RUNBACKS.includes(nameOf(above)));
}

/**
 * Wherever they lie: what a change calls its trash, and what a step made as the room for what it did there
 * itself. A directory that was a step's whole purpose is the playbook's.
 */
function ownDirectories(
  plan: Plan,
  records: readonly RecordBody[],
): ReadonlyMap<HostName, ReadonlySet<string>> {
  const found = new Map<HostName, Set<string>>();
  for (const step of readHistory(records).intended) {
    const machine = machineOfRecord(plan, step);
    const paths = found.get(machine) ?? new Set<string>();
    for (const { announced, receipts } of step.attempts) {
      for (const [index, { change }] of announced.entries()) {
        if ('trash' in change && change.trash !== undefined) paths.add(change.trash);
        if (change.kind !== 'make-directory' || announced.length === 1) continue;
        for (const path of madeBy(change, receipts?.[index])) paths.add(path);
      }
    }
    found.set(machine, paths);
  }
  return found;
}

function namedDirectories(
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
