import type { BoundStep, Plan, Task } from '../../../src/core/plan.js';
import type { Session } from '../../../src/core/ports.js';
import type { Question } from '../../../src/core/question.js';
import type { RecordBody } from '../../../src/core/record.js';
import { ok } from '../../../src/core/result.js';
import { UNTOUCHED, type Wrappers } from '../controller/attempt.js';
import type { Site } from './site.js';

/** Rules that keep a cluster whole. Each can be switched off, to see that its loss is noticed. */
export const RULES = [
  'first-before-wins',
  'sync-before-change',
  'epoch-check',
  'remembered-ends',
  'evidence',
  'quiet-gone',
  'stop-all',
  'verified-undo',
  'away-is-ignored',
] as const;

export type Rule = (typeof RULES)[number];

export interface Planted {
  readonly wrappers: Wrappers;
  readonly prepare: (site: Site) => void;
}

const NOTHING: Planted = { wrappers: UNTOUCHED, prepare: () => {} };

/** The product is as it is: what stands between it and the simulated world is changed. */
export function without(rule: Rule | null): Planted {
  switch (rule) {
    case null:
      return NOTHING;
    case 'first-before-wins':
      return wrapped({ records: latestBeforeWins });
    case 'sync-before-change':
      return wrapped({ disk: (disk) => ({ ...disk, sync: async () => {} }) });
    case 'epoch-check':
      return { ...NOTHING, prepare: ({ members }) => members.forEach(neverFence) };
    case 'remembered-ends':
      return { ...NOTHING, prepare: ({ members }) => members.forEach(forgetEnds) };
    case 'evidence':
      return wrapped({
        plan: (plan) => withTasks(plan, (task) => ({ ...task, needs: [] })),
        session: believeGone,
      });
    case 'quiet-gone':
      return wrapped({
        plan: (plan) => withTasks(plan, (task) => withStep(task, inHaste)),
        session: (session) => asking(session, atOnce),
      });
    case 'stop-all':
      return wrapped({
        plan: (plan) => withTasks(plan, (task) => ({ ...task, ignoreErrors: true })),
      });
    case 'away-is-ignored':
      return wrapped({
        plan: (plan) => withTasks(plan, (task) => ({ ...task, ignoreUnreachable: false })),
      });
    case 'verified-undo':
      return wrapped({ plan: (plan) => withTasks(plan, (task) => withStep(task, unproved)) });
  }
}

function wrapped(some: Partial<Wrappers>): Planted {
  return { ...NOTHING, wrappers: { ...UNTOUCHED, ...some } };
}

function neverFence(machine: Site['members'][number]): void {
  machine.runner.checksEpoch = false;
}

function forgetEnds(machine: Site['members'][number]): void {
  machine.runner.remembersEnds = false;
}

/** A probe of what was half made becomes the way back. */
function latestBeforeWins(records: readonly RecordBody[]): readonly RecordBody[] {
  return records.map((record) => {
    if (record.type !== 'step.intent') return record;
    const latest = records.findLast(
      (other) =>
        other.type === 'step.intent' && other.task === record.task && other.host === record.host,
    );
    return latest?.type === 'step.intent' ? { ...record, before: latest.before } : record;
  });
}

function withTasks(plan: Plan, change: (task: Task) => Task): Plan {
  return {
    ...plan,
    plays: plan.plays.map((play) => ({
      ...play,
      batches: play.batches.map((batch) => ({ ...batch, children: batch.children.map(change) })),
    })),
  };
}

/** Nobody waits until something is gone. */
function believeGone(session: Session): Session {
  const ask: Session['ask'] = async (questions, signal) => {
    const answered = await session.ask(
      Object.fromEntries(
        Object.entries(questions).filter(([, question]) => question.kind !== 'wait-gone'),
      ),
      signal,
    );
    if (!answered.ok) return answered;
    const gone = Object.entries(questions)
      .filter(([, question]) => question.kind === 'wait-gone')
      .map(([name]) => [name, { reached: true, waitedMs: 0 }] as const);
    return ok({ ...answered.value, ...Object.fromEntries(gone) });
  };
  return withAsk(session, ask);
}

function asking(session: Session, change: (question: Question) => Question): Session {
  return withAsk(session, (questions, signal) => {
    const changed = Object.entries(questions).map(([name, one]) => [name, change(one)] as const);
    return session.ask(Object.fromEntries(changed), signal);
  });
}

/** One look decides, and no sandbox counts. */
function atOnce(question: Question): Question {
  return question.kind === 'wait-gone' ? { ...question, sandboxes: [], quietMs: 0 } : question;
}

function withAsk(session: Session, ask: Session['ask']): Session {
  return new Proxy(session, {
    get: (target, name) => {
      if (name === 'ask') return ask;
      const value: unknown = Reflect.get(target, name, target);
      return typeof value === 'function' ? value.bind(target) : value;
    },
  });
}

function withStep(task: Task, change: (step: BoundStep) => BoundStep): Task {
  return {
    ...task,
    bind: (scope) => {
      const bound = task.bind(scope);
      if (!bound.ok || bound.value.kind === 'skip') return bound;
      return ok({ kind: 'step', step: change(bound.value.step) });
    },
  };
}

/** What was told to start is told to stop before it could be seen. */
function inHaste(step: BoundStep): BoundStep {
  const { undo } = step;
  if (undo.kind !== 'derived' || undo.settle === undefined) return step;
  return { ...step, undo: { kind: 'derived', settle: undo.settle } };
}

/** An undo is believed without a look. */
function unproved(step: BoundStep): BoundStep {
  const { undo } = step;
  return {
    ...step,
    material: () => null,
    undo: undo.kind === 'derived' ? { kind: 'derived' } : undo,
  };
}
