import type { Diagnostic } from '../core/diagnostic.js';
import type { Json, JsonObject } from '../core/json.js';
import { readYaml } from '../core/yaml.js';
import type { SourceText } from './checked.js';
import { importedFile, isImportPath } from './imports.js';
import { LANGUAGE_VERSION, TOP_KEYWORDS } from './keywords.js';
import { isMap, meant, Problems } from './problems.js';

/** One file of a playbook: the playbook itself, or one that it imports. */
export interface Chapter {
  readonly source: SourceText;
  readonly problems: Problems;
  readonly value: JsonObject;
  /** The chapters that stand in the place of a play, by the play's index. */
  readonly imports: ReadonlyMap<number, Chapter>;
}

/** More is a mistake: each import of an import is counted. */
const chaptersMax = 100;

/** The playbook with everything that it imports. Mistakes are added to `list`. */
export function readChapters(
  source: SourceText,
  texts: ReadonlyMap<string, string>,
  list: Diagnostic[],
): Chapter | null {
  const budget = { chaptersLeft: chaptersMax };
  const read = (one: SourceText, above: readonly string[]): Chapter | null => {
    const document = readYaml(one);
    if (!document.ok) {
      list.push(...document.error);
      return null;
    }
    const problems = new Problems(document.value, list);
    const { value } = document.value;
    if (!isMap(value)) {
      const help = 'begin with `name:` and `plays:`';
      problems.at('', 'shape', 'a playbook is a map with a name and plays', help);
      return null;
    }
    checkTop(problems, value);
    const imports = new Map<number, Chapter>();
    for (const [index, file] of importedPlays(problems, value, one.file)) {
      const pointer = `/plays/${index}/import`;
      if (isRefused(problems, pointer, file, [...above, one.file], budget)) continue;
      const text = texts.get(file);
      if (text === undefined) {
        const help = 'the path is relative to the file in which it is written';
        problems.at(pointer, 'unknown-import', `${file} cannot be read`, help);
        continue;
      }
      const chapter = read({ file, text }, [...above, one.file]);
      if (chapter !== null) imports.set(index, chapter);
    }
    return { source: one, problems, value, imports };
  };
  return read(source, []);
}

/** Itself first, then what it imports, in order. */
export function chaptersIn(chapter: Chapter): readonly Chapter[] {
  return [chapter, ...[...chapter.imports.values()].flatMap(chaptersIn)];
}

function checkTop(problems: Problems, value: JsonObject): void {
  for (const word of Object.keys(value).filter((one) => !TOP_KEYWORDS.includes(one))) {
    problems.unknownKeyword(`/${word}`, word, 'a playbook', TOP_KEYWORDS);
  }
  const version = value.runback ?? LANGUAGE_VERSION;
  if (version !== LANGUAGE_VERSION) {
    const message = `this version reads language version ${LANGUAGE_VERSION}, not ${String(version)}`;
    problems.at('/runback', 'version', message, 'use a runback that knows it');
  }
  problems.text('/name', value.name, 'the name');
  if (meant(value, 'name', TOP_KEYWORDS) === undefined) {
    problems.at('', 'missing-name', 'the playbook has no name', 'add `name:` as its first line');
  }
}

function importedPlays(
  problems: Problems,
  value: JsonObject,
  from: string,
): readonly (readonly [number, string])[] {
  if (!Array.isArray(value.plays)) return [];
  return value.plays.flatMap((play: Json, index) => {
    if (!isMap(play) || play.import === undefined) return [];
    if (isImportPath(play.import)) return [[index, importedFile(from, play.import)] as const];
    const message = '`import` wants the path of a playbook, relative to this file';
    const help = 'write it out: nothing is evaluated here';
    problems.at(`/plays/${index}/import`, 'wrong-value', message, help);
    return [];
  });
}

function isRefused(
  problems: Problems,
  pointer: string,
  file: string,
  above: readonly string[],
  budget: { chaptersLeft: number },
): boolean {
  if (above.includes(file)) {
    const way = [...above.slice(above.indexOf(file)), file].join(' → ');
    problems.at(pointer, 'import-cycle', `${file} imports itself: ${way}`, 'take this import out');
    return true;
  }
  budget.chaptersLeft -= 1;
  if (budget.chaptersLeft >= 0) return false;
  if (budget.chaptersLeft === -1) {
    const message = `a playbook imports ${chaptersMax} others at most`;
    problems.at(pointer, 'too-many-imports', message, 'write it as several playbooks');
  }
  return true;
}
