import type { Diagnostic } from '../core/diagnostic.js';
import { CONTROLLER, type HostName } from '../core/names.js';
import type { Task, Written } from '../core/plan.js';
import type { CheckedTask } from '../playbook/checked.js';
import { provedBy } from '../playbook/evidence.js';
import type { Expression } from '../playbook/expression.js';
import { bindTask, itemsOf, speaksForAll } from './bind.js';
import { delegatesOf } from './delegates.js';
import { judgeWith } from './judge.js';
import type { Surroundings } from './roots.js';

/** A task on all hosts of its play; `inBatch` gives its part in one batch. */
export function makeTask(task: CheckedTask, around: Surroundings, problems: Diagnostic[]): Task {
  const { module } = task;
  const { undo } = module;
  const hosts = hostsOf(task, around.playHosts);
  return {
    kind: 'task',
    id: task.id,
    name: task.name,
    module: module.name,
    at: task.at,
    hosts,
    delegates: delegatesOf(task, hosts, around, problems),
    place: module.place,
    become: task.become,
    readOnly: module.readOnly,
    timeoutMs: task.timeoutMs,
    throttle: task.throttle,
    pointOfNoReturn: task.pointOfNoReturn,
    register: task.register,
    runOnce: speaksForAll(task),
    isLoop: task.loop !== null,
    attemptsMax: task.attemptsMax,
    delayMs: task.delayMs,
    ignoreErrors: task.ignoreErrors,
    ignoreUnreachable: task.ignoreUnreachable,
    noLog: task.noLog,
    reads: task.reads,
    gives: provedBy(task),
    needs: task.needs,
    downtime: module.downtime?.(task.writtenArgs) ?? null,
    irreversible: undo.kind === 'irreversible' ? undo.why : null,
    written: writtenOf(task),
    items: itemsOf(task, around),
    bind: bindTask(task, around),
    judge: judgeWith(task, around),
  };
}

/** The task with the hosts of one batch; none when its one step is done in another. */
export function inBatch(task: Task, batch: readonly HostName[], isFirst: boolean): readonly Task[] {
  if (task.runOnce) return isFirst ? [task] : [];
  return [{ ...task, hosts: batch }];
}

function hostsOf(task: CheckedTask, playHosts: readonly HostName[]): readonly HostName[] {
  if (task.module.place === 'controller') return [CONTROLLER];
  return task.runOnce ? playHosts.slice(0, 1) : playHosts;
}

function writtenOf({ tags, when, judgement, loop, environment }: CheckedTask): Written {
  const sources = (conditions: readonly Expression[] | null) =>
    (conditions ?? []).map(({ source }) => source);
  return {
    tags,
    when: sources(when),
    until: sources(judgement.until),
    changedWhen: sources(judgement.changedWhen),
    failedWhen: sources(judgement.failedWhen),
    loop: loop?.source ?? null,
    environment: [...environment.keys()],
  };
}
