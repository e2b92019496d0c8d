import type { Finding } from '../../core/finding.js';
import type { HostName } from '../../core/names.js';
import { type Code, KINDS } from './kinds.js';

/** A finding of one kind; everything but what was seen stands in its definition. */
export function sign(code: Code, host: string | null, message: string, evidence = ''): Finding {
  const { severity, remedy } = KINDS[code];
  const where = host as HostName | null;
  // Nothing is at stake that could be let pass: what is wrong is only told.
  const answer = { acceptable: false, accepted: false };
  return { code, severity, host: where, message, evidence, remedy, ...answer };
}
