import { type Failure, failure } from '../core/failure.js';
import { resumeRun } from '../engine/resume-run.js';
import { type RunStatus, statusOf } from '../engine/run-status.js';
import { statusText } from '../report/index.js';
import type { Edges } from './edges.js';
import { exitCodeOf } from './exit-code.js';
import { leftOutText } from './left-out-text.js';
import { movedInputs } from './moved-inputs.js';
import type { CommonOptions } from './options.js';
import { printFailure, printLine, reportFor } from './printing.js';
import { withRecordedRun } from './recorded-run.js';
import { requestOf } from './request.js';
import { worldOf } from './world.js';

/** `runback resume [RUN]`: goes on with a run that was cut short, or finishes its rollback. */
export function resumeVerb(
  run: string | undefined,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  return withRecordedRun(run, options, edges, async (recorded) => {
    const { plan, identity, directory, journal, records, connections } = recorded;
    const status = statusOf(plan, records);
    if (status.outcome === 'rolled-back' || status.isTakenBack) {
      return printFailure(wasTakenBack(status), exitCodeOf('refused'), options, edges);
    }
    if (status.outcome === 'done') {
      printLine(`Run ${identity.id} is done: there is nothing to go on with.`, options, edges);
      return exitCodeOf('done');
    }
    const moved = movedInputs(recorded.sources, identity, options, edges);
    if (moved.length > 0 && options.asRecorded !== true) {
      return printFailure(inputsMoved(moved), exitCodeOf('refused'), options, edges);
    }
    printLine(statusText(status), options, edges);
    const operator = edges.operator(options.yes === true);
    const how = status.isGoingBack ? 'Finish going back' : 'Go on';
    const question = `${how} with run ${identity.id} of ${plan.name}?${leftOutText(plan)}`;
    if (!(await operator.confirm(question, edges.stop))) return exitCodeOf('refused');
    const report = reportFor(options, edges);
    const request = requestOf(plan, identity, directory, options, edges);
    const world = worldOf(connections, directory, journal, operator, edges);
    const end = await resumeRun(request, records, world, report.emit);
    await report.finish();
    return exitCodeOf(end.outcome);
  });
}

function wasTakenBack({ run, playbook }: RunStatus): Failure {
  const message = `run ${run} was taken back: there is nothing to go on with`;
  return failure('refused', 'taken-back', message, `start a new one: runback run ${playbook}`);
}

/** A run goes on with what it kept: somebody who has edited a file since would not expect that. */
function inputsMoved(moved: readonly string[]): Failure {
  const [first = ''] = moved;
  const message = `the run's inputs have changed since it began: ${first}`;
  const next = 'give --as-recorded to go on with what the run kept, or change them back';
  return failure('refused', 'inputs-moved', message, next, { detail: moved.join('\n') });
}
