import { availableParallelism } from 'node:os';
import { parseArgs } from 'node:util';
import { isMainThread, parentPort, Worker, workerData } from 'node:worker_threads';
import { addSum, doWork, emptySum, type Sum, tellSeed, type Work } from './story/batch.js';
import { crashPointsOf } from './story/crash-points.js';
import type { Playbook } from './story/plans.js';
import { RULES, type Rule } from './story/planted.js';
import { claimsText, tableText, wrongText } from './story/report.js';
import { tell } from './story/story.js';

/*
 * npm run simulate -- --seed N --runs N     stories with faults, one a seed
 *                     --seed N --trace      one story, line by line
 *                     --crash-points        every point at which the controller may be killed
 *                     --without RULE        with one safety rule switched off: it must be found
 */
const options = {
  seed: { type: 'string', default: '1' },
  runs: { type: 'string', default: '1000' },
  jobs: { type: 'string', default: `${availableParallelism()}` },
  trace: { type: 'boolean', default: false },
  'crash-points': { type: 'boolean', default: false },
  without: { type: 'string' },
} as const;

const tracesMax = 3;
const traceLinesMax = 60;

if (isMainThread) await main();
else parentPort?.postMessage(await doWork(workerData as Work));

async function main(): Promise<void> {
  const { values } = parseArgs({ options });
  const rule = ruleOf(values.without);
  if (values.trace) return traceOne(Number(values.seed), rule);
  const beganMs = Date.now();
  const jobs = Number(values.jobs);
  const work = values['crash-points']
    ? await crashWork(jobs)
    : seedWork(Number(values.seed), Number(values.runs), jobs, rule);
  const sum = emptySum();
  for (const part of await Promise.all(work.map(inWorker))) addSum(sum, part);
  if (!values['crash-points']) console.log(tableText(sum.cells));
  for (const line of claimsText(sum)) console.log(line);
  await showWrong(sum, rule);
  const seconds = (Date.now() - beganMs) / 1_000;
  const aMinute = Math.round((sum.stories * 60) / seconds);
  console.log(
    `${sum.stories} stories in ${seconds.toFixed(0)} s (${aMinute} a minute), ${sum.wrong.length} with a wrong end`,
  );
  process.exitCode = sum.wrong.length === 0 && sum.calm === 0 ? 0 : 1;
}

function seedWork(from: number, runs: number, jobs: number, rule: Rule | null): readonly Work[] {
  const seeds = Array.from({ length: runs }, (_, index) => from + index);
  return dealt(seeds, jobs).map((part) => ({ kind: 'seeds', seeds: part, without: rule }));
}

async function crashWork(jobs: number): Promise<readonly Work[]> {
  const playbooks: readonly Playbook[] = ['restore', 'backup'];
  const points = [];
  for (const playbook of playbooks) points.push(...(await crashPointsOf(playbook)));
  console.log(`${points.length / 2} effects, before and after each: ${points.length} kills`);
  return dealt(points, jobs).map((part) => ({ kind: 'crashes', points: part }));
}

function dealt<T>(items: readonly T[], hands: number): readonly (readonly T[])[] {
  return Array.from({ length: hands }, (_, hand) =>
    items.filter((_, index) => index % hands === hand),
  );
}

function inWorker(work: Work): Promise<Sum> {
  return new Promise((resolve, reject) => {
    const worker = new Worker(new URL(import.meta.url), { workerData: work });
    worker.on('message', resolve);
    worker.on('error', reject);
  });
}

async function traceOne(seed: number, rule: Rule | null): Promise<void> {
  const { told } = await tellSeed(seed, rule, true);
  for (const line of told.trace) console.log(line);
  for (const ending of told.endings) console.log(ending);
  for (const { fault, phase, host } of told.fired)
    console.log(`fault: ${fault}, ${phase}, ${host}`);
  for (const violation of told.violations) console.log(`WRONG: ${violation}`);
  process.exitCode = told.violations.length === 0 ? 0 : 1;
}

async function showWrong({ wrong }: Sum, rule: Rule | null): Promise<void> {
  for (const line of wrongText(wrong)) console.log(line);
  if (rule !== null) return;
  for (const { name, script } of wrong.slice(0, tracesMax)) {
    const { trace } = await tell({ ...script, isTraced: true });
    console.log(`\n${name}, the last of ${trace.length} lines:`);
    for (const line of trace.slice(-traceLinesMax)) console.log(line.slice(0, 200));
  }
}

function ruleOf(word: string | undefined): Rule | null {
  if (word === undefined) return null;
  const rule = RULES.find((one) => one === word);
  if (rule === undefined) throw new Error(`--without wants one of: ${RULES.join(', ')}`);
  return rule;
}
