import type { Diagnostic } from '../core/diagnostic.js';
import { type EvidenceKind, isOfCluster } from '../core/evidence.js';
import { placeText } from '../core/position.js';
import type { CheckedPlay, CheckedPlaybook, CheckedTask } from './checked.js';

/**
 * A task that needs a proof must stand behind one that gives it, without a condition, on the same hosts or
 * for the whole cluster. There is one point of no return at most.
 */
export function evidenceProblems(playbook: CheckedPlaybook): readonly Diagnostic[] {
  const before: PlacedTask[] = [];
  const problems: Diagnostic[] = [];
  for (const play of playbook.plays) {
    for (const task of play.tasks) {
      for (const kind of task.needs) {
        const isGiven = before.some((giver) => provesFor(play, giver, kind));
        if (!isGiven) problems.push(missing(play, task, kind));
      }
      before.push({ play, task });
    }
  }
  const final = playbook.plays.flatMap((play) => play.tasks.filter((task) => task.pointOfNoReturn));
  return [...problems, ...final.slice(1).map((task) => second(task, final[0] as CheckedTask))];
}

export interface PlacedTask {
  readonly play: CheckedPlay;
  readonly task: CheckedTask;
}

/** Does the task give the proof that a task of this play needs? */
export function provesFor(play: CheckedPlay, giver: PlacedTask, kind: EvidenceKind): boolean {
  const isForIts = giver.play.hosts === play.hosts || (isOfCluster(kind) && giver.play.whole);
  return isForIts && provedBy(giver.task).includes(kind);
}

/** A proof for some hosts is none: a task that may be skipped, done elsewhere or fail gives nothing. */
export function provedBy(task: CheckedTask): readonly EvidenceKind[] {
  const isForAll = task.when.length === 0 && task.loop === null && task.delegate === null;
  const mayFail = task.ignoreErrors || task.ignoreUnreachable;
  return isForAll && !task.runOnce && !mayFail ? task.gives : [];
}

function missing(play: CheckedPlay, task: CheckedTask, kind: EvidenceKind): Diagnostic {
  const where = isOfCluster(kind) ? 'in a `whole` play' : `on ${play.hosts}`;
  return {
    severity: 'error',
    code: 'evidence',
    message: `«${task.name}» needs the proof ${kind}, and no earlier task gives it ${where}`,
    help: 'put a task that gives it before this one, without `when`, `loop`, `run_once`, `delegate_to` and `ignore_errors`',
    at: task.at,
  };
}

function second(task: CheckedTask, first: CheckedTask): Diagnostic {
  return {
    severity: 'error',
    code: 'two-points-of-no-return',
    message: `there is a point of no return in ${placeText(first.at)} already`,
    help: 'keep the first',
    at: task.at,
  };
}
