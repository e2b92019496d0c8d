import type { ASTNode } from '@marcbachmann/cel-js';

/** What an expression reads, and where it does what an expression may not. Offsets into its source. */
export interface Uses {
  readonly registers: ReadonlySet<string>;
  readonly vars: ReadonlySet<string>;
  /** Every name that stands alone: the roots, and what `map` and its like call their items. */
  readonly names: ReadonlySet<string>;
  /** `vars` or `results` with no name behind it: nobody could tell what is read. */
  readonly wholeAt: number | null;
  readonly matchesAt: number | null;
}

/** Walks the tree for `results.NAME`, `vars.NAME` (the own host's and others') and calls of `matches`. */
export function usesOf(root: ASTNode): Uses {
  const registers = new Set<string>();
  const vars = new Set<string>();
  const names = new Set<string>();
  let wholeAt: number | null = null;
  let matchesAt: number | null = null;

  const walk = (value: unknown): void => {
    for (const node of nodesIn(value)) look(node);
  };
  const look = (node: ASTNode): void => {
    const { op, args, start } = node;
    if (node.op === 'id') names.add(node.args);
    if (holderOf(node) !== null) wholeAt ??= start;
    if ((op === 'rcall' || op === 'call') && args[0] === 'matches') matchesAt ??= start;
    const owner = op === '.' || op === '.?' ? args[0] : null;
    const holder = owner === null ? null : holderOf(owner);
    if (owner === null || holder === null) walk(args);
    else {
      (holder === 'vars' ? vars : registers).add(fieldOf(node));
      if (owner.op === 'id') names.add(owner.args);
      walk(owner.args);
    }
  };
  walk(root);
  return { registers, vars, names, wholeAt, matchesAt };
}

/** `vars` is a root or `h.vars`, whoever h is; the same for results. */
function holderOf(node: ASTNode): 'vars' | 'results' | null {
  const name =
    node.op === 'id' ? node.args : node.op === '.' || node.op === '.?' ? fieldOf(node) : null;
  return name === 'vars' || name === 'results' ? name : null;
}

/** The name behind the dot: the parser gives a text or, behind an optional dot, a node. */
function fieldOf(node: ASTNode): string {
  const [, field] = node.args as readonly [unknown, string | ASTNode];
  return typeof field === 'string' ? field : String(field.args);
}

function nodesIn(value: unknown): readonly ASTNode[] {
  if (Array.isArray(value)) return value.flatMap(nodesIn);
  return value !== null && typeof value === 'object' && 'op' in value ? [value as ASTNode] : [];
}
