import type { Finding } from '../../core/finding.js';
import type { Collected } from './collected.js';
import { sign } from './sign.js';

type Known = NonNullable<Collected['report']['live_members']>[number];

/**
 * Why one member is not where the others are: what it is told, what it has, and what the others know of it.
 * Pure: `others` are those that could be asked.
 */
export function checkMember(one: Collected, others: readonly Collected[]): readonly Finding[] {
  const { member, host } = one;
  if (member.manifest === '') return [];
  const list = listOf(others);
  const known = list?.find((entry) => isOne(entry, one)) ?? null;
  const findings = [
    ...whetherItRuns(one),
    ...whetherThereIsACluster(others),
    ...whetherItIsListed(one, list, known),
    ...whetherItsDataFit(one, others, list, known),
    ...whetherItsPortsAreOpen(one, others),
  ];
  if (findings.length > 0 || !member.answers || !member.has_leader) return findings;
  const id = `${member.member_id} in cluster ${member.cluster_id}`;
  return [sign('member-well', host, `${member.name} answers as ${id}`)];
}

function whetherItRuns({ member, host, report }: Collected): readonly Finding[] {
  const { manifest, name } = member;
  if (member.is_parked)
    return [sign('etcd-parked', host, `${name}’s manifest lies in ${manifest}`)];
  // Without a kubelet nothing runs, and preflight says so.
  if (report.found.some(({ code }) => code === 'kubelet-dead')) return [];
  if (!member.runs) return [sign('member-down', host, `no etcd runs, and ${manifest} is there`)];
  if (member.answers) return [];
  const said = report.found.find(({ code }) => code === 'etcd-silent')?.evidence ?? '';
  return [sign('member-silent', host, `${name} runs and does not answer`, said)];
}

function whetherThereIsACluster(others: readonly Collected[]): readonly Finding[] {
  if (others.length === 0 || others.some(({ member }) => member.has_leader)) return [];
  const names = others.map(({ host, member }) => {
    const state = member.answers ? 'knows no leader' : member.runs ? 'is silent' : 'does not run';
    return `${host} ${state}`;
  });
  return [sign('no-quorum', null, 'none of the others knows a leader', names.join('\n'))];
}

/** What those say that have a leader: a member that was left alone may know an older list. */
function listOf(others: readonly Collected[]): readonly Known[] | null {
  return others.find(({ member }) => member.has_leader)?.report.live_members ?? null;
}

function isOne({ name, peer_urls }: Known, { member }: Collected): boolean {
  return name === member.name || peer_urls.some((url) => member.peer_urls.includes(url));
}

function whetherItIsListed(
  { host, member }: Collected,
  list: readonly Known[] | null,
  known: Known | null,
): readonly Finding[] {
  if (list === null) return [];
  const shown = list.map(written).join('\n');
  if (known === null) {
    const why = member.has_data ? 'it has data, so it was removed' : 'it has no data';
    return [sign('member-unknown', host, `nobody lists ${member.name}: ${why}`, shown)];
  }
  const findings: Finding[] = [];
  if (!known.peer_urls.some((url) => member.peer_urls.includes(url))) {
    const message = `the others know ${member.name} at ${known.peer_urls.join(', ')}, its manifest says ${member.peer_urls.join(', ')}`;
    findings.push(sign('peer-url-differs', host, message, shown));
  }
  if (known.is_learner) {
    findings.push(sign('member-learner', host, `${member.name} (${known.id}) has no vote`));
  }
  if (known.name === '') {
    const message = `${member.name} was added as ${known.id} and has not started`;
    findings.push(sign('member-unstarted', host, message, shown));
  }
  return findings;
}

function whetherItsDataFit(
  { host, member }: Collected,
  others: readonly Collected[],
  list: readonly Known[] | null,
  known: Known | null,
): readonly Finding[] {
  const [cluster] = others.flatMap((one) => (one.member.has_leader ? [one.member.cluster_id] : []));
  if (cluster !== undefined && member.cluster_id !== '' && member.cluster_id !== cluster) {
    const message = `${member.name} belongs to cluster ${member.cluster_id}, the others to ${cluster}`;
    const told = `--initial-cluster-state of ${member.name}: ${member.initial_state}`;
    return [sign('other-cluster', host, message, told)];
  }
  // What stands in the manifest counts for a member without data only.
  if (member.has_data || list === null || known === null) return [];
  if (known.name !== '') {
    const message = `${member.name} (${known.id}) has run before, and its data directory is empty`;
    return [sign('data-lost', host, message)];
  }
  const findings: Finding[] = [];
  if (member.initial_state === 'new') {
    findings.push(
      sign('initial-state-new', host, `--initial-cluster-state of ${member.name} is new`),
    );
  }
  const wanted = list.flatMap(({ peer_urls }) => peer_urls).sort();
  const has = member.initial_cluster.map((one) => one.slice(one.indexOf('=') + 1)).sort();
  if (wanted.join() === has.join()) return findings;
  const evidence = `members: ${wanted.join(' ')}\n--initial-cluster: ${member.initial_cluster.join(' ')}`;
  const message = `--initial-cluster of ${member.name} is not the list of members`;
  return [...findings, sign('initial-cluster-differs', host, message, evidence)];
}

/** Both ways: from this host to the others, and from them to it, where the other end is up. */
function whetherItsPortsAreOpen(one: Collected, others: readonly Collected[]): readonly Finding[] {
  const runs = (url: string) =>
    others.some(({ member }) => member.runs && member.peer_urls.includes(url));
  const closed = (from: Collected, isMeant: (url: string) => boolean) =>
    from.member.peers
      .filter(({ url, open }) => !open && isMeant(url))
      .map(({ url, last_seen }) =>
        sign('peer-port-closed', from.host, `${from.host} does not reach ${url}`, last_seen),
      );
  const isOurs = (url: string) => one.member.runs && one.member.peer_urls.includes(url);
  return [...closed(one, runs), ...others.flatMap((other) => closed(other, isOurs))];
}

function written({ id, name, peer_urls, is_learner }: Known): string {
  return `${id} ${name || '(not started)'} ${peer_urls.join(' ')}${is_learner ? ' learner' : ''}`;
}
