import type { Finding } from '../../core/finding.js';
import type { HostName } from '../../core/names.js';
import { type FindingCode, KINDS } from './kinds.js';

/** A finding of one kind; everything but what was seen stands in its definition. */
export function found(
  code: FindingCode,
  host: string | null,
  message: string,
  evidence = '',
): Finding {
  const { severity, neverBecause, remedy } = KINDS[code];
  const acceptable = neverBecause === null;
  const where = host as HostName | null;
  return { code, severity, host: where, message, evidence, remedy, acceptable, accepted: false };
}
