import type { Event } from '../core/event.js';
import { oneLine } from './safe-text.js';
import { itemText, OUTCOME_WORDS, seconds } from './wording.js';

type StepFinished = Extract<Event, { type: 'step.finished' }>;

/** Hosts that ended alike, in one line. */
export interface FoldedHosts {
  readonly hosts: readonly string[];
  readonly outcome: StepFinished['outcome'];
  readonly text: string;
  readonly details: readonly string[];
}

/** Shorter ones are of no interest to anybody. */
const shownDurationMs = 100;

/** One line for all hosts with the same outcome and the same changes, in the order of the hosts. */
export function fold(steps: readonly StepFinished[]): readonly FoldedHosts[] {
  const folded = new Map<string, StepFinished[]>();
  const ordered = steps.toSorted((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
  for (const step of ordered) {
    const { outcome, why, changes, item, attempts } = step;
    const key = JSON.stringify([outcome, why, changes, item, attempts, saidBy(step)]);
    const alike = folded.get(key);
    if (alike === undefined) folded.set(key, [step]);
    else alike.push(step);
  }
  return [...folded.values()].map((alike) => {
    const first = alike[0] as StepFinished;
    return {
      hosts: alike.map((step) => oneLine(step.host)),
      outcome: first.outcome,
      text: `${textOf(first)}${tookOf(alike)}`,
      details: [...first.changes.map(oneLine), ...saidBy(first)],
    };
  });
}

function textOf(step: StepFinished): string {
  const times = step.attempts > 1 ? ` after ${step.attempts} attempts` : '';
  const word = `${OUTCOME_WORDS[step.outcome]}${itemText(step.item)}${times}`;
  if (step.why === null) return word;
  return step.outcome === 'deferred'
    ? `${word} until ${oneLine(step.why)}`
    : `${word}: ${oneLine(step.why)}`;
}

/** Hosts work side by side: the slowest says how long it took. */
function tookOf(steps: readonly StepFinished[]): string {
  const durationMs = Math.max(...steps.map((step) => step.durationMs));
  return durationMs < shownDurationMs ? '' : `  ${seconds(durationMs)}`;
}

/** What a task of the module `debug` was told to say. */
function saidBy(step: StepFinished): readonly string[] {
  const message = step.result?.message;
  return typeof message === 'string' ? message.split('\n').map(oneLine) : [];
}
