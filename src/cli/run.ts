import type { Diagnostic } from '../core/diagnostic.js';
import type { Failure } from '../core/failure.js';
import { dryRun, type Fact, type Foretelling } from '../engine/dry-run.js';
import { runPlan } from '../engine/run.js';
import { createRun } from '../journal/index.js';
import { readAcceptance } from './acceptance.js';
import { credentialsExit, withCredentials } from './credentials.js';
import type { Edges } from './edges.js';
import { exitCodeOf } from './exit-code.js';
import { newIdentity } from './identity.js';
import { leftOutText } from './left-out-text.js';
import type { CommonOptions } from './options.js';
import { type Prepared, prepare, type RunIdentity } from './prepare.js';
import {
  nowText,
  printDiagnostics,
  printFailure,
  printLine,
  printOfflinePlan,
  reportFor,
} from './printing.js';
import { absoluteStateDir, requestOf } from './request.js';
import { savedPlanText } from './saved-plan.js';
import { readSources, textsOf } from './sources.js';
import { previewWorld, worldOf } from './world.js';

/** `runback run PLAYBOOK`: preview, ask, do. With --yes it does at once. */
export async function runVerb(
  playbook: string,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  return withPrepared(playbook, options, edges, async (prepared, identity) => {
    if (options.yes !== true) {
      const preview = await foretell(prepared, identity, options, edges);
      if (preview.outcome !== 'would-change') return exitCodeOf(preview.outcome);
      const { plan } = prepared;
      const question = `Run ${plan.name} on ${plan.cluster ?? 'these hosts'} now?${leftOutText(plan)}`;
      const isWanted = await edges.operator(false).confirm(question, edges.stop);
      if (!isWanted) return exitCodeOf('refused');
    }
    return carryOut(prepared, identity, options, edges);
  });
}

/** `runback plan PLAYBOOK`, `runback run --dry-run`: asks the hosts and changes nothing. */
export async function dryRunVerb(
  playbook: string,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  return withPrepared(playbook, options, edges, async (prepared, identity) => {
    if (options.offline === true) return printOfflinePlan(prepared.plan, options, edges);
    const end = await foretell(prepared, identity, options, edges);
    const isGood = end.outcome === 'would-change' || end.outcome === 'done';
    if (options.out !== undefined && isGood) {
      const failed = savePlan(options.out, prepared, identity, end.facts, edges);
      if (failed !== null) return printFailure(failed, exitCodeOf('refused'), options, edges);
      printLine(`Saved. To do it: runback apply ${options.out}`, options, edges);
    }
    return exitCodeOf(end.outcome, options.detailedExitcode === true);
  });
}

async function withPrepared(
  playbook: string,
  options: CommonOptions,
  edges: Edges,
  then: (prepared: Prepared, identity: RunIdentity) => Promise<number>,
): Promise<number> {
  if (options.inventory.length === 0)
    return printDiagnostics([noInventory(playbook)], new Map(), options, edges);
  const sources = readSources(playbook, options, edges);
  if (!sources.ok) return printDiagnostics(sources.error, new Map(), options, edges);
  const acceptance = readAcceptance(options, edges);
  if (!acceptance.ok) return printDiagnostics(acceptance.error, new Map(), options, edges);
  const identity = newIdentity(edges, acceptance.value);
  const prepared = prepare(sources.value, identity, options, edges);
  if (!prepared.ok) {
    return printDiagnostics(prepared.error, textsOf(sources.value), options, edges);
  }
  printDiagnostics(prepared.value.notes, textsOf(sources.value), options, edges);
  if (options.offline === true) return then(prepared.value, identity);
  const connections = await withCredentials(prepared.value.connections, options, edges);
  if (!connections.ok) return credentialsExit(connections.error, options, edges);
  return then({ ...prepared.value, connections: connections.value }, identity);
}

async function foretell(
  prepared: Prepared,
  identity: RunIdentity,
  options: CommonOptions,
  edges: Edges,
): Promise<Foretelling> {
  const report = reportFor(options, edges);
  const request = requestOf(prepared.plan, identity, null, options, edges);
  const end = await dryRun(request, previewWorld(prepared.connections, edges), report.emit);
  await report.finish();
  return end;
}

/** Under a run directory of its own: every record is durable before what it announces. */
export async function carryOut(
  prepared: Prepared,
  identity: RunIdentity,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  const created = createRun(absoluteStateDir(options, edges), identity.id, prepared.frozen, () =>
    nowText(edges),
  );
  if (!created.ok) return printFailure(created.error, exitCodeOf('refused'), options, edges);
  const { directory, journal } = created.value;
  try {
    const report = reportFor(options, edges);
    const request = requestOf(prepared.plan, identity, directory, options, edges);
    const operator = edges.operator(options.yes === true);
    const world = worldOf(prepared.connections, directory, journal, operator, edges);
    const end = await runPlan(request, world, report.emit);
    await report.finish();
    return exitCodeOf(end.outcome);
  } finally {
    created.value.close();
  }
}

function savePlan(
  file: string,
  { plan, frozen }: Prepared,
  run: RunIdentity,
  facts: readonly Fact[],
  edges: Edges,
): Failure | null {
  const { hash, name, cluster } = plan;
  const about = { version: edges.version, saved: nowText(edges), run, plan: hash, name, cluster };
  const text = savedPlanText({ format: 'runback.plan', v: 1, ...about, inputs: frozen, facts });
  const written = edges.writeText(file, text);
  return written.ok ? null : written.error;
}

function noInventory(playbook: string): Diagnostic {
  return {
    severity: 'error',
    code: 'no-inventory',
    message: 'no inventory was given',
    help: `name one: runback run ${playbook} -i inventories/example.yml`,
    at: { file: playbook, line: 1, column: 1 },
  };
}
