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
  /** Its text and those of the playbooks that it imports, itself first. */
  readonly texts: readonly SourceText[];
  readonly name: string;
  readonly description: string;
  readonly vars: ReadonlyMap<string, VarDeclaration>;
  readonly plays: readonly CheckedPlay[];
}

export interface SourceText {
  readonly file: string;
  readonly text: string;
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
  readonly strategy: 'linear' | 'free';
  /** The sizes of the batches, the last one again and again; empty: all hosts at once. */
  readonly serial: readonly BatchSize[];
  readonly anyErrorsFatal: boolean;
  readonly maxFailPercentage: number | null;
  /** Nobody in it is indispensable: its hosts, and even its groups, may be missing. */
  readonly ignoreUnreachable: boolean;
  readonly tasks: readonly CheckedTask[];
}

export type BatchSize =
  | { readonly kind: 'hosts'; readonly count: number }
  | { readonly kind: 'percent'; readonly percent: number };

export interface CheckedTask {
  readonly id: TaskId;
  readonly name: string;
  readonly at: Position;
  readonly module: AnyModule;
  readonly args: Template;
  /** The arguments as they are written, for the module's `gives` and `needs`. */
  readonly writtenArgs: Json;
  /** All must hold: the play's own first. Empty: always. */
  readonly when: readonly Expression[];
  readonly loop: Loop | null;
  readonly delegate: Delegate | null;
  /** The play's and the task's, by name: what programs that the step runs find in their environment. */
  readonly environment: ReadonlyMap<string, Template>;
  readonly judgement: Judgement;
  readonly attemptsMax: number;
  readonly delayMs: number;
  readonly ignoreErrors: boolean;
  readonly ignoreUnreachable: boolean;
  readonly noLog: boolean;
  /** The play's and the task's. */
  readonly tags: readonly string[];
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

export interface Loop {
  readonly over: Template;
  readonly source: string;
  readonly at: Position;
}

/** Which host does the work; known before any connection. */
export interface Delegate {
  readonly to: Template;
  readonly source: string;
  readonly at: Position;
}

/** What a task says of its own record. Null: nothing; a list: all must hold, as in Ansible. */
export interface Judgement {
  readonly changedWhen: readonly Expression[] | null;
  readonly failedWhen: readonly Expression[] | null;
  readonly until: readonly Expression[] | null;
  /** The exit code of a program is the task's to judge: one above 0 is not a failure by itself. */
  readonly anyExitCode: boolean;
}

/** A value that may hold expressions at any depth. Evaluated in one pass: a result is never looked into. */
export type Template =
  | { readonly kind: 'literal'; readonly value: Json }
  | { readonly kind: 'expression'; readonly expression: Expression }
  | { readonly kind: 'text'; readonly parts: readonly (string | Expression)[] }
  | { readonly kind: 'list'; readonly items: readonly Template[] }
  | { readonly kind: 'map'; readonly entries: readonly (readonly [string, Template])[] };
