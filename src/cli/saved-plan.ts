import { type Failure, refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { canonical, type Json, type JsonObject } from '../core/json.js';
import { err, ok, type Result } from '../core/result.js';
import type { Fact } from '../engine/dry-run.js';
import type { RunIdentity } from './prepare.js';
import { keptSources, type Sources } from './sources.js';

/**
 * A plan as `plan -o` saves it: the inputs as they were, and what the dry run saw. `apply` does it only
 * while both still hold. The run's id is chosen already: it is part of the paths that were previewed.
 */
export interface SavedPlan {
  readonly format: 'runback.plan';
  readonly v: 1;
  readonly version: string;
  /** UTC, ISO 8601. */
  readonly saved: string;
  readonly run: RunIdentity;
  /** SHA-256 of the plan, as a run's journal has it. */
  readonly plan: string;
  readonly name: string;
  readonly cluster: string | null;
  readonly inputs: Sources;
  readonly facts: readonly Fact[];
}

export function savedPlanText(plan: SavedPlan): string {
  const body = plan as unknown as JsonObject;
  return `${JSON.stringify({ ...body, sha256: sha256(canonical(body)) }, null, 2)}\n`;
}

export function readSavedPlan(file: string, text: string): Result<SavedPlan, Failure> {
  let json: Json;
  try {
    json = JSON.parse(text) as Json;
  } catch {
    return err(notAPlan(file, 'it is not JSON'));
  }
  const isObject = json !== null && typeof json === 'object' && !Array.isArray(json);
  const { sha256: seal, ...body } = (isObject ? json : {}) as JsonObject;
  if (body.format !== 'runback.plan') return err(notAPlan(file, 'it is not a saved plan'));
  if (body.v !== 1) return err(newer(file));
  if (seal !== sha256(canonical(body))) return err(notAPlan(file, 'it was changed by hand'));
  const plan = body as unknown as SavedPlan;
  // Plans of versions that knew no --accept and no --without.
  return ok({
    ...plan,
    inputs: keptSources(plan.inputs),
    run: { ...plan.run, accepted: plan.run.accepted ?? [], reason: plan.run.reason ?? '' },
  });
}

function notAPlan(file: string, why: string): Failure {
  const next = 'make one: runback plan PLAYBOOK -i INVENTORY -o FILE';
  return refused('not-a-plan', `${file}: ${why}`, next);
}

function newer(file: string): Failure {
  return refused('plan-newer', `${file} was saved by a newer runback`, 'use that one to apply it');
}
