import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { FindingKind } from '../core/finding.js';
import type { Catalogue } from '../core/module.js';
import { err, ok, type Result } from '../core/result.js';
import type { Edges } from './edges.js';
import type { CommonOptions } from './options.js';

/** What the operator knows and takes upon himself, and why: kept in the run's journal. */
export interface Acceptance {
  readonly accepted: readonly string[];
  readonly reason: string;
}

/** `--accept CODE` and `--reason TEXT`. A code that no module has, or that nobody may accept, is a mistake. */
export function readAcceptance(
  { accept = [], reason = '' }: CommonOptions,
  { catalogue }: Pick<Edges, 'catalogue'>,
): Result<Acceptance, readonly Diagnostic[]> {
  const kinds = findingKinds(catalogue);
  const problems = accept.flatMap((code) => {
    const kind = kinds.get(code);
    if (kind === undefined) return [unknownFinding(code, [...kinds.keys()])];
    return kind.neverBecause === null ? [] : [neverAccepted(code, kind.neverBecause)];
  });
  if (problems.length > 0) return err(problems);
  return ok({ accepted: [...new Set(accept)].sort(), reason });
}

/** A run that is taken up again keeps what was accepted before. */
export function alsoAccepting<R extends Acceptance>(run: R, { accepted, reason }: Acceptance): R {
  return {
    ...run,
    accepted: [...new Set([...run.accepted, ...accepted])].sort(),
    reason: reason === '' ? run.reason : reason,
  };
}

function findingKinds(catalogue: Catalogue): ReadonlyMap<string, FindingKind> {
  return new Map([...catalogue.values()].flatMap((one) => Object.entries(one.findings ?? {})));
}

function unknownFinding(code: string, known: readonly string[]): Diagnostic {
  const near = closest(code, known);
  const help = near === null ? 'docs/preflight.md lists them' : `did you mean «${near}»?`;
  return problem('unknown-finding', `there is no finding «${code}»`, help);
}

function neverAccepted(code: string, why: string): Diagnostic {
  const message = `«${code}» cannot be accepted: ${why}`;
  return problem('never-accepted', message, 'mend it; docs/preflight.md says how');
}

function problem(code: string, message: string, help: string): Diagnostic {
  const at = { file: '--accept', line: 1, column: 1 };
  return { severity: 'error', code, message, help, at };
}
