import { clean } from '../core/clean.js';
import type { Event } from '../core/event.js';
import { OUTCOME_WORDS } from './wording.js';

type StepFinished = Extract<Event, { type: 'step.finished' }>;

/** Hosts that ended alike, in one line. */
export interface FoldedHosts {
  readonly hosts: readonly string[];
  readonly outcome: StepFinished['outcome'];
  readonly text: string;
  readonly details: readonly string[];
}

/** One line for all hosts with the same outcome and the same changes, in the order of the hosts. */
export function fold(steps: readonly StepFinished[]): readonly FoldedHosts[] {
  const folded = new Map<string, { hosts: string[]; first: StepFinished }>();
  const ordered = steps.toSorted((a, b) => (a.host < b.host ? -1 : a.host > b.host ? 1 : 0));
  for (const step of ordered) {
    const key = JSON.stringify([step.outcome, step.why, step.changes, saidBy(step)]);
    const known = folded.get(key);
    if (known === undefined) folded.set(key, { hosts: [step.host], first: step });
    else known.hosts.push(step.host);
  }
  return [...folded.values()].map(({ hosts, first }) => ({
    hosts,
    outcome: first.outcome,
    text: textOf(first),
    details: [...first.changes.map(clean), ...saidBy(first)],
  }));
}

function textOf(step: StepFinished): string {
  const word = OUTCOME_WORDS[step.outcome];
  if (step.why === null) return word;
  return step.outcome === 'deferred'
    ? `${word} until ${clean(step.why)}`
    : `${word}: ${clean(step.why)}`;
}

/** What a task of the module `debug` was told to say. */
function saidBy(step: StepFinished): readonly string[] {
  const message = step.result?.message;
  return typeof message === 'string' ? [clean(message)] : [];
}
