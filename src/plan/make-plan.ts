import type { Diagnostic } from '../core/diagnostic.js';
import { sha256 } from '../core/hash.js';
import type { Inventory } from '../core/inventory.js';
import { canonical, type Json, type JsonObject } from '../core/json.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import { type Plan, type Play, type Task, tasksOf } from '../core/plan.js';
import type { Position } from '../core/position.js';
import { err, ok, type Result } from '../core/result.js';
import type { CheckedPlay, CheckedPlaybook, CheckedTask } from '../playbook/checked.js';
import { evidenceProblems } from '../playbook/evidence.js';
import { bindTask } from './bind.js';
import { clusterOf } from './cluster.js';
import { hostsMatching } from './host-pattern.js';
import type { Values } from './values.js';

export interface PlanSources {
  readonly playbook: CheckedPlaybook;
  readonly inventory: Inventory;
  readonly values: Values;
  readonly limit: string | null;
}

/** Playbook × inventory × values → the tree of what will be done. Pure: the same texts, the same plan. */
export function makePlan(sources: PlanSources): Result<Plan, readonly Diagnostic[]> {
  const { playbook, inventory, values } = sources;
  const problems: Diagnostic[] = [];
  const plays = playbook.plays.map((play) => makePlay(play, sources, problems));
  if (problems.length === 0) problems.push(...evidenceProblems(playbook));
  const hosts = [...new Set(plays.flatMap((play) => play.hosts))];
  const isChanging = tasksOf({ plays }).some((task) => !task.readOnly && task.place === 'host');
  const cluster = clusterOf(playbook, inventory, hosts, isChanging);
  if (!cluster.ok) problems.push(cluster.error);
  if (problems.length > 0 || !cluster.ok) return err(problems);
  const facts = hosts.map((host) => [host, withoutSecrets(playbook, values.get(host) ?? {})]);
  return ok({
    hash: sha256(canonical([playbook.text, facts, cluster.value.name])),
    name: playbook.name,
    playbook: playbook.file,
    cluster: cluster.value.name,
    lockHosts: cluster.value.hosts,
    plays,
  });
}

/** A hash of a short secret would give it away. */
function withoutSecrets(playbook: CheckedPlaybook, values: JsonObject): JsonObject {
  const isOpen = ([name]: [string, Json]) => playbook.vars.get(name)?.type !== 'secret';
  return Object.fromEntries(Object.entries(values).filter(isOpen));
}

function makePlay(play: CheckedPlay, sources: PlanSources, problems: Diagnostic[]): Play {
  const hosts = playHosts(play, sources, problems);
  const children = play.tasks.map((task) => makeTask(task, hosts, sources));
  const { id, name, whole, onFailure } = play;
  return {
    kind: 'play',
    id,
    name,
    hosts,
    whole,
    onFailure,
    strategy: 'linear',
    anyErrorsFatal: true,
    maxFailPercentage: null,
    batches: [{ kind: 'batch', hosts, children }],
  };
}

function playHosts(
  play: CheckedPlay,
  { inventory, limit }: PlanSources,
  problems: Diagnostic[],
): readonly HostName[] {
  const found = hostsMatching(play.hosts, inventory);
  if (!found.ok) {
    const message = `the inventory has neither a group nor a host «${play.hosts}»`;
    problems.push(problem('unknown-group', message, found.error, play.hostsAt));
    return [];
  }
  if (found.value.length === 0) {
    const message = `no host of the inventory is in «${play.hosts}»`;
    problems.push(problem('no-hosts', message, 'add hosts to that group', play.hostsAt));
  }
  if (limit === null) return found.value;
  if (play.whole) {
    const message = `«${play.name}» concerns the whole cluster and refuses --limit`;
    problems.push(problem('whole-limit', message, 'run it without --limit', play.hostsAt));
    return found.value;
  }
  const limited = hostsMatching(limit, inventory);
  if (limited.ok) return found.value.filter((host) => limited.value.includes(host));
  const at: Position = { file: '--limit', line: 1, column: 1 };
  problems.push(problem('unknown-group', `--limit: nothing matches «${limit}»`, limited.error, at));
  return found.value;
}

function makeTask(
  task: CheckedTask,
  playHostsNow: readonly HostName[],
  sources: PlanSources,
): Task {
  const { module } = task;
  const isOnController = module.place === 'controller';
  const runOnce = task.runOnce || isOnController;
  const hosts = isOnController
    ? [CONTROLLER]
    : task.runOnce
      ? playHostsNow.slice(0, 1)
      : playHostsNow;
  const { undo } = module;
  return {
    kind: 'task',
    id: task.id,
    name: task.name,
    module: module.name,
    at: task.at,
    hosts,
    delegates: new Map(),
    place: module.place,
    become: task.become,
    readOnly: module.readOnly,
    timeoutMs: task.timeoutMs,
    throttle: task.throttle,
    pointOfNoReturn: task.pointOfNoReturn,
    register: task.register,
    runOnce,
    isLoop: false,
    attemptsMax: 1,
    delayMs: 0,
    ignoreErrors: false,
    noLog: false,
    reads: task.reads,
    // A proof for some hosts is none: a task that may be skipped gives nothing.
    gives: task.when === null && !task.runOnce ? task.gives : [],
    needs: task.needs,
    downtime: module.downtime?.(task.writtenArgs) ?? null,
    irreversible: undo.kind === 'irreversible' ? undo.why : null,
    items: () => ok(null),
    bind: bindTask(task, playHostsNow, sources),
    judge: (_, { changed, failed }) => ok({ changed, failedBecause: null, isEnough: !failed }),
  };
}

function problem(code: string, message: string, help: string, at: Position): Diagnostic {
  return { severity: 'error', code, message, help, at };
}
