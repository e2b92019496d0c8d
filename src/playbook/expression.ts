import { Environment } from '@marcbachmann/cel-js';
import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Json } from '../core/json.js';
import { type Position, placeText } from '../core/position.js';
import { err, ok, type Result } from '../core/result.js';
import { fromCel, toCel } from './cel-values.js';
import { fieldsOf, type Names } from './names.js';
import { usesOf } from './uses.js';

/** One checked expression. */
export interface Expression {
  readonly source: string;
  readonly at: Position;
  /** CEL's name of the type: `string`, `bool`, `list<string>`, `dyn`. */
  readonly type: string;
  /** Registers that it reads, its own host's and others'. */
  readonly registers: readonly string[];
  readonly vars: readonly string[];
  /** Every name that stands alone in it: its roots are among them. */
  readonly names: readonly string[];
  /** Gives the value, or what is wrong with it on this host. Reads only the roots that it names. */
  evaluate(roots: { readonly [root: string]: Json }): Result<Json, string>;
}

const limits = { maxAstNodes: 2_000, maxDepth: 50 };
const options = { homogeneousAggregateLiterals: false, enableOptionalTypes: true, limits };

/** Values are checked when they arrive; here every root is as it comes. */
const evaluator = new Environment({ ...options, unlistedVariablesAreDyn: true });

/** Parses and type-checks against the names that are known at this place of the playbook. */
export function checkExpression(
  source: string,
  names: Names,
  place: (offset: number) => Position,
): Result<Expression, Diagnostic> {
  const checked = names.environment.check(source);
  if (!checked.valid || checked.type === undefined) {
    const { error } = checked;
    const range = error?.range ?? { start: 0, end: source.length };
    const summary = error?.summary ?? 'it cannot be understood';
    return err(explain(source, range, error?.code ?? '', summary, names, place));
  }
  const program = evaluator.parse(source);
  const uses = usesOf(program.ast);
  if (uses.matchesAt !== null) return err(noMatches(place(uses.matchesAt)));
  if (uses.wholeAt !== null) return err(notWhole(place(uses.wholeAt)));
  return ok({
    source,
    at: place(0),
    type: checked.type,
    registers: [...uses.registers],
    vars: [...uses.vars],
    names: [...uses.names],
    evaluate: (roots) => {
      try {
        const context: { [root: string]: unknown } = {};
        for (const root of uses.names) {
          const value = roots[root];
          if (value !== undefined) context[root] = toCel(value);
        }
        return ok(fromCel(program(context)));
      } catch (thrown) {
        return err((thrown as { summary?: string }).summary ?? String(thrown));
      }
    },
  });
}

function explain(
  source: string,
  range: { readonly start: number; readonly end: number },
  code: string,
  summary: string,
  names: Names,
  place: (offset: number) => Position,
): Diagnostic {
  const word = source.slice(range.start, range.end);
  const at = place(range.start);
  const error = (name: string, message: string, help: string): Diagnostic => ({
    severity: 'error',
    code: name,
    message,
    help,
    at,
  });
  const owner = source.slice(0, range.start).replace(/\.\??$/, '');
  if (code === 'no_such_key' && owner === 'vars') {
    return error('undeclared-var', `the variable ${word} is not declared`, hint(word, names.vars));
  }
  if (code === 'no_such_key' && /(^|\.)results$/.test(owner)) {
    const later = names.laterRegisters.get(word);
    if (later !== undefined) {
      const where = later.file === at.file ? `line ${later.line}` : placeText(later);
      const help = `it is there behind the task that registers it, in ${where}: move that one up`;
      return error('register-before-use', `results.${word} is used before it is there`, help);
    }
    const help = hint(word, names.registers);
    return error('unknown-register', `no task registers ${word}`, help);
  }
  if (code === 'no_such_key') {
    const help = hint(word, fieldsOf(names, owner));
    return error('wrong-field', `${owner} has no field ${word}`, help);
  }
  if (code === 'invalid_index_type' && /[.?]$/.test(source.slice(0, range.start))) {
    const help = `write ${owner}[0].${word} or ${owner}.map(one, one.${word})`;
    return error('not-one', `${owner} is a list, and a list has no field ${word}`, help);
  }
  if (code === 'unknown_variable' || code === 'reserved_identifier') {
    const help = names.absent.get(word) ?? hint(word, names.roots);
    return error('unknown-name', `nothing is called ${word} here`, help);
  }
  return error('expression', `${summary} in «${source}»`, 'see docs/playbooks.md, "Expressions"');
}

function hint(word: string, known: readonly string[]): string {
  const near = closest(word, known);
  if (near !== null) return `did you mean ${near}?`;
  return known.length === 0 ? 'there are none yet' : `there is: ${known.slice(0, 12).join(', ')}`;
}

/** A regular expression can take minutes over one line: a playbook must not be able to hang. */
function noMatches(at: Position): Diagnostic {
  return {
    severity: 'error',
    code: 'matches',
    message: 'matches() is not allowed in expressions',
    help: 'use startsWith(), endsWith(), contains() or ==',
    at,
  };
}

/** What is read must be known before the run: for secrets, and for what a task waits for. */
function notWhole(at: Position): Diagnostic {
  return {
    severity: 'error',
    code: 'by-name',
    message: 'variables and results are used by their names',
    help: 'write vars.NAME or results.NAME, with a dot',
    at,
  };
}
