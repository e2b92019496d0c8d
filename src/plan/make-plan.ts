import type { Diagnostic } from '../core/diagnostic.js';
import { sha256 } from '../core/hash.js';
import type { Inventory } from '../core/inventory.js';
import { canonical, type Json, type JsonObject } from '../core/json.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import { type Plan, type Play, placeOf, type Task, tasksOf } from '../core/plan.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedPlay, CheckedPlaybook, CheckedTask } from '../playbook/checked.js';
import { evidenceProblems } from '../playbook/evidence.js';
import { batchesOf } from './batches.js';
import { clusterOf } from './cluster.js';
import { hostsMatching } from './host-pattern.js';
import { type LeftOut, leftOutProblems } from './left-out.js';
import { inBatch, makeTask } from './make-task.js';
import { playHosts } from './play-hosts.js';
import { identitiesOf, type Surroundings } from './roots.js';
import {
  atOption,
  EVERYTHING,
  optionsGiven,
  refuseForWhole,
  type Selection,
  selectTasks,
} from './selection.js';
import type { Values } from './values.js';
import { hostsWithout, withoutEffect } from './without.js';

export interface PlanSources {
  readonly playbook: CheckedPlaybook;
  readonly inventory: Inventory;
  readonly values: Values;
  readonly limit: string | null;
  /** Everything when it is absent. */
  readonly selection?: Selection | null;
  /** Names of hosts that are down and stay down; nobody when it is absent. */
  readonly without?: readonly string[];
}

/** Playbook × inventory × values → the tree of what will be done. Pure: the same texts, the same plan. */
export function makePlan(sources: PlanSources): Result<Plan, readonly Diagnostic[]> {
  const { playbook, inventory, values } = sources;
  const problems: Diagnostic[] = [];
  const without = hostsWithout(sources.without ?? [], inventory, problems);
  const plays = makePlays(sources, without, problems);
  const hosts = [...new Set(plays.flatMap((play) => play.hosts))];
  const changed = changedHosts(plays);
  const touched = [...new Set([...hosts, ...changed])];
  const late = onlyWhereAwayIsIgnored(plays);
  const cluster = clusterOf(playbook, inventory, { touched, late, isChanging: changed.length > 0 });
  if (!cluster.ok) problems.push(cluster.error);
  else problems.push(...misplaced(sources, cluster.value.hosts, without));
  if (problems.length > 0 || !cluster.ok) return err(problems);
  const facts = hosts.map((host) => [host, withoutSecrets(playbook, values.get(host) ?? {})]);
  const texts = playbook.texts.map(({ text }) => text);
  return ok({
    // Nobody left out is the same plan as ever: older journals hold its hash.
    hash: sha256(
      canonical([
        ...[texts, facts, cluster.value.name, shapeOf(plays)],
        ...(without.length === 0 ? [] : [without]),
      ]),
    ),
    name: playbook.name,
    playbook: playbook.file,
    cluster: cluster.value.name,
    lockHosts: cluster.value.hosts.filter((host) => !without.includes(host)),
    lateHosts: late.filter((host) => !cluster.value.hosts.includes(host)),
    without,
    plays,
  });
}

/** The plays with the tasks and hosts that are chosen; none that is empty. */
function makePlays(
  sources: PlanSources,
  without: readonly HostName[],
  problems: Diagnostic[],
): readonly Play[] {
  const { playbook, inventory, values, limit } = sources;
  const selection = sources.selection ?? EVERYTHING;
  const options = optionsGiven(selection, limit);
  const leftOut = selectTasks(playbook, selection, problems);
  const known = { inventory, identities: identitiesOf(inventory), values, without };
  const made = playbook.plays.map((play) => {
    refuseForWhole(play, options, problems);
    const tasks = play.tasks.filter((task) => !leftOut.has(task.id));
    const around = { ...known, playHosts: playHosts(play, { ...sources, without }, problems) };
    return makePlay(play, tasks, around, problems);
  });
  const plays = made.filter((play) => play.batches.some((batch) => batch.children.length > 0));
  if (problems.length > 0) return plays;
  const why = whyLeftOut(playbook, made, leftOut);
  problems.push(...evidenceProblems(playbook), ...leftOutProblems(playbook, why));
  if (problems.length === 0 && plays.length === 0) {
    const help = 'give another choice, or none';
    problems.push(atOption(options[0] ?? '--tags', 'nothing-left', 'no task is left', help));
  }
  return plays;
}

function makePlay(
  play: CheckedPlay,
  tasks: readonly CheckedTask[],
  around: Surroundings,
  problems: Diagnostic[],
): Play {
  const hosts = around.playHosts;
  const onAll = tasks.map((task) => makeTask(task, around, problems));
  const { id, name, whole, onFailure, strategy, anyErrorsFatal, maxFailPercentage } = play;
  return {
    kind: 'play',
    id,
    name,
    hosts,
    whole,
    onFailure,
    strategy,
    anyErrorsFatal,
    maxFailPercentage,
    batches: batchesOf(hosts, play.serial).map((batch, index) => ({
      kind: 'batch',
      hosts: batch,
      children: onAll.flatMap((task) => inBatch(task, batch, index === 0)),
    })),
  };
}

/** The option that takes a task out, or --limit where no host of its play is left. */
function whyLeftOut(
  playbook: CheckedPlaybook,
  made: readonly Play[],
  leftOut: ReadonlyMap<string, string>,
): LeftOut {
  const emptied = new Set(
    playbook.plays
      .filter((play, index) => made[index]?.hosts.length === 0 && !play.ignoreUnreachable)
      .map((play) => play.id),
  );
  return (play, task) => leftOut.get(task.id) ?? (emptied.has(play.id) ? '--limit' : null);
}

/** What --without names to no effect. */
function misplaced(
  { playbook, inventory }: PlanSources,
  lockHosts: readonly HostName[],
  without: readonly HostName[],
): readonly Diagnostic[] {
  const inPlays = playbook.plays.flatMap((play) => {
    const hosts = hostsMatching(play.hosts, inventory);
    return hosts.ok ? hosts.value : [];
  });
  const idle = without.filter((host) => !lockHosts.includes(host) && !inPlays.includes(host));
  return idle.map(withoutEffect);
}

/** The hosts that a task may change, its own or those that it is delegated to. */
function changedHosts(plays: readonly Play[]): readonly HostName[] {
  const changing = tasksOf({ plays }).filter((task) => !task.readOnly && task.place === 'host');
  const places = changing.flatMap((task) => task.hosts.map((host) => placeOf(task, host)));
  return [...new Set(places)].filter((host) => host !== CONTROLLER);
}

/** Nobody waits for them: all that they do is done where a host may be away. */
function onlyWhereAwayIsIgnored(plays: readonly Play[]): readonly HostName[] {
  const atWork = (tasks: readonly Task[]) =>
    new Set(tasks.flatMap((task) => task.hosts.map((host) => placeOf(task, host))));
  const tasks = tasksOf({ plays });
  const needed = atWork(tasks.filter((task) => !task.ignoreUnreachable));
  const all = atWork(tasks);
  return [...all].filter((host) => !needed.has(host) && host !== CONTROLLER);
}

/** What is done where, in which order: another choice of tasks or hosts is another plan. */
function shapeOf(plays: readonly Play[]): Json {
  return plays.map((play) =>
    play.batches.map((batch) => [batch.hosts, batch.children.map((task) => task.id)]),
  );
}

/** A hash of a short secret would give it away. */
function withoutSecrets(playbook: CheckedPlaybook, values: JsonObject): JsonObject {
  const isOpen = ([name]: [string, Json]) => playbook.vars.get(name)?.type !== 'secret';
  return Object.fromEntries(Object.entries(values).filter(isOpen));
}
