import { type Failure, refused } from '../core/failure.js';
import { eraseFootprints, findFootprints, type HostFootprint } from '../engine/clean-run.js';
import { type RunStatus, statusOf } from '../engine/run-status.js';
import { footprintText } from '../report/index.js';
import type { Edges } from './edges.js';
import { exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';
import { printFailure, printLine } from './printing.js';
import { withRecordedRun } from './recorded-run.js';
import { requestOf } from './request.js';
import { worldOf } from './world.js';

/** `runback clean [RUN]`: lists what a run left on the hosts, and takes it away after a yes. */
export function cleanVerb(
  run: string | undefined,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  return withRecordedRun(run, options, edges, async (recorded) => {
    const { plan, identity, directory, journal, records, connections } = recorded;
    const fail = (failure: Failure): number =>
      printFailure(failure, exitCodeOf('refused'), options, edges);
    const status = statusOf(plan, records);
    if (!isOver(status)) return fail(notOver(status));
    const operator = edges.operator(options.yes === true);
    const request = requestOf(plan, identity, directory, options, edges);
    const world = worldOf(connections, directory, journal, operator, edges);
    try {
      const found = await findFootprints(request, records, world);
      if (!found.ok) return fail(found.error);
      printFound(found.value, options, edges);
      if (found.value.every((one) => one.found.length === 0)) return exitCodeOf('done');
      const question = `Take all of this away for good? Run ${identity.id} cannot be taken back then.`;
      if (!(await operator.confirm(question, edges.stop))) return exitCodeOf('refused');
      const failure = await eraseFootprints(request, world, found.value);
      if (failure !== null) return printFailure(failure, exitCodeOf('stopped'), options, edges);
      printLine('Taken away.', options, edges);
      return exitCodeOf('done');
    } finally {
      await world.hosts.closeAll();
    }
  });
}

/** While a run can be gone on with, what it left is what it goes on with. */
function isOver({ outcome, isTakenBack, left }: RunStatus): boolean {
  const isEnded = outcome === 'done' || outcome === 'rolled-back' || isTakenBack;
  return isEnded || (outcome === 'refused' && left.length === 0);
}

function printFound(
  footprints: readonly HostFootprint[],
  options: CommonOptions,
  edges: Edges,
): void {
  if (options.output !== 'json') {
    edges.out.write(footprintText(footprints));
    return;
  }
  const write = (line: object): void => edges.out.write(`${JSON.stringify({ v: 1, ...line })}\n`);
  for (const { host, found, leftAlone, notReached } of footprints) {
    if (notReached !== null) write({ type: 'not_reached', host, why: notReached });
    for (const { path, sizeBytes } of found) {
      write({ type: 'footprint', host, path, size_bytes: sizeBytes });
    }
    for (const path of leftAlone) write({ type: 'left_alone', host, path });
  }
}

function notOver({ run }: RunStatus): Failure {
  const message = `run ${run} is not over: what it left is needed to go on or to go back`;
  return refused('not-over', message, `runback resume ${run}, or runback rollback ${run}`);
}
