import { isAbsolute, resolve } from 'node:path';
import type { Plan } from '../core/plan.js';
import type { RunRequest } from '../engine/context.js';
import { describeChange } from '../plan/index.js';
import type { Edges } from './edges.js';
import type { CommonOptions } from './options.js';
import type { RunIdentity } from './prepare.js';

export function requestOf(
  plan: Plan,
  run: RunIdentity,
  directory: string | null,
  options: CommonOptions,
  edges: Edges,
): RunRequest {
  return {
    plan,
    run: run.id,
    started: run.started,
    user: run.user,
    accepted: run.accepted,
    reason: run.reason,
    controllerName: edges.controllerName,
    pid: edges.pid,
    version: edges.version,
    describe: describeChange,
    forks: options.forks ?? null,
    isStepwise: options.step === true,
    isVerbose: options.verbose === true,
    directory,
    stop: edges.stop,
    abandon: edges.abandon,
  };
}

export function absoluteStateDir(options: CommonOptions, edges: Edges): string {
  const { stateDir } = options;
  return isAbsolute(stateDir) ? stateDir : resolve(edges.directory, stateDir);
}
