import type { Connection } from '../core/connection.js';
import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import type { Plan } from '../core/plan.js';
import type { Journal } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { openRun } from '../journal/index.js';
import { alsoAccepting, readAcceptance } from './acceptance.js';
import { credentialsExit, withCredentials } from './credentials.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';
import { prepare, type RunIdentity } from './prepare.js';
import { nowText, printDiagnostics, printFailure } from './printing.js';
import { absoluteStateDir } from './request.js';
import { keptSources, type Sources, textsOf } from './sources.js';

/** An earlier run, opened to be worked on: what it recorded, and the very plan that it carried out. */
export interface RecordedRun {
  readonly identity: RunIdentity;
  readonly plan: Plan;
  readonly connections: ReadonlyMap<HostName, Connection>;
  readonly directory: string;
  readonly journal: Journal;
  readonly records: readonly RecordBody[];
  readonly sources: Sources;
}

/**
 * Opens a run as its only owner and rebuilds its plan from the inputs that it kept. Nothing is done with
 * a run whose plan comes out differently: what is taken up or taken back must be what was begun.
 */
export async function withRecordedRun(
  run: string | undefined,
  options: CommonOptions,
  edges: Edges,
  work: (recorded: RecordedRun) => Promise<number>,
): Promise<number> {
  const stateDir = absoluteStateDir(options, edges);
  const opened = openRun(stateDir, run ?? 'latest', () => nowText(edges));
  if (!opened.ok) return printFailure(opened.error, BAD_INPUT, options, edges);
  const { directory, journal, records, inputs } = opened.value;
  try {
    const sources = keptSources(inputs);
    const recorded = identityOf(records);
    if (recorded === null) return BAD_INPUT;
    const acceptance = readAcceptance(options, edges);
    if (!acceptance.ok) return printDiagnostics(acceptance.error, new Map(), options, edges);
    const identity = alsoAccepting(recorded, acceptance.value);
    const prepared = prepare(sources, identity, options, edges);
    if (!prepared.ok) return printDiagnostics(prepared.error, textsOf(sources), options, edges);
    const { plan } = prepared.value;
    if (plan.hash !== identity.plan) {
      return printFailure(otherPlan(directory), exitCodeOf('refused'), options, edges);
    }
    const reached = await withCredentials(prepared.value.connections, options, edges);
    if (!reached.ok) return credentialsExit(reached.error, options, edges);
    const connections = reached.value;
    return await work({ identity, plan, connections, directory, journal, records, sources });
  } finally {
    opened.value.close();
  }
}

export function identityOf(
  records: readonly RecordBody[],
): (RunIdentity & { readonly plan: string }) | null {
  const [first] = records;
  if (first?.type !== 'run.started') return null;
  const { run: id, started, user, plan } = first;
  const taken = records.flatMap((one) =>
    one.type === 'run.started' || one.type === 'run.resumed' ? [one] : [],
  );
  const accepted = taken.flatMap((one) => one.accepted ?? []);
  const reason = taken.findLast((one) => (one.reason ?? '') !== '')?.reason ?? '';
  return { id, started, user, accepted: [...new Set(accepted)].sort(), reason, plan };
}

function otherPlan(directory: string): Failure {
  const message = `what ${directory} keeps does not give the plan that was run`;
  const next = 'use the runback that started the run; nothing was changed';
  return failure('refused', 'other-plan', message, next);
}
