import { type ASTNode, Environment } from '@marcbachmann/cel-js';
import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Json } from '../core/json.js';
import type { Position } from '../core/position.js';
import { err, ok, type Result } from '../core/result.js';
import { fromCel, toCel } from './cel-values.js';
import type { Names } from './names.js';

/** One checked expression. */
export interface Expression {
  readonly source: string;
  readonly at: Position;
  /** CEL's name of the type: `string`, `bool`, `list<string>`, `dyn`. */
  readonly type: string;
  /** Registers that it reads, its own host's and others'. */
  readonly registers: readonly string[];
  readonly vars: readonly string[];
  /** Gives the value, or what is wrong with it on this host. */
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
  const use = readUses(program.ast);
  if (use.matchesAt !== null) return err(noMatches(place(use.matchesAt)));
  return ok({
    source,
    at: place(0),
    type: checked.type,
    registers: [...use.registers],
    vars: [...use.vars],
    evaluate: (roots) => {
      try {
        const context = Object.fromEntries(
          Object.entries(roots).map(([root, value]) => [root, toCel(value)]),
        );
        return ok(fromCel(program(context)));
      } catch (thrown) {
        return err((thrown as { summary?: string }).summary ?? String(thrown));
      }
    },
  });
}

interface Uses {
  readonly registers: Set<string>;
  readonly vars: Set<string>;
  matchesAt: number | null;
}

/** Walks the tree for `results.NAME`, `vars.NAME` and calls of `matches`. */
function readUses(root: ASTNode): Uses {
  const uses: Uses = { registers: new Set(), vars: new Set(), matchesAt: null };
  const walk = (node: unknown): void => {
    if (Array.isArray(node)) {
      for (const one of node) walk(one);
      return;
    }
    if (node === null || typeof node !== 'object' || !('op' in node)) return;
    const { op, args, start } = node as ASTNode;
    if (op === '.' || op === '.?') noteField(args as [ASTNode, unknown], uses);
    if ((op === 'rcall' || op === 'call') && args[0] === 'matches') uses.matchesAt ??= start;
    walk(args);
  };
  walk(root);
  return uses;
}

/** `results.x` is a root or `h.results`, whoever h is; the same for vars. */
function noteField([owner, name]: [ASTNode, unknown], uses: Uses): void {
  const ownerName = owner.op === 'id' ? owner.args : owner.op === '.' ? owner.args[1] : null;
  const field = typeof name === 'string' ? name : String((name as ASTNode).args);
  if (ownerName === 'results') uses.registers.add(field);
  if (ownerName === 'vars') uses.vars.add(field);
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
      const help = `the task that registers it comes later, in line ${later}: move it up`;
      return error('register-before-use', `results.${word} is used before it is there`, help);
    }
    const help = hint(word, names.registers);
    return error('unknown-register', `no task registers ${word}`, help);
  }
  if (code === 'no_such_key') {
    const known = names.fieldsOf(owner);
    return error('wrong-field', `${owner} has no field ${word}`, hint(word, known));
  }
  if (code === 'unknown_variable') {
    return error('unknown-name', `nothing is called ${word} here`, hint(word, names.roots));
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
