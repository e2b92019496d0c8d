import { closest } from '../core/closest.js';
import type { Json, JsonObject } from '../core/json.js';
import type { AnyModule, Catalogue } from '../core/module.js';
import { pointerPart } from '../core/yaml.js';
import {
  ANSIBLE_WORDS,
  ARGUMENT_KEYWORDS,
  LATER_TASK_KEYWORDS,
  TASK_KEYWORDS,
} from './keywords.js';
import { isMap, type Problems } from './problems.js';

/** The one key of a task that is no keyword names its module. */
export function findModule(
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
  const modules = [...catalogue.keys()].sort();
  const near = closest(word, [...TASK_KEYWORDS, ...modules]);
  const isKeyword = near !== null && TASK_KEYWORDS.includes(near);
  if (hasModule || isKeyword || ANSIBLE_WORDS.has(word)) {
    problems.unknownKeyword(at, word, 'a task', TASK_KEYWORDS);
    return;
  }
  const help = near === null ? `there is: ${modules.join(', ')}` : `did you mean ${near}?`;
  problems.atKey(at, 'unknown-module', `there is no module «${word}»`, help);
}

/** A module's arguments, with those that are written beside it, and where each of these stands. */
export interface WrittenArguments {
  readonly value: Json;
  readonly problems: Problems;
}

/** `creates`, `removes` and `undo` may be written as keywords of the task, as in Ansible's `args`. */
export function argumentsAsWritten(
  problems: Problems,
  pointer: string,
  body: JsonObject,
  module: AnyModule,
): WrittenArguments {
  const at = `${pointer}/${pointerPart(module.name)}`;
  const below = body[module.name] ?? {};
  const words = ARGUMENT_KEYWORDS.filter((word) => word in body);
  if (words.length === 0 || !isMap(below)) return { value: below, problems };
  const known = (module.args as { properties?: object }).properties ?? {};
  const moved = words.filter((word) => {
    if (!(word in known)) {
      const help = 'leave it out: this module knows by itself';
      problems.atKey(
        `${pointer}/${word}`,
        'unknown-argument',
        `${module.name} takes no «${word}»`,
        help,
      );
      return false;
    }
    if (!(word in below)) return true;
    const message = `«${word}» is written beside ${module.name} and below it`;
    problems.atKey(`${pointer}/${word}`, 'written-twice', message, 'keep one of the two');
    return false;
  });
  const value = {
    ...below,
    ...Object.fromEntries(moved.map((word) => [word, body[word] as Json])),
  };
  const places = new Map(moved.map((word) => [`${at}/${word}`, `${pointer}/${word}`]));
  return { value, problems: problems.moved(places) };
}
