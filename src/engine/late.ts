import type { Failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { type Play, placeOf, type Task } from '../core/plan.js';
import { needsRoot } from './connect.js';
import { type Context, record } from './context.js';
import { atOnce, eachHost } from './each-host.js';
import { takenOver } from './failures.js';
import { releaseLocks } from './give-back.js';
import { takeLockOn } from './lock.js';
import { scopeOf } from './step-at.js';

/** Late hosts are many, and whoever is dead takes its time to show it. */
const enteredAtOnce = 50;

/** What is not one host's own affair: another has the run, we are to stop, or something of ours is broken. */
const EVERYBODYS: readonly Failure['kind'][] = ['fenced', 'interrupted', 'defect'];

/**
 * Connects to those hosts of a task that were not met before, and takes the lock there under the run's own
 * epoch. One that cannot be entered is left out: its steps end as unreachable, and it is not tried again in
 * this process. Gives a failure only where it is not that host's own.
 */
export async function enterLate(
  context: Context,
  task: Task,
  hosts: readonly HostName[],
): Promise<Failure | null> {
  const late = hosts.filter((host) => isToBeEntered(context, placeOf(task, host)));
  const busy = late.filter((host) => !isSkipped(context, task, host));
  const open = [...new Set(busy.map((host) => placeOf(task, host)))];
  if (open.length === 0) return null;
  const notOurs = await isTakenOver(context);
  if (notOurs !== null) return notOurs;
  const fresh = open.filter((machine) => !context.history.entered.has(machine));
  const noted = await note(context, 'hosts.entered', fresh);
  if (noted !== null) return noted;
  const width = atOnce(enteredAtOnce, context.request.forks);
  const failures = await eachHost(open, width, 'go-on', (machine) => enter(context, machine));
  const outside = fresh.filter((machine) => context.notEntered.has(machine));
  const left = await note(context, 'hosts.left', outside);
  return left ?? failures.find((one) => one !== null) ?? null;
}

/** Why the machine of a host's step could not be entered; null: it was, or need not be. */
export function notEntered(context: Context, task: Task, host: HostName): Failure | null {
  return context.notEntered.get(placeOf(task, host)) ?? null;
}

/** Going back stops nowhere for a host that nobody waits for, whatever is wrong there. */
export function isItsOwn(context: Context, machine: HostName, { kind }: Failure): boolean {
  return context.request.plan.lateHosts.includes(machine) && !EVERYBODYS.includes(kind);
}

/**
 * Behind a batch: whoever has nothing more to do in this run is let go, and its lock given back. Not before
 * the point of no return, since a failure could still lead back there.
 */
export async function leaveLate(context: Context, play: Play, batch: number): Promise<void> {
  const { history, request, world } = context;
  if (history.pointOfNoReturn === null || history.entered.size === 0) return;
  const { plays } = request.plan;
  const later = plays.slice(plays.indexOf(play) + 1).flatMap(({ batches }) => batches);
  const tasks = [...play.batches.slice(batch + 1), ...later].flatMap(({ children }) => children);
  const needed = new Set(tasks.flatMap((task) => task.hosts.map((host) => placeOf(task, host))));
  const done = [...history.entered].filter((machine) => !needed.has(machine));
  await releaseLocks(context, done);
  // Where this does not become durable, the end gives back what is given back already.
  await note(context, 'hosts.left', done);
  for (const machine of done) {
    context.sessions.delete(machine);
    world.hosts.close(machine);
  }
}

async function note(
  context: Context,
  type: 'hosts.entered' | 'hosts.left',
  hosts: readonly HostName[],
): Promise<Failure | null> {
  if (hosts.length === 0) return null;
  const noted = await record(context, { type, hosts });
  return noted.ok ? null : noted.error;
}

function isToBeEntered(context: Context, machine: HostName): boolean {
  const isLate = context.request.plan.lateHosts.includes(machine);
  return isLate && !context.notEntered.has(machine) && !context.sessions.has(machine);
}

/** Who has nothing to do is not met for it. */
function isSkipped(context: Context, task: Task, host: HostName): boolean {
  if (task.isLoop) return false;
  const bound = task.bind(scopeOf(context, host));
  return bound.ok && bound.value.kind === 'skip';
}

/** Late hosts know nothing of who has the run by now; a paused controller would go on there. */
async function isTakenOver(context: Context): Promise<Failure | null> {
  const { plan, run, stop } = context.request;
  const [first] = plan.lockHosts;
  if (plan.cluster === null || first === undefined) return null;
  const state = await context.sessions.get(first)?.readLock(plan.cluster, stop);
  if (state === undefined || !state.ok) return null;
  const isOurs = state.value.holder?.run === run && state.value.epoch === context.history.epoch;
  return isOurs ? null : takenOver(first, plan.cluster);
}

async function enter(context: Context, machine: HostName): Promise<Failure | null> {
  const { plan, run, stop } = context.request;
  const startedMs = context.world.clock.nowMs();
  const session = await context.world.hosts.connect(machine, needsRoot(plan, machine), stop);
  if (!session.ok) return leaveOut(context, machine, session.error);
  context.sessions.set(machine, session.value);
  const over = context.mode === 'run' ? null : run;
  const locked = await takeLockOn(context, machine, over);
  if (!locked.ok) {
    await releaseLocks(context, [machine]);
    context.sessions.delete(machine);
    return leaveOut(context, machine, locked.error);
  }
  const durationMs = context.world.clock.nowMs() - startedMs;
  context.emit({ type: 'host.connected', host: machine, durationMs });
  return null;
}

function leaveOut(context: Context, machine: HostName, failure: Failure): Failure | null {
  if (!isItsOwn(context, machine, failure)) return failure;
  context.notEntered.set(machine, failure);
  return null;
}
