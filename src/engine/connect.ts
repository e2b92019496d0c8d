import type { Failure } from '../core/failure.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Plan, Task } from '../core/plan.js';
import type { Context } from './context.js';

/** Connects to every host at once: all that cannot be reached are known before anything is done. */
export async function connectAll(context: Context): Promise<readonly Failure[]> {
  const { plan, stop } = context.request;
  const failures = await Promise.all(
    hostsOf(plan).map(async (host): Promise<Failure | null> => {
      const startedMs = context.world.clock.nowMs();
      const session = await context.world.hosts.connect(host, needsRoot(plan, host), stop);
      if (!session.ok) {
        context.emit({ type: 'host.unreachable', host, failure: session.error });
        return session.error;
      }
      context.sessions.set(host, session.value);
      const durationMs = context.world.clock.nowMs() - startedMs;
      if (host !== CONTROLLER) context.emit({ type: 'host.connected', host, durationMs });
      return null;
    }),
  );
  return failures.filter((failure): failure is Failure => failure !== null);
}

/** The lock is root's, so a host that is locked is entered as root even where no task asks for it. */
function needsRoot(plan: Plan, host: HostName): boolean {
  if (host === CONTROLLER) return false;
  if (plan.cluster !== null && plan.lockHosts.includes(host)) return true;
  return tasksOf(plan).some((task) => task.become && task.hosts.includes(host));
}

function hostsOf(plan: Plan): readonly HostName[] {
  const locked = plan.cluster === null ? [] : plan.lockHosts;
  const named = tasksOf(plan).flatMap((task) => task.hosts);
  return [...new Set([...locked, ...named, CONTROLLER])];
}

function tasksOf(plan: Plan): readonly Task[] {
  return plan.plays.flatMap((play) => play.children);
}
