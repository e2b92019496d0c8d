import { type Failure, refused } from '../core/failure.js';
import { rollBackRun } from '../engine/roll-back-run.js';
import { statusOf } from '../engine/run-status.js';
import type { Edges } from './edges.js';
import { exitCodeOf } from './exit-code.js';
import { leftOutText } from './left-out-text.js';
import type { CommonOptions } from './options.js';
import { printFailure, reportFor } from './printing.js';
import { withRecordedRun } from './recorded-run.js';
import { requestOf } from './request.js';
import { worldOf } from './world.js';

/** `runback rollback [RUN]`: takes a run back, newest task first; its lock is taken over. */
export function rollbackVerb(
  run: string | undefined,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  return withRecordedRun(run, options, edges, async (recorded) => {
    const { plan, identity, directory, journal, records, connections } = recorded;
    if (statusOf(plan, records).isCleaned) {
      return printFailure(wayBackIsGone(identity.id), exitCodeOf('refused'), options, edges);
    }
    const operator = edges.operator(options.yes === true);
    const hosts = plan.lockHosts.join(', ');
    const question = `Take run ${identity.id} of ${plan.name} back on ${hosts}?${leftOutText(plan)}`;
    if (!(await operator.confirm(question, edges.stop))) return exitCodeOf('refused');
    const report = reportFor(options, edges);
    const request = requestOf(plan, identity, directory, options, edges);
    const world = worldOf(connections, directory, journal, operator, edges);
    const end = await rollBackRun(request, records, world, report.emit);
    await report.finish();
    return exitCodeOf(end.outcome);
  });
}

function wayBackIsGone(run: string): Failure {
  const message = `what run ${run} left on the hosts was taken away by \`clean\`: the way back is gone`;
  return refused('cleaned', message, 'restore a backup instead');
}
