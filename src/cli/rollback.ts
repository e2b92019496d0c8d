import { type Failure, failure } from '../core/failure.js';
import { rollBackRun } from '../engine/roll-back-run.js';
import { openRun } from '../journal/index.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';
import { prepare } from './prepare.js';
import { nowText, printDiagnostics, printFailure, reportFor } from './printing.js';
import { absoluteStateDir, requestOf } from './request.js';
import { type Sources, textsOf } from './sources.js';
import { worldOf } from './world.js';

/** `runback rollback [RUN]`: rebuilds the run's plan from what it kept, and takes it back. */
export async function rollbackVerb(
  run: string | undefined,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  const stateDir = absoluteStateDir(options, edges);
  const opened = openRun(stateDir, run ?? 'latest', () => nowText(edges));
  if (!opened.ok) return printFailure(opened.error, BAD_INPUT, options, edges);
  const { directory, journal, records } = opened.value;
  try {
    const sources = opened.value.inputs as unknown as Sources;
    const [first] = records;
    if (first?.type !== 'run.started') return BAD_INPUT;
    const identity = { id: first.run, started: first.started, user: first.user };
    const prepared = prepare(sources, identity, edges);
    if (!prepared.ok) return printDiagnostics(prepared.error, textsOf(sources), options, edges);
    const { plan, connections } = prepared.value;
    if (plan.hash !== first.plan) {
      return printFailure(otherPlan(directory), exitCodeOf('refused'), options, edges);
    }
    const operator = edges.operator(options.yes === true);
    const question = `Take run ${first.run} of ${plan.name} back on ${plan.lockHosts.join(', ')}?`;
    if (!(await operator.confirm(question, edges.stop))) return exitCodeOf('refused');
    const report = reportFor(options, edges);
    const request = requestOf(plan, identity, directory, edges);
    const world = worldOf(connections, directory, journal, operator, edges);
    const end = await rollBackRun(request, records, world, report.emit);
    await report.finish();
    return exitCodeOf(end.outcome);
  } finally {
    opened.value.close();
  }
}

/** What is taken back must be what was done: the kept inputs must give the very plan that ran. */
function otherPlan(directory: string): Failure {
  const message = `what ${directory} keeps does not give the plan that was run`;
  const next = 'use the runback that started the run; nothing was changed';
  return failure('refused', 'other-plan', message, next);
}
