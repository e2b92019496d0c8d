import type { HostName } from './names.js';

/** error: stops the run unless it is accepted. warning: look at it soon. note: good to know. */
export type Severity = 'error' | 'warning' | 'note';

/** One kind of finding, written out once: what is documented, and what `--accept` may name. */
export interface FindingKind {
  readonly severity: Severity;
  /** Why nobody may accept it, in half a sentence; null: `--accept CODE` lets it pass. */
  readonly neverBecause: string | null;
  /** What it means, for the reference. */
  readonly means: string;
  /** What to do about it. */
  readonly remedy: string;
}

export type FindingKinds = { readonly [code: string]: FindingKind };

/** Something that was seen before anything was touched. A module's result may hold `findings`. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  /** Null: it is not one host's. */
  readonly host: HostName | null;
  readonly message: string;
  /** What was seen, in a host's own words where there are any. Untrusted text; may be empty. */
  readonly evidence: string;
  readonly remedy: string;
  /** May the operator say that it is known and shall not stop the run? */
  readonly acceptable: boolean;
  /** The operator did. */
  readonly accepted: boolean;
}

const ORDER: readonly Severity[] = ['error', 'warning', 'note'];

/** Errors first, those that are accepted behind those that stand; else in the order in which they came. */
export function bySeverity<F extends Pick<Finding, 'severity' | 'accepted'>>(
  findings: readonly F[],
): readonly F[] {
  const rank = ({ severity, accepted }: F) => ORDER.indexOf(severity) + (accepted ? 0.5 : 0);
  return findings.toSorted((a, b) => rank(a) - rank(b));
}

/** The errors that stop a run. */
export function standing(findings: readonly Finding[]): readonly Finding[] {
  return findings.filter(({ severity, accepted }) => severity === 'error' && !accepted);
}
