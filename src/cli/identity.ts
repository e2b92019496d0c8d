import type { RunId } from '../core/names.js';
import type { Acceptance } from './acceptance.js';
import type { Edges } from './edges.js';
import type { RunIdentity } from './prepare.js';

/** UTC time and 64 random bits: the only value of a run that is generated. */
export function newIdentity(
  edges: Edges,
  { accepted, reason }: Acceptance = { accepted: [], reason: '' },
): RunIdentity {
  const now = new Date(edges.clock.nowMs()).toISOString();
  const stamp = `${now.slice(0, 19).replaceAll(/[-:]/g, '')}Z`;
  return {
    id: `${stamp}-${edges.randomHex(8)}` as RunId,
    started: now,
    user: edges.user,
    accepted,
    reason,
  };
}
