import type { Json, JsonObject } from '../core/json.js';
import type { AnyModule, Catalogue } from '../core/module.js';
import type { TaskId } from '../core/names.js';
import { pointerPart } from '../core/yaml.js';
import { checkArguments } from './arguments.js';
import type { CheckedTask, Judgement, Template, VarDeclaration } from './checked.js';
import { readConditions } from './conditions.js';
import type { Expression } from './expression.js';
import { ANSIBLE_WORDS, DEFAULT_TIMEOUT_MS, TASK_KEYWORDS } from './keywords.js';
import { type Fields, type Names, type OwnRecord, withItem } from './names.js';
import { isMap, meant, type Problems } from './problems.js';
import { readDelegate } from './read-delegate.js';
import { readEnvironment } from './read-environment.js';
import { isJudged, readJudgement, readRetrying } from './read-judgement.js';
import { readLoop } from './read-loop.js';
import { argumentsAsWritten, findModule } from './read-module.js';
import { readTags } from './read-tags.js';
import { expressionsIn, readTemplate } from './template.js';

export interface TaskSurroundings {
  readonly vars: ReadonlyMap<string, VarDeclaration>;
  readonly catalogue: Catalogue;
  readonly names: Names;
  /** The names of `until`, `changed_when` and `failed_when`. */
  namesForJudging(own: OwnRecord): Names;
  readonly play: PlayDefaults;
}

/** What a play says for all of its tasks. */
export interface PlayDefaults {
  readonly become: boolean;
  readonly ignoreUnreachable: boolean;
  readonly when: readonly Expression[];
  readonly tags: readonly string[];
  readonly environment: ReadonlyMap<string, Template>;
}

/** One task: its keywords, its one module with checked arguments, its conditions. */
export function readTask(
  problems: Problems,
  pointer: string,
  id: string,
  body: Json,
  around: TaskSurroundings,
): CheckedTask | null {
  if (!isMap(body)) {
    problems.at(pointer, 'shape', 'a task is a map', 'begin it with `- name:`');
    return null;
  }
  const { vars, play } = around;
  const module = findModule(problems, pointer, body, around.catalogue);
  const loop = readLoop(problems, `${pointer}/loop`, body.loop, around.names, vars);
  const item = loop?.item ?? (isMeantAsLoop(body) ? 'dyn' : null);
  const names = item === null ? around.names : withItem(around.names, item);
  const at = (word: string) => `${pointer}/${word}`;
  const when = readConditions(problems, at('when'), 'when', body.when, names, vars) ?? [];
  const environment = readEnvironment(problems, at('environment'), body.environment, names, vars);
  const common = {
    id: id as TaskId,
    name: problems.text(at('name'), body.name, 'a name') ?? `Task ${id}`,
    at: problems.document.at(pointer),
    when: [...play.when, ...when],
    loop: loop?.loop ?? null,
    environment: new Map([...play.environment, ...environment]),
    ...readRetrying(problems, pointer, body),
    tags: [...new Set([...play.tags, ...readTags(problems, at('tags'), body.tags)])],
    register: readRegister(problems, at('register'), body.register),
    timeoutMs: readTimeout(problems, at('timeout'), body.timeout),
    throttle: readThrottle(problems, at('throttle'), body.throttle),
    ...readFlags(problems, pointer, body, play),
  };
  if (module === null) return null;
  if (module.readOnly && environment.size > 0) {
    const message = `${module.name} runs no program that could read the environment`;
    problems.atKey(at('environment'), 'no-effect', message, 'leave it out');
  }
  const { args, writtenArgs } = readArguments(problems, pointer, body, module, names, vars);
  const task: Omit<CheckedTask, 'reads'> = {
    ...common,
    module,
    args,
    writtenArgs,
    delegate: readDelegate(problems, at('delegate_to'), body.delegate_to, module, vars),
    judgement: judgementOf(problems, pointer, body, module, common.register, item, around),
    gives: module.gives?.(writtenArgs) ?? [],
    needs: module.needs?.(writtenArgs) ?? [],
  };
  return { ...task, reads: readsOf(task) };
}

/** `lop:` and `with_items:` are told once, where they stand: `item` is not one more mistake. */
export function isMeantAsLoop(body: JsonObject): boolean {
  const isAnsible = Object.keys(body).some(
    (word) => /^with_/.test(word) && ANSIBLE_WORDS.has(word),
  );
  return isAnsible || meant(body, 'loop', TASK_KEYWORDS) !== undefined;
}

function readArguments(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  module: AnyModule,
  names: Names,
  vars: ReadonlyMap<string, VarDeclaration>,
): { readonly args: Template; readonly writtenArgs: Json } {
  const at = `${pointer}/${pointerPart(module.name)}`;
  const written = argumentsAsWritten(problems, pointer, body, module);
  const { document } = written.problems;
  const args = readTemplate(document, at, written.value, names, problems.list);
  checkArguments(written.problems, at, module, written.value, args, vars);
  return { args, writtenArgs: written.value };
}

const NOTHING_JUDGED: Judgement = {
  changedWhen: null,
  failedWhen: null,
  until: null,
  anyExitCode: false,
};

function judgementOf(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  module: AnyModule,
  register: string | null,
  item: string | Fields | null,
  around: TaskSurroundings,
): Judgement {
  if (!isJudged(body)) return NOTHING_JUDGED;
  const names = around.namesForJudging({ register, result: module.result });
  const own = item === null ? names : withItem(names, item);
  return readJudgement(problems, pointer, body, module, own, around.vars);
}

function readFlags(problems: Problems, pointer: string, body: JsonObject, play: PlayDefaults) {
  const flag = (word: string, fallback = false) =>
    problems.flag(`${pointer}/${word}`, body[word], `\`${word}\``, fallback);
  return {
    runOnce: flag('run_once'),
    become: flag('become', play.become),
    pointOfNoReturn: flag('point_of_no_return'),
    ignoreErrors: flag('ignore_errors'),
    ignoreUnreachable: flag('ignore_unreachable', play.ignoreUnreachable),
    noLog: flag('no_log'),
  };
}

function readRegister(problems: Problems, pointer: string, value: Json | undefined): string | null {
  const name = problems.text(pointer, value, '`register`');
  if (name === null || /^[a-z][a-z0-9_]*$/.test(name)) return name;
  const help = 'use small letters, digits and underscores, a letter first';
  problems.at(pointer, 'register-name', `«${name}» is not a name for a register`, help);
  return null;
}

function readTimeout(problems: Problems, pointer: string, value: Json | undefined): number {
  if (value === undefined) return DEFAULT_TIMEOUT_MS;
  return problems.durationMs(pointer, value, '`timeout`', 1) ?? DEFAULT_TIMEOUT_MS;
}

function readThrottle(problems: Problems, pointer: string, value: Json | undefined): number | null {
  if (value === undefined) return null;
  return problems.count(pointer, value, '`throttle`', 1, 'write 1 for one host after another');
}

/** Every register that must be there before a step of the task can be begun. */
function readsOf(task: Omit<CheckedTask, 'reads'>): readonly string[] {
  const { args, when, loop, environment, judgement, register } = task;
  const { changedWhen, failedWhen, until } = judgement;
  const all = [
    ...expressionsIn(args),
    ...when,
    ...(loop === null ? [] : expressionsIn(loop.over)),
    ...[...environment.values()].flatMap(expressionsIn),
    ...[changedWhen, failedWhen, until].flatMap((one) => one ?? []),
  ];
  const names = all.flatMap((expression) => expression.registers);
  return [...new Set(names)].filter((name) => name !== register);
}
