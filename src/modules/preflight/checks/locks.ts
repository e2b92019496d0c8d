import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** Locks of other runs; our own is no finding. */
export function checkLocks({ host, locks, run }: Facts): readonly Finding[] {
  return locks.flatMap(({ cluster, holder }) => {
    const { run: other = '', user = '', since = '' } = parsed(holder);
    if (other === run) return [];
    const message = `the lock of the cluster ${cluster} is held by the run ${other}`;
    return [found('lock-held', host, message, `${user}, since ${since}`)];
  });
}

function parsed(holder: string): { readonly run?: string; user?: string; since?: string } {
  try {
    const it = JSON.parse(holder) as { [field: string]: unknown } | null;
    return Object.fromEntries(
      Object.entries(it ?? {}).filter(([, value]) => typeof value === 'string'),
    );
  } catch {
    return {};
  }
}
