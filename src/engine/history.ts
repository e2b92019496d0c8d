import type { Json, JsonObject } from '../core/json.js';
import type { ChangeId, HostName, TaskId } from '../core/names.js';
import type { RunOutcome, StepOutcome } from '../core/outcome.js';
import type { Receipt } from '../core/receipt.js';
import type { Announced, RecordBody } from '../core/record.js';

/** One step of a run: a task on a host, and under a loop one item of it. */
export interface StepKey {
  readonly task: TaskId;
  readonly host: HostName;
  readonly index: number;
}

/** One time that a step's changes were announced. */
export interface Attempt {
  readonly attempt: number;
  readonly before: Json;
  readonly announced: readonly Announced[];
  /** Null while nobody has seen how it ended. */
  receipts: readonly Receipt[] | null;
}

/** One step that announced changes: what undo and resume need to know of it. */
export interface IntendedStep extends StepKey {
  /** Of the FIRST attempt: a later probe of a half-made change must never become the way back. */
  readonly before: Json;
  /** Oldest first. */
  readonly attempts: Attempt[];
  undone: boolean;
}

export interface FinishedStep {
  readonly outcome: StepOutcome;
  readonly result: JsonObject | null;
}

/** What has happened in a run, as a fold over its records: the same live and read back from the disk. */
export interface History {
  readonly intended: IntendedStep[];
  /** The latest end of each step, by `keyOf`. */
  readonly finished: Map<string, FinishedStep>;
  /** Attempts that were not good enough since the step last ended, by `keyOf`. */
  readonly retries: Map<string, number>;
  /** Every id that hosts may have heard of. */
  readonly announced: Set<ChangeId>;
  /** The highest that this run has had, or has ended under. */
  epoch: number;
  /** Late hosts that may hold this run's lock. */
  readonly entered: Set<HostName>;
  pointOfNoReturn: TaskId | null;
  rollingBack: boolean;
  undoAttempts: number;
  downtimeStartMs: number | null;
  downtimeEndMs: number | null;
  /** How the run ended when somebody last worked on it; null while it goes on, or when that one died. */
  ended: RunOutcome | null;
  /** What it left somewhere was taken away: the way back is gone. */
  cleaned: boolean;
}

export function emptyHistory(): History {
  return {
    intended: [],
    finished: new Map(),
    retries: new Map(),
    announced: new Set(),
    epoch: 0,
    entered: new Set(),
    pointOfNoReturn: null,
    rollingBack: false,
    undoAttempts: 0,
    downtimeStartMs: null,
    downtimeEndMs: null,
    ended: null,
    cleaned: false,
  };
}

export function readHistory(records: readonly RecordBody[]): History {
  const history = emptyHistory();
  for (const record of records) applyRecord(history, record);
  return history;
}

export function applyRecord(history: History, record: RecordBody): void {
  switch (record.type) {
    case 'run.resumed':
      history.ended = null;
      return;
    case 'lock.taken':
    case 'lock.releasing':
      history.epoch = record.epoch;
      return;
    case 'step.intent':
      noteAnnounced(history, record.changes);
      intend(history, record);
      return;
    case 'step.retry':
      settleAttempt(history, record, record.receipts);
      history.retries.set(keyOf(record), record.attempt);
      return;
    case 'step.finished':
      settleAttempt(history, record, record.receipts);
      history.retries.delete(keyOf(record));
      history.finished.set(keyOf(record), { outcome: record.outcome, result: record.result });
      return;
    case 'point-of-no-return':
      history.pointOfNoReturn ??= record.task;
      return;
    case 'rollback.started':
      history.rollingBack = true;
      return;
    case 'undo.intent':
      noteAnnounced(history, record.changes);
      history.undoAttempts = Math.max(history.undoAttempts, record.attempt);
      return;
    case 'undo.finished':
      if (record.outcome === 'undone') markUndone(history, record);
      return;
    case 'downtime':
      if (record.edge === 'starts') history.downtimeStartMs ??= record.atMs;
      else history.downtimeEndMs ??= record.atMs;
      return;
    case 'run.finished':
      history.ended = record.outcome;
      return;
    case 'run.cleaned':
      history.cleaned = true;
      return;
    case 'hosts.entered':
      for (const host of record.hosts) history.entered.add(host);
      return;
    case 'hosts.left':
      for (const host of record.hosts) history.entered.delete(host);
      return;
    case 'run.started':
    case 'task.started':
      return;
  }
}

export function keyOf({ task, host, index }: StepKey): string {
  return `${task} ${host} ${index}`;
}

export function findIntended(history: History, key: StepKey): IntendedStep | undefined {
  return history.intended.find((step) => keyOf(step) === keyOf(key));
}

/** Has it looked at anything or announced anything yet? */
export function hasBegun({ finished, intended }: History): boolean {
  return finished.size > 0 || intended.length > 0;
}

/** An end that a resumed run does not begin again. */
export function isPassed({ outcome }: FinishedStep): boolean {
  return ['ok', 'changed', 'skipped', 'ignored'].includes(outcome);
}

export function stillChanged(history: History): readonly IntendedStep[] {
  return history.intended.filter((step) => !step.undone && !neverStarted(step));
}

/** Steps of which nobody can say how they ended. */
export function inDoubt(history: History): readonly IntendedStep[] {
  return stillChanged(history).filter((step) => step.attempts.some(isOpen));
}

/** Not seen to its end: the host may know more. */
export function isOpen({ receipts }: Attempt): boolean {
  if (receipts === null) return true;
  return receipts.some((receipt) => receipt.state === 'running' || receipt.state === 'interrupted');
}

function neverStarted(step: IntendedStep): boolean {
  return step.attempts.every(
    ({ receipts }) => receipts?.every((receipt) => receipt.state === 'never') ?? false,
  );
}

function noteAnnounced({ announced }: History, changes: readonly Announced[]): void {
  for (const { id } of changes) announced.add(id);
}

function intend(history: History, record: Extract<RecordBody, { type: 'step.intent' }>): void {
  const { task, host, index, before, attempt, changes } = record;
  const begun: Attempt = { attempt, before, announced: changes, receipts: null };
  const known = findIntended(history, record);
  if (known !== undefined) known.attempts.push(begun);
  else history.intended.push({ task, host, index, before, attempts: [begun], undone: false });
}

/** The receipts of a step's end belong to its latest attempt; one that announced nothing has none. */
function settleAttempt(history: History, key: StepKey, receipts: readonly Receipt[]): void {
  const latest = findIntended(history, key)?.attempts.at(-1);
  if (latest !== undefined && receipts.length > 0) latest.receipts = receipts;
}

function markUndone(history: History, key: StepKey): void {
  const known = findIntended(history, key);
  if (known !== undefined) known.undone = true;
}
