import type { Finding } from '../../core/finding.js';
import { checkCluster } from '../preflight/cluster-checks.js';
import type { Collected } from './collected.js';
import { checkMember } from './membership.js';
import { sign } from './sign.js';

/** What all hosts tell together; of one member, only what is about it or about all. */
export function allFindings(
  collected: readonly Collected[],
  missing: readonly string[],
  member: string | null,
): readonly Finding[] {
  const ofOne = collected.flatMap((one) => [...one.report.found, ...one.found] as Finding[]);
  const reports = collected.map(({ report }) => report);
  const ofMembers = collected
    .filter(({ host }) => member === null || host === member)
    .flatMap((one) => checkMember(one, others(collected, one)))
    .filter(({ code }) => member !== null || code !== 'member-well');
  const away = missing.map((host) => sign('host-away', host, `nothing is known of ${host}`));
  const said = new Set([...ofMembers, ...away].map(({ code }) => code));
  const isMeant = ({ host, severity, code }: Finding) => {
    if (SAID_BETTER[code]?.some((better) => said.has(better)) === true) return false;
    return member === null || ((host === null || host === member) && severity !== 'note');
  };
  const preflight = [...ofOne, ...checkCluster(reports, null, [])].filter(isMeant);
  return unique([...ofMembers, ...away, ...preflight]);
}

/** What preflight finds, and what says more of it. */
const SAID_BETTER: { readonly [code: string]: readonly string[] } = {
  'etcd-silent': ['member-silent'],
  'etcd-not-running': ['member-down', 'etcd-parked'],
  // A host that was not asked is not one that the inventory lacks.
  'members-disagree': ['member-unknown', 'peer-url-differs', 'host-away'],
  learner: ['member-learner'],
};

function others(collected: readonly Collected[], one: Collected): readonly Collected[] {
  return collected.filter((other) => other !== one);
}

/** Two members may be kept from each other by one and the same thing. */
function unique(findings: readonly Finding[]): readonly Finding[] {
  const byText = new Map(findings.map((one) => [JSON.stringify(one), one]));
  return [...byText.values()];
}
