import { sha256 } from '../core/hash.js';
import { canonical } from '../core/json.js';
import type { ChangeId, HostName, RunId, TaskId } from '../core/names.js';

export interface ChangePlace {
  readonly run: RunId;
  readonly direction: 'do' | 'undo';
  readonly task: TaskId;
  readonly host: HostName;
  /** Which item of a loop. */
  readonly item: number;
  /** Which change of the step. */
  readonly index: number;
  readonly attempt: number;
}

/** The same change of the same run has the same id on every controller; a retry has a new one. */
export function changeId(place: ChangePlace): ChangeId {
  return sha256(canonical({ ...place })).slice(0, 32) as ChangeId;
}
