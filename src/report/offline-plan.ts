import { clean } from '../core/clean.js';
import { type Batch, type Plan, type Play, type Task, tasksOf } from '../core/plan.js';
import { oneLine } from './safe-text.js';

/** The plan as it is known without asking anybody: plays, batches, tasks, hosts, conditions, proofs. */
export function offlinePlanText(plan: Plan): string {
  const cluster = plan.cluster === null ? '' : `, cluster ${plan.cluster}`;
  const plays = plan.plays.flatMap((play) => ['', ...playLines(play)]);
  const without = plan.without.length === 0 ? '' : `, without ${clean(plan.without.join(' '))}`;
  return `${[`${oneLine(plan.name)}${cluster}${without}`, ...plays].join('\n')}\n`;
}

function playLines(play: Play): readonly string[] {
  const { id, name, hosts, batches } = play;
  const who = clean(hosts.join(' '));
  const head = `[${id}] ${oneLine(name)}  (${who}; ${courseOf(play).join('; ')})`;
  const isParted = batches.length > 1;
  const order = isParted
    ? [`  one batch after the other: ${batches.map(hostsIn).join(', then ')}`]
    : [];
  const tasks = new Map(tasksOf({ plays: [play] }).map((task) => [task.id, task] as const));
  const onBatch = (task: Task) => (isParted && !task.runOnce ? 'each batch' : task.hosts.join(' '));
  return [head, ...order, ...[...tasks.values()].flatMap((task) => taskLines(task, onBatch(task)))];
}

function courseOf(play: Play): readonly string[] {
  const { onFailure, whole, strategy, anyErrorsFatal, maxFailPercentage } = play;
  return [
    `on failure: ${onFailure}`,
    ...(whole ? ['whole'] : []),
    ...(strategy === 'free' ? ['each host on its own'] : []),
    ...(maxFailPercentage === null ? [] : [`${maxFailPercentage} % of a batch may fail`]),
    ...(anyErrorsFatal || maxFailPercentage !== null ? [] : ['goes on without hosts that fail']),
  ];
}

function hostsIn(batch: Batch): string {
  return clean(batch.hosts.join(' '));
}

function taskLines(task: Task, hosts: string): readonly string[] {
  const head = `  [${task.id}] ${oneLine(task.name)}  (${task.module}: ${clean(hosts)})`;
  return [head, ...notesOn(task).map((note) => `        ${oneLine(note)}`)];
}

/** What is worth a line of its own, in the order in which it counts. */
function notesOn(task: Task): readonly string[] {
  const { written, delegates, delayMs } = task;
  const note = (words: string, values: readonly string[], between = ' ') =>
    values.length === 0 ? [] : [`${words}: ${values.join(between)}`];
  const places = [...new Set(delegates.values())];
  const isRetried = task.attemptsMax > 1;
  return [
    ...(task.pointOfNoReturn ? ['point of no return'] : []),
    ...(task.irreversible === null ? [] : [`cannot be taken back: ${task.irreversible}`]),
    ...note('needs proof', task.needs),
    ...note('proves on all hosts', task.gives),
    ...note('when', written.when, ', and '),
    ...(written.loop === null ? [] : [`for each item of ${written.loop}`]),
    ...note('carried out on', places),
    ...note('environment', written.environment),
    ...note('until', written.until, ', and '),
    ...(isRetried ? [`tried ${task.attemptsMax} times at most, ${delayMs / 1_000} s apart`] : []),
    ...note('changed when', written.changedWhen, ', and '),
    ...note('failed when', written.failedWhen, ', and '),
    ...(task.ignoreErrors ? ['a failure is noted, and counts as passed'] : []),
    ...(task.ignoreUnreachable ? ['a host that is not reached is left out, and named'] : []),
    ...(task.throttle === null ? [] : [`hosts at once: ${task.throttle}`]),
    ...note('tags', written.tags),
  ];
}

/** The same for programs, in the names of the language. */
export function offlinePlanJson(plan: Plan): object {
  const { hash, name, playbook, cluster, lockHosts, lateHosts, without, plays } = plan;
  const locked = { lock_hosts: lockHosts, late_hosts: lateHosts };
  const head = { hash, name, playbook, cluster, ...locked, without };
  return { ...head, plays: plays.map(playJson) };
}

function playJson(play: Play): object {
  return {
    id: play.id,
    name: play.name,
    hosts: play.hosts,
    whole: play.whole,
    on_failure: play.onFailure,
    strategy: play.strategy,
    any_errors_fatal: play.anyErrorsFatal,
    max_fail_percentage: play.maxFailPercentage,
    batches: play.batches.map(({ hosts, children }) => ({ hosts, tasks: children.map(taskJson) })),
  };
}

function taskJson(task: Task): object {
  const { written } = task;
  return {
    id: task.id,
    name: task.name,
    module: task.module,
    ...task.at,
    hosts: task.hosts,
    delegate_to: Object.fromEntries(task.delegates),
    tags: written.tags,
    when: written.when,
    loop: written.loop,
    environment: written.environment,
    until: written.until,
    attempts: task.attemptsMax,
    delay_ms: task.delayMs,
    changed_when: written.changedWhen,
    failed_when: written.failedWhen,
    ignore_errors: task.ignoreErrors,
    ignore_unreachable: task.ignoreUnreachable,
    no_log: task.noLog,
    register: task.register,
    reads: task.reads,
    run_once: task.runOnce,
    throttle: task.throttle,
    timeout_ms: task.timeoutMs,
    become: task.become,
    read_only: task.readOnly,
    needs: task.needs,
    gives: task.gives,
    point_of_no_return: task.pointOfNoReturn,
    irreversible: task.irreversible,
  };
}
