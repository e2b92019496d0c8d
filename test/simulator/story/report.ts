import type { Sum, Wrong } from './batch.js';
import { FAULTS, type Fault } from './faults.js';
import { PHASES, type Phase } from './phases.js';

/** Phases down, faults across: how often each fell into each. */
export function tableText(cells: Sum['cells']): string {
  const head = [''.padEnd(20), ...FAULTS.map((_, index) => `${index + 1}`.padStart(5))].join('');
  const rows = PHASES.map((phase) => {
    const counts = FAULTS.map((fault) => shown(cells, phase, fault).padStart(5));
    return [phase.padEnd(20), ...counts].join('');
  });
  const legend = FAULTS.map((fault, index) => `${index + 1} ${fault}`).join(', ');
  return [head, ...rows, legend].join('\n');
}

/** An orphan is a change that goes on: where nothing is changed there is none. */
const READ_ONLY: readonly Phase[] = ['connect and lock', 'look', 'prove gone', 'prove'];

function shown(cells: Sum['cells'], phase: Phase, fault: Fault): string {
  if (fault === 'orphan' && READ_ONLY.includes(phase)) return '-';
  return `${cells[`${phase}/${fault}`] ?? 0}`;
}

export function claimsText({ claims, calm }: Sum): readonly string[] {
  const lines = Object.entries(claims)
    .sort()
    .map(([claim, count]) => `${`${count}`.padStart(7)} ${claim}`);
  return calm === 0 ? lines : [...lines, `${`${calm}`.padStart(7)} without any fault`];
}

/** The same finding once, with the stories in which it was made. */
export function wrongText(wrong: readonly Wrong[]): readonly string[] {
  const found = new Map<string, string[]>();
  for (const { name, violations } of wrong) {
    for (const violation of new Set(violations.map(general))) {
      found.set(violation, [...(found.get(violation) ?? []), name]);
    }
  }
  return [...found]
    .sort(([, a], [, b]) => b.length - a.length)
    .map(
      ([what, names]) =>
        `${`${names.length}`.padStart(5)} × ${what}\n        ${names.slice(0, 4).join(' | ')}`,
    );
}

function general(violation: string): string {
  return violation
    .replace(/\bcp\d\b/g, 'cpN')
    .replace(/\b[0-9a-f]{14,16}\b/g, 'ID')
    .slice(0, 160);
}
