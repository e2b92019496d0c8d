import type { Finding } from '../../../core/finding.js';
import type { Waited } from '../../../core/question.js';
import type { Facts, FencedLook } from '../facts.js';
import { found } from '../found.js';

/** Is a host that the operator calls down really down, as far as it can be seen from here? */
export function checkFenced({ host, fenced }: Facts): readonly Finding[] {
  return fenced.map((look) => judged(host, look));
}

function judged(host: string, { host: fenced, tried }: FencedLook): Finding {
  const open = tried.filter(({ seen }) => seen.reached);
  const places = (those: typeof tried) =>
    those.map(({ what, address, port }) => `${what}: ${address} port ${port}`).join('\n');
  if (open.length > 0) {
    const message = `${fenced} is left out as down, and answers`;
    return found('fenced-member-alive', host, message, places(open));
  }
  const blind = tried.find(({ seen }) => !wasTried(seen));
  if (tried.length === 0 || blind !== undefined) {
    const why = blind === undefined ? 'no address of it is known here' : lastSeen(blind.seen);
    return found('fenced-not-looked', host, `nobody looked whether ${fenced} is down`, why);
  }
  const message = `${fenced} does not answer, which does not prove that it is off`;
  return found('fenced-silent', host, message, `tried ${places(tried)}`);
}

/** The host says «is closed» of a connection that it tried, and else what it has nothing to try with. */
function wasTried(seen: Waited): boolean {
  return seen.reached || lastSeen(seen).endsWith('is closed');
}

function lastSeen(seen: Waited): string {
  return seen.reached ? '' : seen.lastSeen;
}
