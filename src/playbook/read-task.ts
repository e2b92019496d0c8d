import { closest } from '../core/closest.js';
import type { Json, JsonObject } from '../core/json.js';
import type { AnyModule, Catalogue } from '../core/module.js';
import type { TaskId } from '../core/names.js';
import { pointerPart } from '../core/yaml.js';
import { checkArguments } from './arguments.js';
import type { CheckedTask, Template, VarDeclaration } from './checked.js';
import { durationMs } from './duration.js';
import { checkExpression, type Expression } from './expression.js';
import { DEFAULT_TIMEOUT_MS, LATER_TASK_KEYWORDS, TASK_KEYWORDS } from './keywords.js';
import type { Names } from './names.js';
import { isMap, type Problems } from './problems.js';
import { expressionsIn, readTemplate } from './template.js';

export interface TaskSurroundings {
  readonly vars: ReadonlyMap<string, VarDeclaration>;
  readonly catalogue: Catalogue;
  readonly names: Names;
  readonly become: boolean;
}

/** One task: its keywords, its one module with checked arguments, its condition. */
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
  const name = problems.text(`${pointer}/name`, body.name, 'a name') ?? `Task ${id}`;
  const module = findModule(problems, pointer, body, around.catalogue);
  const when = readWhen(problems, `${pointer}/when`, body.when, around);
  if (module === null) return null;
  const at = `${pointer}/${pointerPart(module.name)}`;
  const written = body[module.name] ?? {};
  const args = readTemplate(problems.document, at, written, around.names, problems.list);
  checkArguments(problems, at, module, written, args, around.vars);
  const register = readRegister(problems, `${pointer}/register`, body.register);
  return {
    id: id as TaskId,
    name,
    at: problems.document.at(pointer),
    module,
    args,
    writtenArgs: written,
    when,
    register,
    timeoutMs: readTimeout(problems, `${pointer}/timeout`, body.timeout),
    throttle: readThrottle(problems, `${pointer}/throttle`, body.throttle),
    runOnce: problems.flag(`${pointer}/run_once`, body.run_once, '`run_once`', false),
    become: problems.flag(`${pointer}/become`, body.become, '`become`', around.become),
    pointOfNoReturn: problems.flag(
      `${pointer}/point_of_no_return`,
      body.point_of_no_return,
      '`point_of_no_return`',
      false,
    ),
    reads: readsOf(args, when),
    gives: module.gives?.(written) ?? [],
    needs: module.needs?.(written) ?? [],
  };
}

/** The one key of a task that is no keyword names its module. */
function findModule(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  catalogue: Catalogue,
): AnyModule | null {
  const others = Object.keys(body).filter((word) => !TASK_KEYWORDS.includes(word));
  const later = others.filter((word) => LATER_TASK_KEYWORDS.includes(word));
  for (const word of later) problems.notYet(`${pointer}/${word}`, word);
  const named = others.filter((word) => catalogue.has(word));
  const unknown = others.filter((word) => !later.includes(word) && !catalogue.has(word));
  for (const word of unknown) reportUnknown(problems, pointer, word, named.length > 0, catalogue);
  if (named.length > 1) {
    const message = `a task has one module, and this one has ${named.join(' and ')}`;
    problems.atKey(`${pointer}/${named[1]}`, 'two-modules', message, 'make two tasks of it');
  }
  const [only] = named;
  if (only === undefined && unknown.length === 0 && later.length === 0) {
    const help = 'add one: `runback modules` lists them';
    problems.at(pointer, 'no-module', 'the task has no module', help);
  }
  return only === undefined ? null : (catalogue.get(only) ?? null);
}

function reportUnknown(
  problems: Problems,
  pointer: string,
  word: string,
  hasModule: boolean,
  catalogue: Catalogue,
): void {
  const at = `${pointer}/${pointerPart(word)}`;
  const nearKeyword = closest(word, TASK_KEYWORDS);
  if (hasModule || nearKeyword !== null) {
    problems.unknownKeyword(at, word, 'a task', TASK_KEYWORDS);
    return;
  }
  const modules = [...catalogue.keys()].sort();
  const near = closest(word, modules);
  const help = near === null ? `there is: ${modules.join(', ')}` : `did you mean ${near}?`;
  problems.atKey(at, 'unknown-module', `there is no module «${word}»`, help);
}

function readWhen(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
  around: TaskSurroundings,
): Expression | null {
  if (value === undefined) return null;
  if (typeof value !== 'string' && typeof value !== 'boolean') {
    problems.at(pointer, 'wrong-type', '`when` is an expression', 'write it as a text');
    return null;
  }
  const source = String(value).trim();
  if (source.includes('${{')) {
    const help = 'write the bare expression, without ${{ }}';
    problems.at(pointer, 'when-braces', '`when` is an expression already', help);
    return null;
  }
  const place = (offset: number) => problems.document.within(pointer, offset);
  const expression = checkExpression(source, around.names, place);
  if (!expression.ok) {
    problems.list.push(expression.error);
    return null;
  }
  const { type, vars } = expression.value;
  if (type !== 'bool' && type !== 'dyn') {
    const help = 'compare it with something: ==, !=, <, size() > 0';
    problems.at(pointer, 'not-boolean', `\`when\` gives ${type}, not true or false`, help);
  }
  if (vars.some((name) => around.vars.get(name)?.type === 'secret')) {
    problems.at(pointer, 'secret', '`when` reads a secret', 'decide on something else');
  }
  return expression.value;
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
  const isWritten = typeof value === 'string' || typeof value === 'number';
  const timeoutMs = isWritten ? durationMs(value) : null;
  if (timeoutMs !== null && timeoutMs > 0) return timeoutMs;
  problems.at(pointer, 'wrong-value', '`timeout` is not a duration', 'write 90s, 5m or 1h30m');
  return DEFAULT_TIMEOUT_MS;
}

function readThrottle(problems: Problems, pointer: string, value: Json | undefined): number | null {
  if (value === undefined) return null;
  if (typeof value === 'number' && Number.isInteger(value) && value > 0) return value;
  const message = '`throttle` is not a number of hosts';
  problems.at(pointer, 'wrong-value', message, 'write 1 for one host after another');
  return null;
}

function readsOf(args: Template, when: Expression | null): readonly string[] {
  const all = [...expressionsIn(args), ...(when === null ? [] : [when])];
  return [...new Set(all.flatMap((expression) => expression.registers))];
}
