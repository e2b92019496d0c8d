import type { Json, JsonObject } from '../core/json.js';
import type { Catalogue } from '../core/module.js';
import type { Position } from '../core/position.js';
import { pointerPart } from '../core/yaml.js';
import { type Chapter, chaptersIn } from './chapters.js';
import type { CheckedPlay, CheckedTask, VarDeclaration } from './checked.js';
import { readConditions } from './conditions.js';
import {
  IMPORT_KEYWORDS,
  LATER_PLAY_KEYWORDS,
  PLAY_KEYWORDS,
  TASK_KEYWORDS,
  TOP_KEYWORDS,
} from './keywords.js';
import { type Names, namesFor, namesForJudging, type OwnRecord } from './names.js';
import { checkPlay } from './play-rules.js';
import { isMap, meant, type Problems } from './problems.js';
import { readCourse } from './read-batches.js';
import { readEnvironment } from './read-environment.js';
import { readTags } from './read-tags.js';
import { isMeantAsLoop, type PlayDefaults, readTask } from './read-task.js';
import type { RegisterType } from './typed-names.js';

/** The plays in order, imported ones in their place. Registers are known behind the task that registers them. */
export function readPlays(
  chapter: Chapter,
  vars: ReadonlyMap<string, VarDeclaration>,
  catalogue: Catalogue,
): readonly CheckedPlay[] {
  const known = new Known(vars, catalogue, registerPlaces(chapter));
  const nothing = { become: false, ignoreUnreachable: false, environment: new Map() };
  return playsOf(chapter, known, { ...nothing, when: [], tags: [] });
}

/** What is known at one place of the playbook; it grows with each task that registers. */
class Known {
  playsSoFar = 0;
  readonly #registers: RegisterType[] = [];
  #names: Names | null = null;

  constructor(
    readonly vars: ReadonlyMap<string, VarDeclaration>,
    readonly catalogue: Catalogue,
    readonly later: Map<string, Position>,
  ) {}

  /** Made anew only when a register has joined: most tasks have none. */
  get names(): Names {
    this.#names ??= namesFor(this.vars, this.#registers, this.later);
    return this.#names;
  }

  namesForJudging(own: OwnRecord): Names {
    return namesForJudging(this.vars, this.#registers, this.later, own);
  }

  /** False when the name is taken. */
  add(register: RegisterType): boolean {
    if (this.#registers.some((one) => one.name === register.name)) return false;
    this.later.delete(register.name);
    this.#registers.push(register);
    this.#names = null;
    return true;
  }
}

function playsOf(
  { problems, value, imports }: Chapter,
  known: Known,
  above: PlayDefaults,
): readonly CheckedPlay[] {
  const { plays } = value;
  if (plays === undefined && meant(value, 'plays', TOP_KEYWORDS) !== undefined) return [];
  if (!Array.isArray(plays) || plays.length === 0) {
    const help = 'add `plays:` with at least one play';
    problems.at('/plays', 'shape', 'the playbook has no plays', help);
    return [];
  }
  return plays.flatMap((body: Json, index) => {
    const pointer = `/plays/${index}`;
    if (!isMap(body)) {
      problems.at(pointer, 'shape', 'a play is a map', 'begin it with `- name:`');
      return [];
    }
    if (body.import === undefined) return [readPlay(problems, pointer, body, known, above)];
    const defaults = readImport(problems, pointer, body, known, above);
    const imported = imports.get(index);
    return imported === undefined ? [] : playsOf(imported, known, defaults);
  });
}

/** What stands beside `import` holds for all of the imported plays. */
function readImport(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  known: Known,
  above: PlayDefaults,
): PlayDefaults {
  for (const word of Object.keys(body).filter((one) => !IMPORT_KEYWORDS.includes(one))) {
    const at = `${pointer}/${pointerPart(word)}`;
    if (!PLAY_KEYWORDS.includes(word))
      problems.unknownKeyword(at, word, 'an import', IMPORT_KEYWORDS);
    else {
      const help = `beside \`import\` there may be: ${IMPORT_KEYWORDS.join(', ')}`;
      problems.atKey(at, 'beside-import', `the imported plays have \`${word}\` of their own`, help);
    }
  }
  problems.text(`${pointer}/name`, body.name, 'a name');
  return { ...above, ...selectionOf(problems, pointer, body, known, above) };
}

/** `when` and `tags` are handed down: all conditions must hold, all tags count. */
function selectionOf(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  { names, vars }: Known,
  above: PlayDefaults,
): Pick<PlayDefaults, 'when' | 'tags'> {
  const when = readConditions(problems, `${pointer}/when`, 'when', body.when, names, vars) ?? [];
  const tags = readTags(problems, `${pointer}/tags`, body.tags);
  return { when: [...above.when, ...when], tags: [...above.tags, ...tags] };
}

function readPlay(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  known: Known,
  above: PlayDefaults,
): CheckedPlay {
  const number = ++known.playsSoFar;
  for (const word of Object.keys(body).filter((one) => !PLAY_KEYWORDS.includes(one))) {
    const at = `${pointer}/${pointerPart(word)}`;
    if (LATER_PLAY_KEYWORDS.includes(word)) problems.notYet(at, word);
    else problems.unknownKeyword(at, word, 'a play', PLAY_KEYWORDS);
  }
  const become = problems.flag(`${pointer}/become`, body.become, '`become`', false);
  const whole = problems.flag(`${pointer}/whole`, body.whole, '`whole`', false);
  if (whole && !become) {
    const help = 'add `become: true`';
    problems.atKey(`${pointer}/whole`, 'whole-become', 'a `whole` play must become root', help);
  }
  const { names, vars } = known;
  const at = `${pointer}/environment`;
  const course = readCourse(problems, pointer, body);
  const defaults: PlayDefaults = {
    become,
    ignoreUnreachable: course.ignoreUnreachable,
    ...selectionOf(problems, pointer, body, known, above),
    environment: readEnvironment(problems, at, body.environment, names, vars),
  };
  const play: CheckedPlay = {
    id: String(number),
    name: problems.text(`${pointer}/name`, body.name, 'a name') ?? `Play ${number}`,
    hosts: readHosts(problems, pointer, meant(body, 'hosts', PLAY_KEYWORDS)),
    hostsAt: problems.document.at(`${pointer}/hosts`),
    become,
    whole,
    onFailure: readOnFailure(problems, `${pointer}/on_failure`, body.on_failure),
    ...course,
    tasks: readTasks(problems, pointer, number, body, defaults, known),
  };
  checkPlay(problems, pointer, body, play);
  return play;
}

function readHosts(problems: Problems, pointer: string, value: Json | undefined): string {
  const hosts = problems.text(`${pointer}/hosts`, value, '`hosts`');
  if (value === undefined) {
    problems.at(pointer, 'missing-hosts', 'the play has no hosts', 'add `hosts: etcd`');
  } else if (hosts?.includes('${{') === true) {
    const message = '`hosts` cannot use an expression: it must be known before any host is';
    problems.at(`${pointer}/hosts`, 'hosts-expression', message, 'name a group');
  }
  return hosts ?? 'all';
}

function readTasks(
  problems: Problems,
  play: string,
  number: number,
  body: JsonObject,
  defaults: PlayDefaults,
  known: Known,
): readonly CheckedTask[] {
  const value = body.tasks;
  if (value === undefined && meant(body, 'tasks', PLAY_KEYWORDS) !== undefined) return [];
  if (!Array.isArray(value) || value.length === 0) {
    problems.at(play, 'no-tasks', 'the play has no tasks', 'add `tasks:` with at least one task');
    return [];
  }
  return value.flatMap((one: Json, index) => {
    const pointer = `${play}/tasks/${index}`;
    const { vars, catalogue, names } = known;
    const task = readTask(problems, pointer, `${number}.${index + 1}`, one, {
      vars,
      catalogue,
      names,
      namesForJudging: (own) => known.namesForJudging(own),
      play: defaults,
    });
    noteRegister(problems, pointer, one, task, known);
    return task === null ? [] : [task];
  });
}

function noteRegister(
  problems: Problems,
  pointer: string,
  body: Json,
  task: CheckedTask | null,
  known: Known,
): void {
  if (!isMap(body)) return;
  const name = meant(body, 'register', TASK_KEYWORDS);
  if (typeof name !== 'string') return;
  // Behind a slip nothing is known of its fields: it is told once, where it is.
  const isClear = task !== null && (body.loop !== undefined || !isMeantAsLoop(body));
  const result = isClear ? task.module.result : null;
  if (known.add({ name, result, isLoop: isClear && body.loop !== undefined })) return;
  const help = 'give each register a name of its own';
  const message = `another task registers ${name} already`;
  problems.at(`${pointer}/register`, 'register-twice', message, help);
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

/** Every register with its place: what is used too early is told apart from a misspelling. */
function registerPlaces(chapter: Chapter): Map<string, Position> {
  const places = new Map<string, Position>();
  for (const { problems, value } of chaptersIn(chapter)) {
    if (!Array.isArray(value.plays)) continue;
    for (const [playIndex, play] of (value.plays as readonly Json[]).entries()) {
      if (!isMap(play) || !Array.isArray(play.tasks)) continue;
      for (const [taskIndex, task] of (play.tasks as readonly Json[]).entries()) {
        const name = isMap(task) ? meant(task, 'register', TASK_KEYWORDS) : undefined;
        if (typeof name !== 'string') continue;
        const pointer = `/plays/${playIndex}/tasks/${taskIndex}/register`;
        places.set(name, problems.document.at(pointer));
      }
    }
  }
  return places;
}
