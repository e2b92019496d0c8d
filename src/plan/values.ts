import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory, InventoryHost } from '../core/inventory.js';
import type { Json, JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import type { Position } from '../core/position.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedPlaybook, VarDeclaration } from '../playbook/checked.js';
import { evaluateTemplate, expressionsIn } from '../playbook/template.js';
import { valueOfType } from './value-type.js';

/** One value that the operator gave on the command line or in a vars file, and where. */
export interface ExtraValue {
  readonly value: Json;
  readonly at: Position;
  /** True for `-e`: it is text, and its declared type says what it means. */
  readonly isText: boolean;
}

export interface ValueSources {
  readonly playbook: CheckedPlaybook;
  readonly inventory: Inventory;
  readonly extra: ReadonlyMap<string, ExtraValue>;
  readonly environment: { readonly [name: string]: string | undefined };
  readonly run: { readonly id: string; readonly started: string; readonly user: string };
  /** Relative controller paths are below it. Absolute. */
  readonly directory: string;
}

/** Every declared variable of every host, in its declared type. */
export type Values = ReadonlyMap<HostName, JsonObject>;

/** Lowest to highest: defaults, inventory, vars files, `-e`. Every mistake once, at its place. */
export function resolveValues(sources: ValueSources): Result<Values, readonly Diagnostic[]> {
  const problems = new Map<string, Diagnostic>();
  const complain = (diagnostic: Diagnostic): void => {
    const { file, line, column } = diagnostic.at;
    problems.set(`${file}:${line}:${column}:${diagnostic.message}`, diagnostic);
  };
  for (const [name, { at }] of sources.extra) {
    if (!sources.playbook.vars.has(name)) complain(undeclared(name, at, sources.playbook));
  }
  const values = new Map<HostName, JsonObject>();
  for (const host of sources.inventory.hosts) {
    values.set(host.name, valuesOf(host, sources, complain));
  }
  return problems.size === 0 ? ok(values) : err([...problems.values()]);
}

type Complain = (diagnostic: Diagnostic) => void;

function valuesOf(host: InventoryHost, sources: ValueSources, complain: Complain): JsonObject {
  const known: { [name: string]: Json } = {};
  const later: VarDeclaration[] = [];
  for (const declaration of sources.playbook.vars.values()) {
    const given = givenValue(declaration, host, sources, complain);
    if (given === undefined) later.push(declaration);
    else known[declaration.name] = given;
  }
  for (const declaration of inDependencyOrder(later)) {
    if (declaration.fallback === null) {
      if (declaration.required) complain(missing(declaration));
      continue;
    }
    const value = fallbackValue(declaration, known, sources, complain);
    if (value !== undefined) known[declaration.name] = value;
  }
  return known;
}

function givenValue(
  declaration: VarDeclaration,
  host: InventoryHost,
  sources: ValueSources,
  complain: Complain,
): Json | undefined {
  const extra = sources.extra.get(declaration.name);
  const written = extra ?? host.vars.get(declaration.name);
  if (written === undefined) return undefined;
  const { value, at } = written;
  if (extra?.isText === true && declaration.type === 'secret') {
    complain(secretOnCommandLine(declaration, at));
    return undefined;
  }
  const typed = valueOfType(value, declaration, extra?.isText === true, sources.directory);
  if (typed.ok) return typed.value;
  complain(wrongType(declaration, typed.error, at));
  return undefined;
}

function fallbackValue(
  declaration: VarDeclaration,
  known: JsonObject,
  sources: ValueSources,
  complain: Complain,
): Json | undefined {
  const { run, environment, directory } = sources;
  const env = Object.fromEntries(
    Object.entries(environment).filter(
      (entry): entry is [string, string] => entry[1] !== undefined,
    ),
  );
  const roots = { vars: known, run: { ...run }, env };
  if (declaration.fallback === null) return undefined;
  const value = evaluateTemplate(declaration.fallback, roots);
  if (!value.ok) {
    complain(wrongType(declaration, value.error.why, value.error.expression.at));
    return undefined;
  }
  const typed = valueOfType(value.value, declaration, false, directory);
  if (typed.ok) return typed.value;
  complain(wrongType(declaration, typed.error, declaration.at));
  return undefined;
}

/** A default may use variables that are declared behind it; cycles were refused before. */
function inDependencyOrder(declarations: readonly VarDeclaration[]): readonly VarDeclaration[] {
  const ordered: VarDeclaration[] = [];
  const place = (declaration: VarDeclaration): void => {
    if (ordered.includes(declaration)) return;
    const uses = declaration.fallback === null ? [] : expressionsIn(declaration.fallback);
    for (const name of uses.flatMap((expression) => expression.vars)) {
      const used = declarations.find((one) => one.name === name);
      if (used !== undefined) place(used);
    }
    ordered.push(declaration);
  };
  for (const declaration of declarations) place(declaration);
  return ordered;
}

function undeclared(name: string, at: Position, playbook: CheckedPlaybook): Diagnostic {
  const known = [...playbook.vars.keys()];
  const near = closest(name, known);
  const help = near === null ? `it declares: ${known.join(', ')}` : `did you mean ${near}?`;
  const message = `the playbook declares no variable ${name}`;
  return { severity: 'error', code: 'undeclared-var', message, help, at };
}

function missing({ name, description, at }: VarDeclaration): Diagnostic {
  const what = description === '' ? '' : ` (${description.replace(/\.$/, '')})`;
  const message = `the variable ${name}${what} has no value`;
  const help = `give it: -e ${name}=…, or in the inventory, or with --vars-file`;
  return { severity: 'error', code: 'missing-value', message, help, at };
}

function secretOnCommandLine({ name }: VarDeclaration, at: Position): Diagnostic {
  const message = `${name} is a secret, and a command line is seen by everybody on this machine`;
  return { severity: 'error', code: 'secret', message, help: 'use --vars-file', at };
}

function wrongType({ name, type }: VarDeclaration, why: string, at: Position): Diagnostic {
  const message = `${name}: ${why}`;
  return { severity: 'error', code: 'wrong-type', message, help: `it is declared as ${type}`, at };
}
