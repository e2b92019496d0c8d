import type { JsonObject } from '../core/json.js';
import type { AnyModule } from '../core/module.js';
import type { Judgement, VarDeclaration } from './checked.js';
import { readConditions } from './conditions.js';
import { DEFAULT_DELAY_MS, DEFAULT_RETRIES } from './keywords.js';
import type { Names } from './names.js';
import type { Problems } from './problems.js';

/** `until`, `changed_when` and `failed_when`: they read the record that the task has just given. */
export function readJudgement(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  module: AnyModule,
  names: Names,
  vars: ReadonlyMap<string, VarDeclaration>,
): Judgement {
  const read = (word: string) =>
    readConditions(problems, `${pointer}/${word}`, word, body[word], names, vars);
  for (const word of ['changed_when', 'failed_when']) {
    if (!(word in body) || givesExitCode(module)) continue;
    const help = 'it is for modules that give an exit code; put an `assert` behind this task';
    const message = `${module.name} knows by itself, and takes no \`${word}\``;
    problems.atKey(`${pointer}/${word}`, 'judges-itself', message, help);
  }
  const failedWhen = read('failed_when');
  const until = read('until');
  return {
    changedWhen: read('changed_when'),
    failedWhen,
    until,
    anyExitCode: givesExitCode(module) && (failedWhen !== null || until !== null),
  };
}

export function isJudged(body: JsonObject): boolean {
  return ['until', 'changed_when', 'failed_when'].some((word) => word in body);
}

export interface Retrying {
  readonly attemptsMax: number;
  readonly delayMs: number;
}

/** As in Ansible: `retries: 3` is up to four attempts, and `until` alone stands for three retries. */
export function readRetrying(problems: Problems, pointer: string, body: JsonObject): Retrying {
  const { until, retries, delay } = body;
  const count = countOf(problems, `${pointer}/retries`, body);
  if (delay === undefined) return { attemptsMax: count + 1, delayMs: DEFAULT_DELAY_MS };
  if (until === undefined && retries === undefined) {
    const help = 'add `retries` or `until`, or leave it out';
    problems.atKey(`${pointer}/delay`, 'no-effect', '`delay` delays nothing here', help);
  }
  const delayMs = problems.durationMs(`${pointer}/delay`, delay, '`delay`', 0);
  return { attemptsMax: count + 1, delayMs: delayMs ?? DEFAULT_DELAY_MS };
}

function countOf(problems: Problems, pointer: string, { until, retries }: JsonObject): number {
  if (retries === undefined) return until === undefined ? 0 : DEFAULT_RETRIES;
  const help = 'write how often it is tried again';
  return problems.count(pointer, retries, '`retries`', 0, help) ?? 0;
}

/** Does its result tell how a program ended? Only then is there anything to judge otherwise. */
function givesExitCode(module: AnyModule): boolean {
  return 'rc' in ((module.result as { properties?: object }).properties ?? {});
}
