import type { Finding } from '../../../core/finding.js';
import { type FencedHost, fencedAmong } from '../../etcd/fenced.js';
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
  return [...twice(reports), ...disagreements(reports), ...learners(reports)];
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
