import type { Places } from '../core/ask.js';
import type { Emit, RunMode } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import { CONTROLLER, type HostName, type RunId } from '../core/names.js';
import type { Plan } from '../core/plan.js';
import type { Describe, Session, World } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { err, type Result } from '../core/result.js';
import { lostSession } from './failures.js';
import { applyRecord, type History } from './history.js';
import { pauser } from './pause.js';
import { Results } from './results.js';
import { Tally } from './tally.js';

/** Who runs what, and how it may be stopped. Made by main, the same for every task of a run. */
export interface RunRequest {
  readonly plan: Plan;
  readonly run: RunId;
  /** UTC, ISO 8601. */
  readonly started: string;
  readonly user: string;
  /** Codes of findings that the operator accepts, and why. */
  readonly accepted: readonly string[];
  readonly reason: string;
  readonly controllerName: string;
  readonly pid: number;
  readonly version: string;
  readonly describe: Describe;
  /** How many hosts at once, whatever a task allows; null: all. */
  readonly forks: number | null;
  /** Ask before each task. */
  readonly isStepwise: boolean;
  /** Tell what running programs print. */
  readonly isVerbose: boolean;
  /** Absolute path of the run's directory; null in a dry run. */
  readonly directory: string | null;
  /** Fires when no new step may start: what is in flight is finished and recorded. */
  readonly stop: AbortSignal;
  /** Fires when even what is in flight must be let go. */
  readonly abandon: AbortSignal;
}

/** Everything that the parts of the engine share while one run lasts. */
export interface Context {
  readonly request: RunRequest;
  readonly mode: RunMode;
  readonly world: World;
  readonly emit: Emit;
  readonly sessions: Map<HostName, Session>;
  readonly history: History;
  readonly results: Results;
  readonly tally: Tally;
  /** Hosts that failed where that is not fatal: they take no further part. */
  readonly dropped: Map<HostName, Failure>;
  /** Late hosts that could not be entered: not tried again in this process. */
  readonly notEntered: Map<HostName, Failure>;
  /** Hosts that were left out of a task where that is allowed, and what stood in the way. */
  readonly leftOut: Map<HostName, Failure>;
  /** The play that was announced last. */
  announcedPlay: string | null;
}

export function newContext(
  mode: RunMode,
  request: RunRequest,
  world: World,
  emit: Emit,
  history: History,
): Context {
  return {
    request,
    mode,
    world,
    emit,
    sessions: new Map(),
    history,
    results: new Results(),
    tally: new Tally(),
    dropped: new Map(),
    notEntered: new Map(),
    leftOut: new Map(),
    announcedPlay: null,
  };
}

/** Writes a record durably and takes note of it: the only way in which history grows. */
export async function record(context: Context, body: RecordBody): Promise<Result<void, Failure>> {
  const written = await context.world.journal.append(body);
  if (written.ok) applyRecord(context.history, body);
  return written;
}

/** The places that a step which is carried out on this machine may ask. */
export function placesOf(context: Context, machine: HostName, signal: AbortSignal): Places {
  return {
    host: asker(context, machine, signal),
    controller: asker(context, CONTROLLER, signal),
    pause: pauser(context, signal),
    run: context.request.run,
  };
}

function asker(context: Context, host: HostName, signal: AbortSignal): Places['host'] {
  const ask = async (questions: Parameters<Session['ask']>[0]) => {
    const session = context.sessions.get(host);
    if (session === undefined) return err(lostSession(host));
    return session.ask(questions, signal);
  };
  // The session answers each question with its own kind of answer: Ask says so in types.
  return ask as Places['host'];
}
