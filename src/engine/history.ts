import type { Json, JsonObject } from '../core/json.js';
import type { HostName, TaskId } from '../core/names.js';
import type { StepOutcome } from '../core/outcome.js';
import type { Receipt } from '../core/receipt.js';
import type { Announced, RecordBody } from '../core/record.js';

/** One step that announced changes: what undo needs to know of it. */
export interface IntendedStep {
  readonly task: TaskId;
  readonly host: HostName;
  /** From the FIRST intent: a later probe of a half-made change must never become the way back. */
  readonly before: Json;
  announced: readonly Announced[];
  /** Null while nobody has seen how it ended. */
  receipts: readonly Receipt[] | null;
  undone: boolean;
}

/** What has happened in a run, as a fold over its records: the same live and read back from the disk. */
export interface History {
  readonly intended: IntendedStep[];
  readonly results: Map<TaskId, Map<HostName, FinishedStep>>;
  epoch: number;
  pointOfNoReturn: TaskId | null;
  rollingBack: boolean;
  undoAttempts: number;
  downtimeStartMs: number | null;
  downtimeEndMs: number | null;
  finished: boolean;
}

export interface FinishedStep {
  readonly outcome: StepOutcome;
  readonly result: JsonObject | null;
}

export function emptyHistory(): History {
  return {
    intended: [],
    results: new Map(),
    epoch: 0,
    pointOfNoReturn: null,
    rollingBack: false,
    undoAttempts: 0,
    downtimeStartMs: null,
    downtimeEndMs: null,
    finished: false,
  };
}

export function readHistory(records: readonly RecordBody[]): History {
  const history = emptyHistory();
  for (const record of records) applyRecord(history, record);
  return history;
}

export function applyRecord(history: History, record: RecordBody): void {
  switch (record.type) {
    case 'lock.taken':
      history.epoch = record.epoch;
      return;
    case 'step.intent':
      intend(history, record);
      return;
    case 'step.finished':
      finish(history, record);
      return;
    case 'point-of-no-return':
      history.pointOfNoReturn ??= record.task;
      return;
    case 'rollback.started':
      history.rollingBack = true;
      return;
    case 'undo.intent':
      history.undoAttempts = Math.max(history.undoAttempts, record.attempt);
      return;
    case 'undo.finished':
      if (record.outcome === 'undone') markUndone(history, record.task, record.host);
      return;
    case 'downtime':
      if (record.edge === 'starts') history.downtimeStartMs ??= record.atMs;
      else history.downtimeEndMs ??= record.atMs;
      return;
    case 'run.finished':
      history.finished = true;
      return;
    case 'run.started':
    case 'task.started':
      return;
  }
}

export function findIntended(
  history: History,
  task: TaskId,
  host: HostName,
): IntendedStep | undefined {
  return history.intended.find((step) => step.task === task && step.host === host);
}

export function stillChanged(history: History): readonly IntendedStep[] {
  return history.intended.filter((step) => !step.undone && !neverStarted(step));
}

function neverStarted(step: IntendedStep): boolean {
  return step.receipts?.every((receipt) => receipt.state === 'never') ?? false;
}

function intend(history: History, record: Extract<RecordBody, { type: 'step.intent' }>): void {
  const known = findIntended(history, record.task, record.host);
  if (known === undefined) {
    history.intended.push({
      task: record.task,
      host: record.host,
      before: record.before,
      announced: record.changes,
      receipts: null,
      undone: false,
    });
    return;
  }
  known.announced = [...known.announced, ...record.changes];
  known.receipts = null;
}

function finish(history: History, record: Extract<RecordBody, { type: 'step.finished' }>): void {
  const known = findIntended(history, record.task, record.host);
  if (known !== undefined && record.receipts.length > 0) known.receipts = record.receipts;
  const ofTask = history.results.get(record.task) ?? new Map<HostName, FinishedStep>();
  ofTask.set(record.host, { outcome: record.outcome, result: record.result });
  history.results.set(record.task, ofTask);
}

function markUndone(history: History, task: TaskId, host: HostName): void {
  const known = findIntended(history, task, host);
  if (known !== undefined) known.undone = true;
}
