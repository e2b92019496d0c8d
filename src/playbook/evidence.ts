import type { CheckedPlay } from './checked.js';
import type { Problems } from './problems.js';

/** A task that needs evidence must stand behind one that gives it, on the same hosts, without a condition. */
export function checkEvidence(plays: readonly CheckedPlay[], problems: Problems): void {
  const given = new Set<string>();
  let pointOfNoReturn: number | null = null;
  for (const play of plays) {
    for (const task of play.tasks) {
      for (const kind of task.needs) {
        if (given.has(`${kind} ${play.hosts}`)) continue;
        problems.list.push({
          severity: 'error',
          code: 'evidence',
          message: `«${task.name}» needs the proof ${kind}, and no earlier task gives it on ${play.hosts}`,
          help: 'put a task that gives it before this one, without `when` and without `run_once`',
          at: task.at,
        });
      }
      const isForAll = task.when === null && !task.runOnce;
      if (isForAll) for (const kind of task.gives) given.add(`${kind} ${play.hosts}`);
      if (!task.pointOfNoReturn) continue;
      if (pointOfNoReturn !== null) {
        problems.list.push({
          severity: 'error',
          code: 'two-points-of-no-return',
          message: `there is a point of no return in line ${pointOfNoReturn} already`,
          help: 'keep the first',
          at: task.at,
        });
      }
      pointOfNoReturn ??= task.at.line;
    }
  }
}
