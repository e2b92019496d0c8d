import { type Failure, refused } from '../core/failure.js';
import type { Json } from '../core/json.js';
import { differences, differenceText } from '../core/json-difference.js';
import { dryRun, type Fact } from '../engine/dry-run.js';
import { listRuns } from '../journal/index.js';
import { alsoAccepting, readAcceptance } from './acceptance.js';
import { credentialsExit, withCredentials } from './credentials.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import { leftOutText } from './left-out-text.js';
import { movedInputs } from './moved-inputs.js';
import type { CommonOptions } from './options.js';
import { type Prepared, prepare } from './prepare.js';
import { printDiagnostics, printFailure, printLine } from './printing.js';
import { absoluteStateDir, requestOf } from './request.js';
import { carryOut } from './run.js';
import { readSavedPlan, type SavedPlan } from './saved-plan.js';
import { textsOf } from './sources.js';
import { previewWorld } from './world.js';

/** `runback apply FILE`: does a saved plan, while the inputs and the facts that it rests on still hold. */
export async function applyVerb(
  file: string,
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  const text = edges.readText(file);
  if (!text.ok) return printFailure(text.error, BAD_INPUT, options, edges);
  const saved = readSavedPlan(file, text.value);
  if (!saved.ok) return printFailure(saved.error, BAD_INPUT, options, edges);
  const acceptance = readAcceptance(options, edges);
  if (!acceptance.ok) return printDiagnostics(acceptance.error, new Map(), options, edges);
  const { inputs, plan: hash } = saved.value;
  const run = alsoAccepting(saved.value.run, acceptance.value);
  if (listRuns(absoluteStateDir(options, edges)).includes(run.id)) {
    return refuse(appliedAlready(run.id), options, edges);
  }
  const moved = movedInputs(inputs, run, options, edges);
  if (moved.length > 0) return refuse(stale(saved.value, moved), options, edges);
  const prepared = prepare(inputs, run, options, edges);
  if (!prepared.ok) return printDiagnostics(prepared.error, textsOf(inputs), options, edges);
  if (prepared.value.plan.hash !== hash) return refuse(otherPlan(file), options, edges);
  const connections = await withCredentials(prepared.value.connections, options, edges);
  if (!connections.ok) return credentialsExit(connections.error, options, edges);
  const reached = { ...prepared.value, connections: connections.value };
  const refusal = await whatMoved({ ...saved.value, run }, reached, options, edges);
  if (refusal !== null) return refuse(refusal, options, edges);
  const operator = edges.operator(options.yes === true);
  const leftOut = leftOutText(prepared.value.plan);
  const question = `Do the plan of ${saved.value.saved}, ${saved.value.name}, now?${leftOut}`;
  if (!(await operator.confirm(question, edges.stop))) return exitCodeOf('refused');
  return carryOut(reached, run, options, edges);
}

/** Looks at the hosts again, without a word where nothing has moved. */
async function whatMoved(
  saved: SavedPlan,
  { plan, connections }: Prepared,
  options: CommonOptions,
  edges: Edges,
): Promise<Failure | null> {
  printLine(`Looking whether the plan of ${saved.saved} still holds…`, options, edges);
  const request = requestOf(plan, saved.run, null, options, edges);
  const seen = await dryRun(request, previewWorld(connections, edges), () => {});
  if (seen.failure !== null) return seen.failure;
  const moved = movedFacts(saved.facts, seen.facts);
  return moved.length === 0 ? null : stale(saved, moved);
}

/** What a step rests on and what it would do, place by place. */
function movedFacts(before: readonly Fact[], after: readonly Fact[]): readonly string[] {
  const [was, is] = [byStep(before), byStep(after)];
  return [...new Set([...was.keys(), ...is.keys()])].flatMap((step) =>
    differences(was.get(step), is.get(step)).map((one) => `${step}: ${differenceText(one)}`),
  );
}

function byStep(facts: readonly Fact[]): ReadonlyMap<string, Json> {
  return new Map(
    facts.map(({ task, host, index, outcome, changes, args, material }) => {
      const item = index === 0 ? '' : ` (item ${index + 1})`;
      return [`task ${task} on ${host}${item}`, { outcome, changes, args, material }];
    }),
  );
}

function refuse(failure: Failure, options: CommonOptions, edges: Edges): number {
  return printFailure(failure, exitCodeOf('refused'), options, edges);
}

function stale({ saved }: SavedPlan, moved: readonly string[]): Failure {
  const [first = ''] = moved;
  const message = `the plan of ${saved} is stale: ${first}`;
  return refused('stale-plan', message, 'make a new plan and read it', moved.join('\n'));
}

function appliedAlready(run: string): Failure {
  const message = `this plan has been applied already, as run ${run}`;
  return refused('applied-already', message, `see what became of it: runback status ${run}`);
}

function otherPlan(file: string): Failure {
  const message = `the inputs that ${file} keeps give another plan in this version of runback`;
  return refused('other-plan', message, 'make a new plan and read it');
}
