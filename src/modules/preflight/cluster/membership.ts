import type { Finding } from '../../../core/finding.js';
import { type FencedHost, fencedAmong, isOf } from '../../etcd/fenced.js';
import type { BackupRecord } from '../../etcd/record.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';

/** Are these hosts, with those left out, the whole cluster, each of them once, and all of them voters? */
export function checkMembership(
  all: readonly HostReport[],
  record: BackupRecord | null,
  fenced: readonly FencedHost[],
): readonly Finding[] {
  const wanted = new Set(all.flatMap((one) => [...one.peer_urls, ...(one.former_peer_urls ?? [])]));
  const reports = all.map((report) => {
    if (report.live_members === null) return report;
    const listed = report.live_members.map((one) => ({ ...one, peerUrls: one.peer_urls }));
    const strangers = listed.filter(({ peerUrls }) => !peerUrls.some((url) => wanted.has(url)));
    const leftOut = [...fencedAmong(strangers, fenced, record).values()];
    return { ...report, live_members: listed.filter((one) => !leftOut.includes(one)) };
  });
  return [
    ...twice(reports),
    ...disagreements(reports),
    ...onlyNamed(all, wanted, record, fenced),
    ...learners(reports),
  ];
}

/** Where no etcd says who its members are, whoever was called one counts. */
function onlyNamed(
  reports: readonly HostReport[],
  wanted: ReadonlySet<string>,
  record: BackupRecord | null,
  fenced: readonly FencedHost[],
): readonly Finding[] {
  if (reports.some(({ live_members }) => live_members !== null)) return [];
  const told = reports.flatMap(({ host, told_members = [] }) =>
    told_members.map(({ name, peer_url }) => ({ name, peerUrls: [peer_url], by: host })),
  );
  const members = (record?.hosts ?? []).filter(({ peer_urls }) => peer_urls.length > 0);
  // A record of quite another place says nothing of this one.
  const isOfHere = members.some(({ peer_urls }) => peer_urls.some((url) => wanted.has(url)));
  const recorded = (isOfHere ? members : []).map(({ member, peer_urls }) => ({
    name: member,
    peerUrls: peer_urls,
    by: 'the record',
  }));
  const named = [...told, ...recorded].filter(
    (one) =>
      !one.peerUrls.some((url) => wanted.has(url)) &&
      !fenced.some((host) => isOf(one, host, record)),
  );
  if (named.length === 0) return [];
  const message = 'members are named that are no hosts of the inventory, and no etcd answers';
  const all = named.map(({ name, peerUrls, by }) => `${name} (${peerUrls.join(' ')}) by ${by}`);
  return [found('member-only-named', null, message, lines(all))];
}

function twice(reports: readonly HostReport[]): readonly Finding[] {
  const known = reports.filter(({ member }) => member !== '');
  const values = [
    ['name', known.map(({ member }) => member)],
    ['peer URL', known.flatMap(({ peer_urls }) => peer_urls)],
  ] as const;
  return values.flatMap(([what, all]) => {
    const repeated = [...new Set(all.filter((one, at) => all.indexOf(one) !== at))];
    return repeated.map((value) =>
      found('member-twice', null, `two hosts have the same etcd ${what}: ${value}`, seen(reports)),
    );
  });
}

/** A stranger keeps its data and its vote; who is only not listed becomes a member again by a restore. */
function disagreements(reports: readonly HostReport[]): readonly Finding[] {
  const former = reports.flatMap(({ former_peer_urls = [] }) => former_peer_urls);
  const wanted = new Set([...reports.flatMap(({ peer_urls }) => peer_urls), ...former]);
  // A host that has moved is listed where it was, where it is, or no more.
  const stayed = reports.filter(({ former_peer_urls }) => former_peer_urls === undefined);
  const lists = reports.flatMap(({ live_members }) =>
    live_members === null ? [] : [live_members],
  );
  const strangers = lists.flatMap((members) =>
    members.filter(({ peer_urls }) => !peer_urls.some((url) => wanted.has(url))),
  );
  const absent = lists.flatMap((members) => {
    const listed = new Set(members.flatMap(({ peer_urls }) => peer_urls));
    return stayed.flatMap(({ peer_urls }) => peer_urls.filter((url) => !listed.has(url)));
  });
  const named = strangers.map(
    ({ name, id, peer_urls }) =>
      `${name || id} (${peer_urls.join(' ')}) is a member and no host of the inventory`,
  );
  const missed = absent.map((url) => `${url} is a host’s, and no member`);
  const message = 'the members that etcd lists are not the hosts of the inventory';
  return [
    ...(named.length === 0 ? [] : [found('members-disagree', null, message, lines(named))]),
    ...(missed.length === 0
      ? []
      : [found('member-absent', null, 'hosts of the inventory are no members', lines(missed))]),
  ];
}

function lines(texts: readonly string[]): string {
  return [...new Set(texts)].join('\n');
}

function learners(reports: readonly HostReport[]): readonly Finding[] {
  const all = reports.flatMap(({ live_members }) => live_members ?? []);
  const names = new Map(
    all
      .filter(({ is_learner }) => is_learner)
      .map(({ id, name, peer_urls }) => [id, `${name || id} (${peer_urls.join(' ')})`]),
  );
  return [...names.values()].map((name) =>
    found('learner', null, `the member ${name} is a learner`),
  );
}

function seen(reports: readonly HostReport[]): string {
  return reports
    .map(({ host, member, peer_urls }) => `${host}: ${member} ${peer_urls.join(' ')}`)
    .join('\n');
}
