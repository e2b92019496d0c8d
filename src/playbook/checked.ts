import type { EvidenceKind } from '../core/evidence.js';
import type { Json } from '../core/json.js';
import type { AnyModule } from '../core/module.js';
import type { TaskId } from '../core/names.js';
import type { Position } from '../core/position.js';
import type { Expression } from './expression.js';
import type { TypedVar } from './typed-names.js';

/** A playbook whose every name, type and expression has been checked; only hosts and values are missing. */
export interface CheckedPlaybook {
  readonly file: string;
  readonly text: string;
  readonly name: string;
  readonly description: string;
  readonly vars: ReadonlyMap<string, VarDeclaration>;
  readonly plays: readonly CheckedPlay[];
}

export interface VarDeclaration extends TypedVar {
  readonly name: string;
  readonly description: string;
  readonly required: boolean;
  /** Null when there is none. */
  readonly fallback: Template | null;
  readonly at: Position;
}

export interface CheckedPlay {
  readonly id: string;
  readonly name: string;
  /** An Ansible host pattern. */
  readonly hosts: string;
  readonly hostsAt: Position;
  readonly become: boolean;
  readonly whole: boolean;
  readonly onFailure: 'rollback' | 'stop';
  readonly tasks: readonly CheckedTask[];
}

export interface CheckedTask {
  readonly id: TaskId;
  readonly name: string;
  readonly at: Position;
  readonly module: AnyModule;
  readonly args: Template;
  /** The arguments as they are written, for the module's `gives` and `needs`. */
  readonly writtenArgs: Json;
  readonly when: Expression | null;
  readonly register: string | null;
  readonly timeoutMs: number;
  readonly throttle: number | null;
  readonly runOnce: boolean;
  readonly become: boolean;
  readonly pointOfNoReturn: boolean;
  readonly reads: readonly string[];
  readonly gives: readonly EvidenceKind[];
  readonly needs: readonly EvidenceKind[];
}

/** A value that may hold expressions at any depth. Evaluated in one pass: a result is never looked into. */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, Template])[] };
