import type { Context } from './context.js';

/** The first event of every mode: what is about to be done, to whom, and where it is recorded. */
export function announceRun(context: Context): void {
  const { plan, run, directory } = context.request;
  context.emit({
    type: 'run.started',
    run,
    mode: context.mode,
    playbook: plan.playbook,
    name: plan.name,
    cluster: plan.cluster,
    hosts: [...new Set(plan.plays.flatMap((play) => play.hosts))],
    directory,
  });
}
