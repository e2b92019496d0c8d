import { type Plan, type Task, tasksOf } from '../core/plan.js';
import { oneLine } from './safe-text.js';

/** The plan as it is known without asking anybody: plays, tasks, hosts, proofs. */
export function offlinePlanText(plan: Plan): string {
  const lines = [
    `${oneLine(plan.name)}${plan.cluster === null ? '' : `, cluster ${plan.cluster}`}`,
  ];
  for (const play of plan.plays) {
    lines.push(
      '',
      `[${play.id}] ${oneLine(play.name)}  (${play.hosts.join(' ')}; on failure: ${play.onFailure})`,
    );
    for (const task of tasksOf({ plays: [play] })) lines.push(...taskLines(task));
  }
  return `${lines.join('\n')}\n`;
}

function taskLines(task: Task): readonly string[] {
  const lines = [`  [${task.id}] ${oneLine(task.name)}  (${task.module}: ${task.hosts.join(' ')})`];
  if (task.needs.length > 0) lines.push(`        needs proof: ${task.needs.join(' ')}`);
  if (task.gives.length > 0) lines.push(`        proves on all hosts: ${task.gives.join(' ')}`);
  if (task.pointOfNoReturn) lines.push('        point of no return');
  if (task.irreversible !== null)
    lines.push(`        cannot be taken back: ${oneLine(task.irreversible)}`);
  return lines;
}
