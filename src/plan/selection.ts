import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { TaskId } from '../core/names.js';
import type { CheckedPlay, CheckedPlaybook, CheckedTask } from '../playbook/checked.js';
import { matcherOf } from './automaton.js';
import { globShape } from './glob.js';
import { isWanted } from './tags.js';

/** What the operator takes out of a playbook, beside its hosts. */
export interface Selection {
  /** `--tags`; empty: all. */
  readonly tags: readonly string[];
  readonly skipTags: readonly string[];
  /** `--start-at-task`: a task's name or id; `*` and `?` stand for what is not typed. */
  readonly startAtTask: string | null;
  /** `--step`: each task is asked for. It takes nothing out, and a `whole` play refuses it. */
  readonly step: boolean;
}

export const EVERYTHING: Selection = { tags: [], skipTags: [], startAtTask: null, step: false };

/** The options in the words of the command line, as far as they are given. */
export function optionsGiven(selection: Selection, limit: string | null): readonly string[] {
  const given: readonly (readonly [string, boolean])[] = [
    ['--limit', limit !== null],
    ['--tags', selection.tags.length > 0],
    ['--skip-tags', selection.skipTags.length > 0],
    ['--start-at-task', selection.startAtTask !== null],
    ['--step', selection.step],
  ];
  return given.flatMap(([option, isGiven]) => (isGiven ? [option] : []));
}

/** The tasks that are left out, each with the option that does it. */
export function selectTasks(
  playbook: CheckedPlaybook,
  selection: Selection,
  problems: Diagnostic[],
): ReadonlyMap<TaskId, string> {
  const all = playbook.plays.flatMap((play) => play.tasks);
  const tags = words(selection.tags);
  const skipTags = words(selection.skipTags);
  refuseUnknown('--tags', tags, all, problems);
  refuseUnknown('--skip-tags', skipTags, all, problems);
  const leftOut = new Map<TaskId, string>();
  const start = startIndex(selection.startAtTask, all, problems);
  for (const [index, task] of all.entries()) {
    if (index < start) leftOut.set(task.id, '--start-at-task');
    else if (!isWanted(task.tags, tags, [])) {
      leftOut.set(task.id, tags.length === 0 ? 'its tag `never`' : '--tags');
    } else if (!isWanted(task.tags, tags, skipTags)) leftOut.set(task.id, '--skip-tags');
  }
  return leftOut;
}

/** Ansible's options may hold several words in one. */
function words(given: readonly string[]): readonly string[] {
  return given.flatMap((one) => one.split(',').map((word) => word.trim())).filter(Boolean);
}

/** A misspelt tag must not pass for a run in which there was nothing to do. */
function refuseUnknown(
  option: string,
  given: readonly string[],
  all: readonly CheckedTask[],
  problems: Diagnostic[],
): void {
  const known = [...new Set(all.flatMap((task) => task.tags))].sort();
  const special = ['all', 'tagged', 'untagged', 'always', 'never'];
  for (const tag of given.filter((one) => !known.includes(one) && !special.includes(one))) {
    const near = closest(tag, known);
    const others = known.length === 0 ? 'no task has a tag' : `there is: ${known.join(', ')}`;
    const help = near === null ? others : `did you mean ${near}?`;
    problems.push(atOption(option, 'unknown-tag', `no task has the tag «${tag}»`, help));
  }
}

function startIndex(
  start: string | null,
  all: readonly CheckedTask[],
  problems: Diagnostic[],
): number {
  if (start === null) return 0;
  const matches = matcherOf(globShape(start)) ?? (() => false);
  const isExact = ({ id, name }: CheckedTask) => id === start || name === start;
  const exact = all.findIndex(isExact);
  const index = exact >= 0 ? exact : all.findIndex(({ id, name }) => matches(name) || matches(id));
  if (index >= 0) return index;
  const near = closest(start, [...all.map(({ name }) => name), ...all.map(({ id }) => id)]);
  const help =
    near === null ? 'the preview lists the tasks with their ids' : `did you mean ${near}?`;
  problems.push(atOption('--start-at-task', 'unknown-task', `no task is called «${start}»`, help));
  return 0;
}

/** A play that concerns the whole cluster is done whole, or not at all. */
export function refuseForWhole(
  play: CheckedPlay,
  options: readonly string[],
  problems: Diagnostic[],
): void {
  if (!play.whole) return;
  for (const option of options) {
    const message = `«${play.name}» concerns the whole cluster and refuses ${option}`;
    const code = `whole-${option.slice(2)}`;
    problems.push({
      severity: 'error',
      code,
      message,
      help: `run it without ${option}`,
      at: play.hostsAt,
    });
  }
}

export function atOption(option: string, code: string, message: string, help: string): Diagnostic {
  return { severity: 'error', code, message, help, at: { file: option, line: 1, column: 1 } };
}
