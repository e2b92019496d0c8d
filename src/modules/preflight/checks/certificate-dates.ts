import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import type { FindingCode } from '../kinds.js';

const dayMs = 86_400_000;
const soonDays = 30;

/** Every certificate below the PKI folders, against this machine's clock. */
export function checkCertificateDates({ host, certificates, clock }: Facts): readonly Finding[] {
  const nowMs = clock.answeredAtMs;
  return (certificates?.certificates ?? []).flatMap((one): Finding[] => {
    const say = (code: FindingCode, message: string) => [
      found(code, host, `${one.path} ${message}`, `subject ${one.subject}`),
    ];
    const [from, until] = [day(one.notBeforeMs), day(one.notAfterMs)];
    if (nowMs > one.notAfterMs) return say('certificate-expired', `expired on ${until}`);
    if (nowMs < one.notBeforeMs) return say('certificate-not-yet-valid', `begins only on ${from}`);
    if (one.notAfterMs - nowMs >= soonDays * dayMs) return [];
    return say('certificate-expires-soon', `expires on ${until}`);
  });
}

function day(atMs: number): string {
  return Number.isFinite(atMs) ? new Date(atMs).toISOString().slice(0, 10) : 'an unknown day';
}
