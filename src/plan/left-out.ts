import type { Diagnostic } from '../core/diagnostic.js';
import type { CheckedPlay, CheckedPlaybook, CheckedTask } from '../playbook/checked.js';
import { type PlacedTask, provesFor } from '../playbook/evidence.js';

/** Why a task is not done in this run: the option; null when it is. */
export type LeftOut = (play: CheckedPlay, task: CheckedTask) => string | null;

/** A task that is left in cannot do without what a task that is left out would have given. */
export function leftOutProblems(
  playbook: CheckedPlaybook,
  leftOut: LeftOut,
): readonly Diagnostic[] {
  const placed = playbook.plays.flatMap((play) => play.tasks.map((task) => ({ play, task })));
  return placed.flatMap((one, index) => {
    if (leftOut(one.play, one.task) !== null) return [];
    const before = placed.slice(0, index);
    return [...registersMissing(one, before, leftOut), ...proofsMissing(one, before, leftOut)];
  });
}

function registersMissing(
  { task }: PlacedTask,
  before: readonly PlacedTask[],
  leftOut: LeftOut,
): readonly Diagnostic[] {
  return task.reads.flatMap((register) => {
    const giver = before.find((one) => one.task.register === register);
    const option = giver === undefined ? null : leftOut(giver.play, giver.task);
    if (giver === undefined || option === null) return [];
    const what = `reads results.${register} of «${giver.task.name}»`;
    return [missing('register-left-out', task, giver.task, what, option)];
  });
}

function proofsMissing(
  { play, task }: PlacedTask,
  before: readonly PlacedTask[],
  leftOut: LeftOut,
): readonly Diagnostic[] {
  return task.needs.flatMap((kind) => {
    const givers = before.filter((one) => provesFor(play, one, kind));
    const options = givers.map((one) => leftOut(one.play, one.task));
    const last = givers.at(-1);
    const option = options.at(-1);
    if (last === undefined || option == null || options.includes(null)) return [];
    const what = `needs the proof ${kind} of «${last.task.name}»`;
    return [missing('evidence-left-out', task, last.task, what, option)];
  });
}

function missing(
  code: string,
  task: CheckedTask,
  giver: CheckedTask,
  what: string,
  option: string,
): Diagnostic {
  const message = `«${task.name}» ${what} (${giver.id}), which ${option} leaves out`;
  const help = `leave ${task.id} out as well, or take ${giver.id} in`;
  return { severity: 'error', code, message, help, at: task.at };
}
