import type { Static, TSchema } from 'typebox';
import type { Places, Questions } from './ask.js';
import type { Change } from './change.js';
import type { EvidenceKind } from './evidence.js';
import type { Failure } from './failure.js';
import type { FindingKinds } from './finding.js';
import type { InverseCase } from './inverse.js';
import type { Json, JsonObject } from './json.js';
import type { Receipt } from './receipt.js';
import type { Resource } from './resource.js';
import type { Result } from './result.js';

/**
 * How a module's work is taken back. Every module must choose one.
 * - `derived`: each change is inverted as core/inverse.ts says. For modules without a `run`.
 * - `by-cases`: the module says what takes it back, and when (it has a `run`).
 * - `nothing`: there is nothing to take back.
 * - `irreversible`: it cannot be taken back; the plan says so, with the reason, before the run.
 */
export type Undo<Args, Before> =
  | ({ readonly kind: 'derived' } & AroundUndo<Args, Before>)
  | ({
      readonly kind: 'by-cases';
      readonly cases: (args: Args, before: Before) => readonly InverseCase[];
    } & AroundUndo<Args, Before>)
  | { readonly kind: 'nothing' }
  | { readonly kind: 'irreversible'; readonly why: string };

export interface AroundUndo<Args, Before> {
  /** Looks, and waits within bounds, before anything is taken back. `settle` gets what it gives. */
  readonly beforehand?: (args: Args, before: Before, ask: Places) => Promise<Result<Json, Failure>>;
  /**
   * Bounded questions asked after the changes were inverted and before the proof. One that is not reached is
   * a failure. `seen`: what `beforehand` gave, null without it.
   */
  readonly settle?: (args: Args, before: Before, seen: Json) => Questions;
}

/**
 * What a task can do. One file per module: schema, probe, plan, verify and undo together.
 *
 * `Before` is what the probe saw, and `verify` gives the result that a `register` holds. Both are Json:
 * they go into the journal. A step without changes is verified too, with no receipts.
 */
export interface Module<A extends TSchema, Before extends Json, R extends TSchema> {
  /** lower_snake, as it is written in a playbook. */
  readonly name: string;
  /** One sentence, for the reference and the editor. */
  readonly summary: string;
  /** One task or more, as they stand in a playbook: for the reference. A test reads them as a playbook. */
  readonly example: string;
  /** Where its steps happen. A `controller` module runs once, on the machine that runback runs on. */
  readonly place: 'host' | 'controller';
  /** The arguments. A property's `description` is its documentation; a Secret's has `secret: true`. */
  readonly args: A;
  readonly result: R;
  /** What the schema cannot say of the arguments as they are written, in a sentence; null: nothing. */
  readonly mistakeIn?: (written: JsonObject) => string | null;
  /** True when it never plans a change: such a module takes no lock and needs no undo. */
  readonly readOnly: boolean;
  /** Evidence, read off the arguments as they are written in the playbook. */
  readonly gives?: (args: Json) => readonly EvidenceKind[];
  readonly needs?: (args: Json) => readonly EvidenceKind[];
  /** Does the control plane's downtime start with this step's changes, or end when it is verified? */
  readonly downtime?: (args: Json) => 'starts' | 'ends' | null;
  /**
   * Everything that its changes could alter, whatever the probe sees. A dry run expects it of a step that
   * it cannot foretell; without it, everything.
   */
  readonly mayAlter?: (args: Static<A>) => readonly Resource[];
  /** May a bundle whose outcome is unknown simply be sent again? */
  readonly repeatable: boolean;
  /** The kinds of findings that its result may hold, by code: what `--accept` may name. */
  readonly findings?: FindingKinds;
  /** Asks and never changes; may refuse. */
  probe(args: Static<A>, ask: Places): Promise<Result<Before, Failure>>;
  /** Pure. No changes means that it is already so. May refuse. */
  plan(args: Static<A>, before: Before): Result<readonly Change[], Failure>;
  /** Proves by asking again; sees exit codes, output and transfer digests. */
  verify(
    args: Static<A>,
    before: Before,
    receipts: readonly Receipt[],
    ask: Places,
  ): Promise<Result<Static<R>, Failure>>;
  readonly undo: Undo<Static<A>, Before>;
  /** The fields of `before` that must be the same again after an undo. */
  material(before: Before): Json;
}

/** A module whose types are closed over: what a list of modules holds. */
// biome-ignore lint/suspicious/noExplicitAny: the one place where a module's own types are forgotten.
export type AnyModule = Module<any, any, any>;

/** Keeps a module's types while they are checked: `export const copy = defineModule({ … })`. */
export function defineModule<A extends TSchema, Before extends Json, R extends TSchema>(
  module: Module<A, Before, R>,
): Module<A, Before, R> {
  return module;
}

/** Every module by name, handed in by main: playbook/ and plan/ never import modules/. */
export type Catalogue = ReadonlyMap<string, AnyModule>;
