import type { Json, JsonObject } from '../core/json.js';
import type { Catalogue } from '../core/module.js';
import { pointerPart } from '../core/yaml.js';
import type { CheckedPlay, CheckedTask, VarDeclaration } from './checked.js';
import { LATER_PLAY_KEYWORDS, PLAY_KEYWORDS } from './keywords.js';
import { namesFor } from './names.js';
import { isMap, type Problems } from './problems.js';
import { readTask } from './read-task.js';
import type { RegisterType } from './typed-names.js';

/** The plays in order. Registers are known from the task after the one that registers them. */
export function readPlays(
  problems: Problems,
  value: Json | undefined,
  vars: ReadonlyMap<string, VarDeclaration>,
  catalogue: Catalogue,
): readonly CheckedPlay[] {
  if (!Array.isArray(value) || value.length === 0) {
    const help = 'add `plays:` with at least one play';
    problems.at('/plays', 'shape', 'the playbook has no plays', help);
    return [];
  }
  const later = registerLines(problems, value);
  const registers: RegisterType[] = [];
  return value.flatMap((body: Json, index) => {
    const pointer = `/plays/${index}`;
    if (!isMap(body)) {
      problems.at(pointer, 'shape', 'a play is a map', 'begin it with `- name:`');
      return [];
    }
    return [readPlay(problems, pointer, index + 1, body, { vars, catalogue, registers, later })];
  });
}

interface Known {
  readonly vars: ReadonlyMap<string, VarDeclaration>;
  readonly catalogue: Catalogue;
  /** Grows with each task that registers. */
  readonly registers: RegisterType[];
  readonly later: Map<string, number>;
}

function readPlay(
  problems: Problems,
  pointer: string,
  number: number,
  body: JsonObject,
  known: Known,
): CheckedPlay {
  for (const word of Object.keys(body).filter((one) => !PLAY_KEYWORDS.includes(one))) {
    const at = `${pointer}/${pointerPart(word)}`;
    if (LATER_PLAY_KEYWORDS.includes(word)) problems.notYet(at, word);
    else problems.unknownKeyword(at, word, 'a play', PLAY_KEYWORDS);
  }
  const hosts = problems.text(`${pointer}/hosts`, body.hosts, '`hosts`');
  if (body.hosts === undefined) {
    problems.at(pointer, 'missing-hosts', 'the play has no hosts', 'add `hosts: etcd`');
  } else if (hosts?.includes('${{') === true) {
    const message = '`hosts` cannot use an expression: it must be known before any host is';
    problems.at(`${pointer}/hosts`, 'hosts-expression', message, 'name a group');
  }
  const become = problems.flag(`${pointer}/become`, body.become, '`become`', false);
  const whole = problems.flag(`${pointer}/whole`, body.whole, '`whole`', false);
  if (whole && !become) {
    const help = 'add `become: true`';
    problems.atKey(`${pointer}/whole`, 'whole-become', 'a `whole` play must become root', help);
  }
  return {
    id: String(number),
    name: problems.text(`${pointer}/name`, body.name, 'a name') ?? `Play ${number}`,
    hosts: hosts ?? 'all',
    hostsAt: problems.document.at(`${pointer}/hosts`),
    become,
    whole,
    onFailure: readOnFailure(problems, `${pointer}/on_failure`, body.on_failure),
    tasks: readTasks(problems, pointer, number, body.tasks, become, known),
  };
}

function readTasks(
  problems: Problems,
  play: string,
  number: number,
  value: Json | undefined,
  become: boolean,
  known: Known,
): readonly CheckedTask[] {
  if (!Array.isArray(value) || value.length === 0) {
    problems.at(play, 'no-tasks', 'the play has no tasks', 'add `tasks:` with at least one task');
    return [];
  }
  return value.flatMap((body: Json, index) => {
    const pointer = `${play}/tasks/${index}`;
    const names = namesFor(known.vars, known.registers, known.later);
    const id = `${number}.${index + 1}`;
    const task = readTask(problems, pointer, id, body, { ...known, names, become });
    const register = isMap(body) && typeof body.register === 'string' ? body.register : null;
    if (register !== null) known.later.delete(register);
    if (register === null) return task === null ? [] : [task];
    if (known.registers.some((one) => one.name === register)) {
      const message = `another task registers ${register} already`;
      const help = 'give each register a name of its own';
      problems.at(`${pointer}/register`, 'register-twice', message, help);
    }
    known.registers.push({ name: register, result: task?.module.result ?? null });
    return task === null ? [] : [task];
  });
}

function readOnFailure(
  problems: Problems,
  pointer: string,
  value: Json | undefined,
): 'rollback' | 'stop' {
  if (value === undefined || value === 'rollback') return 'rollback';
  if (value === 'stop') return 'stop';
  problems.at(pointer, 'wrong-value', '`on_failure` is rollback or stop', 'write one of the two');
  return 'rollback';
}

/** Every register of the playbook with its line: what is used too early is told apart from a misspelling. */
function registerLines(problems: Problems, plays: readonly Json[]): Map<string, number> {
  const lines = new Map<string, number>();
  for (const [playIndex, play] of plays.entries()) {
    if (!isMap(play) || !Array.isArray(play.tasks)) continue;
    for (const [taskIndex, task] of (play.tasks as readonly Json[]).entries()) {
      if (!isMap(task) || typeof task.register !== 'string') continue;
      const pointer = `/plays/${playIndex}/tasks/${taskIndex}/register`;
      lines.set(task.register, problems.document.at(pointer).line);
    }
  }
  return lines;
}
