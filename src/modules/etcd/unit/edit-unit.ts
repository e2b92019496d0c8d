import { type Failure, refused } from '../../../core/failure.js';
import type { UnitSettings } from '../../../core/question.js';
import { err, ok, type Result } from '../../../core/result.js';
import { escaped, withAddress } from '../edit-manifest.js';
import { type Flags, sameFlags, variableOf } from '../flags.js';
import type { Moved } from '../readdress.js';
import { readEnvironmentFile, readEnvironmentWords } from './environment-file.js';
import { flagsOfUnit } from './read-unit.js';

/** One of the files that a unit is made of, as it stands. */
export interface UnitText {
  readonly path: string;
  readonly text: string;
  readonly isEnvironment: boolean;
}

/** What systemd makes of them, and the files in its order: the unit, drop-ins, environments. */
export interface UnitTexts<F extends UnitText = UnitText> {
  readonly settings: Pick<UnitSettings, 'name' | 'commands' | 'environment'>;
  readonly files: readonly F[];
}

/** What needs no quotes in a unit, in an environment file and in a list of members. */
const PLAIN = /^[A-Za-z0-9_.,:=/@[\]-]*$/;

/**
 * The same files with these flags, each where it is set today, and every other byte as it was. What comes out
 * is read again: where it does not say exactly that, the files are of a form that only a person should touch.
 */
export function withUnitFlags<F extends UnitText>(
  unit: UnitTexts<F>,
  flags: Flags,
  moved: Moved | null,
): Result<UnitTexts<F>, Failure> {
  const was = flagsOf(unit);
  const wanted = new Map([...was].map(([flag, value]) => [flag, at(value, moved)]));
  let edited = moved === null ? unit : inAllTexts(unit, (text) => at(text, moved));
  for (const [flag, value] of Object.entries(flags)) {
    wanted.set(flag, value);
    if (flagsOf(edited).get(flag) !== value) edited = withUnitFlag(edited, flag, value) ?? edited;
  }
  const isPlain = Object.values(flags).every((value) => PLAIN.test(value));
  const isExact = sameFlags(flagsOf(edited), wanted);
  return isPlain && isExact ? ok(edited) : err(otherForm(unit, was, wanted));
}

export function flagsOf({ settings, files }: UnitTexts): ReadonlyMap<string, string> {
  return flagsOfUnit(settings, environmentsOf(files));
}

function environmentsOf(files: readonly UnitText[]): readonly string[] {
  return files.filter(({ isEnvironment }) => isEnvironment).map(({ text }) => text);
}

function at(text: string, moved: Moved | null): string {
  return moved === null ? text : withAddress(text, moved.was, moved.is);
}

/** Null where nobody can say for sure where it is set. */
function withUnitFlag<F extends UnitText>(
  unit: UnitTexts<F>,
  flag: string,
  value: string,
): UnitTexts<F> | null {
  const written = wordOf(unit.settings.commands[0] ?? '', flag);
  if (written === null) {
    return withVariable(unit, variableOf(flag), value) ?? withFlagBeside(unit, flag, value);
  }
  const variable = /^\$(?:\{([A-Za-z_]\w*)\}|([A-Za-z_]\w*))$/.exec(written);
  if (variable !== null) return withVariable(unit, variable[1] ?? variable[2] ?? '', value);
  return inUnitFiles(unit, flagPattern(flag, written), `$1${value}`);
}

/** The word of the command as it is written, variables and all. */
function wordOf(command: string, flag: string): string | null {
  const words = command.split(' ').filter(Boolean);
  const index = words.findIndex((word) => new RegExp(`^--?${flag}(=|$)`).test(word));
  if (index < 0) return null;
  const [, value] = /^--?[^=]*=(.*)$/.exec(words[index] ?? '') ?? [];
  return value ?? words[index + 1] ?? '';
}

function withVariable<F extends UnitText>(
  unit: UnitTexts<F>,
  name: string,
  value: string,
): UnitTexts<F> | null {
  const environments = unit.files.filter(({ isEnvironment }) => isEnvironment);
  const last = environments.findLast(({ text }) => readEnvironmentFile(text).has(name));
  if (last !== undefined) return inFile(unit, last, (text) => withLine(text, name, value));
  const written = readEnvironmentWords(unit.settings.environment).get(name);
  if (written !== undefined) {
    const pattern = `((?<=^|[\\s"'=])${name}=["']?)${escaped(written)}(?=["'\\s]|$)`;
    return inUnitFiles(unit, pattern, `$1${value}`);
  }
  const place = environments.at(-1);
  if (place === undefined) return null;
  return inFile(
    unit,
    place,
    (text) => `${text}${/(^|\n)$/.test(text) ? '' : '\n'}${name}=${value}\n`,
  );
}

/** Beside the list of members, where the unit itself has that as a flag. */
function withFlagBeside<F extends UnitText>(
  unit: UnitTexts<F>,
  flag: string,
  value: string,
): UnitTexts<F> | null {
  const list = wordOf(unit.settings.commands[0] ?? '', 'initial-cluster');
  if (list === null || list.includes('$')) return null;
  const pattern = flagPattern('initial-cluster', list);
  return inUnitFiles(unit, `(${pattern}["']?)`, `$1 --${flag}=${value}`);
}

/** `--flag=value`, or the value behind it, on the next line of a long command too. */
function flagPattern(flag: string, value: string): string {
  return `((?<![\\w-])--?${flag}(?:=|[ \\t]+(?:\\\\\\n[ \\t]*)?)["']?)${escaped(value)}(?=["'\\s]|$)`;
}

/** The last line that sets it, in quotes when it was; its value on one line. */
function withLine(text: string, name: string, value: string): string {
  const line = [...text.matchAll(new RegExp(`^([ \\t]*${name}=)(.*)$`, 'gm'))].at(-1);
  if (line === undefined) return text;
  const quote = /^\s*(["']).*\1\s*$/.exec(line[2] ?? '')?.[1] ?? '';
  const end = line.index + line[0].length;
  return `${text.slice(0, line.index)}${line[1]}${quote}${value}${quote}${text.slice(end)}`;
}

/** In the one place of all unit files and drop-ins where it stands, and in what systemd says of them. */
function inUnitFiles<F extends UnitText>(
  unit: UnitTexts<F>,
  pattern: string,
  replacement: string,
): UnitTexts<F> | null {
  const found = unit.files
    .filter(({ isEnvironment }) => !isEnvironment)
    .flatMap((file) => placesIn(file.text, pattern).map((index) => ({ file, index })));
  const [one, ...more] = found;
  if (one === undefined || more.length > 0) return null;
  const replace = (text: string) => text.replace(new RegExp(pattern, 'm'), replacement);
  const { settings } = unit;
  const edited = inFile(unit, one.file, (text) => {
    return `${text.slice(0, one.index)}${replace(text.slice(one.index))}`;
  });
  return {
    ...edited,
    settings: {
      ...settings,
      commands: settings.commands.map(replace),
      environment: replace(settings.environment),
    },
  };
}

/** Where it stands outside of comments. */
function placesIn(text: string, pattern: string): readonly number[] {
  return [...text.matchAll(new RegExp(pattern, 'gm'))]
    .map(({ index }) => index)
    .filter((index) => !/^[ \t]*[#;]/.test(text.slice(text.lastIndexOf('\n', index - 1) + 1)));
}

function inFile<F extends UnitText>(
  unit: UnitTexts<F>,
  file: F,
  edit: (text: string) => string,
): UnitTexts<F> {
  const files = unit.files.map((one) => (one === file ? { ...one, text: edit(one.text) } : one));
  return { ...unit, files };
}

function inAllTexts<F extends UnitText>(
  { settings, files }: UnitTexts<F>,
  edit: (text: string) => string,
): UnitTexts<F> {
  const { name, commands, environment } = settings;
  return {
    settings: { name, commands: commands.map(edit), environment: edit(environment) },
    files: files.map((one) => ({ ...one, text: edit(one.text) })),
  };
}

function otherForm(
  { settings, files }: UnitTexts,
  was: ReadonlyMap<string, string>,
  wanted: ReadonlyMap<string, string>,
): Failure {
  const changed = [...wanted].filter(([flag, value]) => was.get(flag) !== value);
  const lines = changed.map(
    ([flag, value]) => `${variableOf(flag)}=${value} (or --${flag}=${value})`,
  );
  const message = `what ${settings.name} is told stands in places that are not edited by guesswork`;
  const next = `write these into ${files.map(({ path }) => path).join(' or ')}, where each is set today, then systemctl daemon-reload, and run this again`;
  return refused('unit-form', message, next, lines.join('\n'));
}
