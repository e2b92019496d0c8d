import type { JsonObject } from '../core/json.js';
import type { CheckedPlay, CheckedTask } from './checked.js';
import type { Problems } from './problems.js';

/** What cannot stand together in one play, each at the word that is too much. */
export function checkPlay(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  play: CheckedPlay,
): void {
  const partial = wordsThatPart(body, play);
  if (play.whole) {
    for (const task of play.tasks.filter(
      (one) => one.ignoreUnreachable && !play.ignoreUnreachable,
    )) {
      const at = `${pointer}/tasks/${indexOf(task)}/ignore_unreachable`;
      problems.atKey(at, 'whole-parted', parted('ignore_unreachable'), 'leave one of the two out');
    }
    for (const word of partial) {
      const at = `${pointer}/${word}`;
      problems.atKey(at, 'whole-parted', parted(word), 'leave one of the two out');
    }
    return;
  }
  for (const task of play.tasks) {
    const at = `${pointer}/tasks/${indexOf(task)}`;
    const word = partial[0] ?? (task.ignoreUnreachable ? 'ignore_unreachable' : undefined);
    if (word !== undefined) refuseInPart(problems, at, task, word);
    if (play.strategy === 'free') refuseInFree(problems, at, task);
  }
}

function parted(word: string): string {
  return `a \`whole\` play takes all of its hosts together, and \`${word}\` parts them`;
}

/** Where hosts go on without each other nothing can be said or decided for all of them. */
function wordsThatPart(body: JsonObject, play: CheckedPlay): readonly string[] {
  const { serial, strategy, anyErrorsFatal } = play;
  return [
    ...(serial.length > 0 ? ['serial'] : []),
    ...(strategy === 'free' ? ['strategy'] : []),
    ...(!anyErrorsFatal && body.any_errors_fatal === false ? ['any_errors_fatal'] : []),
    ...(play.maxFailPercentage !== null ? ['max_fail_percentage'] : []),
    ...(play.ignoreUnreachable ? ['ignore_unreachable'] : []),
  ];
}

function refuseInPart(problems: Problems, at: string, task: CheckedTask, word: string): void {
  if (task.pointOfNoReturn) {
    const message = `the point of no return is one for all hosts, and \`${word}\` parts them`;
    const help = 'give it a play of its own';
    problems.atKey(`${at}/point_of_no_return`, 'no-return-in-part', message, help);
  }
  const [kind] = [...task.needs, ...task.gives];
  if (kind === undefined) return;
  const verb = task.needs.length > 0 ? 'needs' : 'gives';
  const message = `«${task.name}» ${verb} the proof ${kind} for all hosts, and \`${word}\` parts them`;
  problems.at(at, 'evidence-in-part', message, 'give it a play without that word');
}

function refuseInFree(problems: Problems, at: string, task: CheckedTask): void {
  const message = (what: string) =>
    `${what} in a play with \`strategy: free\`, where no task is a barrier`;
  const help = 'give it a play of its own, with `strategy: linear`';
  if (task.runOnce) {
    problems.atKey(
      `${at}/run_once`,
      'not-in-free',
      message('`run_once` does not speak for all'),
      help,
    );
  }
  if (task.throttle !== null) {
    problems.atKey(`${at}/throttle`, 'not-in-free', message('`throttle` counts nothing'), help);
  }
  if (task.module.place === 'controller') {
    const what = `${task.module.name} runs once on this machine, which cannot be`;
    problems.at(at, 'not-in-free', message(what), help);
  }
}

function indexOf(task: CheckedTask): number {
  return Number(task.id.slice(task.id.indexOf('.') + 1)) - 1;
}
