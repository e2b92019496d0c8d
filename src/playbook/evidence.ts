import type { Diagnostic } from '../core/diagnostic.js';
import type { EvidenceKind } from '../core/evidence.js';
import { placeText } from '../core/position.js';
import type { CheckedPlay, CheckedPlaybook, CheckedTask } from './checked.js';

/**
 * A task that needs a proof must stand behind one that gives it on the same hosts, without a condition.
 * There is one point of no return at most.
 */
export function evidenceProblems(playbook: CheckedPlaybook): readonly Diagnostic[] {
  const given = new Set<string>();
  const problems: Diagnostic[] = [];
  for (const play of playbook.plays) {
    for (const task of play.tasks) {
      for (const kind of task.needs) {
        if (!given.has(`${kind} ${play.hosts}`)) problems.push(missing(play, task, kind));
      }
      for (const kind of provedBy(task)) given.add(`${kind} ${play.hosts}`);
    }
  }
  const final = playbook.plays.flatMap((play) => play.tasks.filter((task) => task.pointOfNoReturn));
  return [...problems, ...final.slice(1).map((task) => second(task, final[0] as CheckedTask))];
}

/** A proof for some hosts is none: a task that may be skipped, done elsewhere or fail gives nothing. */
export function provedBy(task: CheckedTask): readonly EvidenceKind[] {
  const isForAll = task.when.length === 0 && task.loop === null && task.delegate === null;
  return isForAll && !task.runOnce && !task.ignoreErrors ? task.gives : [];
}

function missing(play: CheckedPlay, task: CheckedTask, kind: string): Diagnostic {
  return {
    severity: 'error',
    code: 'evidence',
    message: `«${task.name}» needs the proof ${kind}, and no earlier task gives it on ${play.hosts}`,
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
