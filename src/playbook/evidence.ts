import type { Diagnostic } from '../core/diagnostic.js';
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
      if (task.when !== null || task.runOnce) continue;
      for (const kind of task.gives) given.add(`${kind} ${play.hosts}`);
    }
  }
  const final = playbook.plays.flatMap((play) => play.tasks.filter((task) => task.pointOfNoReturn));
  return [...problems, ...final.slice(1).map((task) => second(task, final[0] as CheckedTask))];
}

function missing(play: CheckedPlay, task: CheckedTask, kind: string): Diagnostic {
  return {
    severity: 'error',
    code: 'evidence',
    message: `«${task.name}» needs the proof ${kind}, and no earlier task gives it on ${play.hosts}`,
    help: 'put a task that gives it before this one, without `when` and without `run_once`',
    at: task.at,
  };
}

function second(task: CheckedTask, first: CheckedTask): Diagnostic {
  return {
    severity: 'error',
    code: 'two-points-of-no-return',
    message: `there is a point of no return in line ${first.at.line} already`,
    help: 'keep the first',
    at: task.at,
  };
}
