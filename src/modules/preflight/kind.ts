import type { FindingKind } from '../../core/finding.js';

/** An error that an operator who knows better may accept. */
export function error(means: string, remedy: string): FindingKind {
  return { severity: 'error', neverBecause: null, means, remedy };
}

/** An error that nobody may accept, and why. */
export function never(neverBecause: string, means: string, remedy: string): FindingKind {
  return { severity: 'error', neverBecause, means, remedy };
}

export function warning(means: string, remedy: string): FindingKind {
  return { severity: 'warning', neverBecause: null, means, remedy };
}

export function note(means: string, remedy: string): FindingKind {
  return { severity: 'note', neverBecause: null, means, remedy };
}
