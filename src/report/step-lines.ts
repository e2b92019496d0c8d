import type { ChalkInstance } from 'chalk';
import type { Event } from '../core/event.js';
import type { Failure } from '../core/failure.js';
import { findingLines, findingsIn } from './findings.js';
import { type FoldedHosts, fold } from './fold.js';
import { failureText } from './wording.js';

type StepFinished = Extract<Event, { type: 'step.finished' }>;

/** How one task ended: a line for hosts that are alike, their changes below it, then what went wrong. */
export function stepLines(steps: readonly StepFinished[], paint: ChalkInstance): readonly string[] {
  const lines: string[] = [];
  for (const folded of fold(steps)) {
    lines.push(`  ${folded.hosts.join(' ')}  ${painted(paint, folded)}`);
    lines.push(...folded.details.map((detail) => paint.dim(`      ${detail}`)));
  }
  const found = steps.flatMap(({ result }) => findingsIn(result));
  for (const { failure } of steps) {
    if (failure === null) continue;
    const { findings = [], ...rest } = failure;
    lines.push(paint.red(indented(failureText(rest))));
    found.push(...findings);
  }
  lines.push(...findingLines(found, paint).map((line) => indented(line)));
  return lines;
}

export function indented(text: string): string {
  return text
    .split('\n')
    .map((line) => `    ${line}`)
    .join('\n');
}

/** A failure is told once in full; at the end one line says which it was. */
export function sameFailure(a: Failure, b: Failure): boolean {
  return a.code === b.code && a.message === b.message;
}

function painted(paint: ChalkInstance, { outcome, text }: FoldedHosts): string {
  switch (outcome) {
    case 'changed':
    case 'would_change':
    case 'undone':
      return paint.yellow(text);
    case 'ok':
    case 'no_change':
      return paint.green(text);
    case 'skipped':
    case 'deferred':
    case 'ignored':
    case 'rescued':
      return paint.cyan(text);
    default:
      return paint.red(text);
  }
}
