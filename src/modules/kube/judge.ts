import type { Finding } from '../../core/finding.js';
import type { BackupRecord } from '../etcd/record.js';
import { foundAfter } from './kinds.js';
import type { EtcdLeftovers, KubeLook, Survey } from './look.js';

/** A kubelet renews its lease every ten seconds, and is given up after forty. */
const silentAfterMs = 60_000;
const namesMax = 20;

/** What the API calls a kind, and what it is called in etcd, where the record counts. */
const RECORDED = {
  namespaces: 'namespaces',
  deployments: 'deployments',
  nodes: 'minions',
} as const;

export interface AfterFacts {
  readonly looks: readonly KubeLook[];
  readonly leftovers: EtcdLeftovers | null;
  readonly record: BackupRecord | null;
  /** Group → hosts. */
  readonly groups: { readonly [group: string]: readonly string[] };
  /** Workers whose kubelets were not restarted; null: nobody says. */
  readonly workersLeft: readonly string[] | null;
  /** Was the revision raised? Null: nobody says. */
  readonly isRaised: boolean | null;
}

/** Pure. Nothing of it is an error: the restore is done, and what is left is for people to see. */
export function judgeAfter(facts: AfterFacts): readonly Finding[] {
  const { looks } = facts;
  const survey = looks.find((look) => look.survey !== null);
  return [
    ...looks.flatMap(secrets),
    ...looks.flatMap(unanswered),
    ...looks.flatMap(phantoms),
    ...(survey?.survey == null ? [] : around(survey.survey, survey.at, facts)),
    ...masters(facts),
    ...caches(facts),
    ...leases(facts.leftovers),
    ...workers(facts),
  ];
}

function secrets({ host, unanswered: all }: KubeLook): readonly Finding[] {
  const why = all.find(({ what }) => what === 'Secrets')?.why;
  if (why === undefined) return [];
  return [foundAfter('secrets-not-all-readable', host, 'not every Secret can be read here', why)];
}

function unanswered({ host, unanswered: all }: KubeLook): readonly Finding[] {
  return all.flatMap(({ what, why }) => {
    if (what === 'Secrets') return [];
    const isAll = what === 'the API server';
    const message = isAll ? 'the API server was not asked' : `not looked at: ${what}`;
    return [foundAfter(isAll ? 'api-not-asked' : 'partly-not-asked', host, message, why)];
  });
}

function phantoms({ host, phantoms: names }: KubeLook): readonly Finding[] {
  if (names === null || names.length === 0) return [];
  const message = `${names.length} pods run here that the API does not know`;
  return [foundAfter('phantom-pods', host, message, listed(names))];
}

function around(survey: Survey, at: string, facts: AfterFacts): readonly Finding[] {
  const { pending } = survey;
  const waiting = pending.map(({ name, signer, requestor }) => `${name}: ${requestor}, ${signer}`);
  return [
    ...nodes(survey, at, facts),
    ...counts(survey, facts.record),
    ...(waiting.length === 0
      ? []
      : [
          foundAfter(
            'signing-requests-pending',
            null,
            `${waiting.length} signing requests wait`,
            listed(waiting),
          ),
        ]),
  ];
}

function nodes(survey: Survey, at: string, { groups }: AfterFacts): readonly Finding[] {
  const known = new Set(Object.values(groups).flat());
  const nowMs = Date.parse(at);
  const isSilent = (renewed: string) =>
    renewed === '' || nowMs - Date.parse(renewed) > silentAfterMs;
  return survey.nodes.flatMap(({ name, ready, renewed }) => {
    const last = renewed === '' ? 'it has no lease' : `it reported last at ${renewed}`;
    if (isSilent(renewed) && !known.has(name)) {
      const message = `the node ${name} is not in the inventory, and does not report`;
      return [foundAfter('node-stale', null, message, last)];
    }
    if (isSilent(renewed)) {
      return [foundAfter('node-silent', null, `the node ${name} does not report`, last)];
    }
    if (ready === 'True') return [];
    return [foundAfter('node-not-ready', null, `the node ${name} is not ready`, last)];
  });
}

function counts({ counts: served }: Survey, record: BackupRecord | null): readonly Finding[] {
  const kept = record?.snapshot.keys_by_kind ?? {};
  return Object.entries(RECORDED).flatMap(([kind, folder]) => {
    const [now, then] = [served[kind], kept[folder]];
    if (now === undefined || then === undefined || now === then) return [];
    return [foundAfter('counts-differ', null, `${kind}: ${then} in the backup, ${now} in the API`)];
  });
}

function masters({ looks, leftovers }: AfterFacts): readonly Finding[] {
  const alive = new Set(looks.map(({ server }) => addressIn(server)));
  if (leftovers?.masters == null || alive.has('')) return [];
  const dead = leftovers.masters.filter((address) => !alive.has(address));
  if (dead.length === 0) return [];
  const message = `etcd holds ${dead.length} addresses of API servers that are none`;
  return [foundAfter('dead-masterlease', null, message, listed(dead))];
}

function caches({ isRaised }: AfterFacts): readonly Finding[] {
  return isRaised === false
    ? [foundAfter('caches-stale', null, 'the revision was not raised by this restore')]
    : [];
}

function leases(leftovers: EtcdLeftovers | null): readonly Finding[] {
  const count = leftovers?.leases ?? 0;
  return count === 0
    ? []
    : [foundAfter('leases-anew', null, `${count} leases began anew with the restore`)];
}

/** The command is for these very workers: they are what is left of the restore. */
function workers({ groups, isRaised, workersLeft }: AfterFacts): readonly Finding[] {
  const own = new Set(groups.kube_control_plane ?? groups.etcd ?? []);
  const others = (groups.kube_node ?? []).filter((host) => !own.has(host));
  const left = workersLeft ?? others;
  if (isRaised === null || left.length === 0) return [];
  const message = `the kubelets of ${left.length} of ${others.length} workers were not restarted`;
  const limit = left.length === others.length ? '' : ` --limit ${left.join(',')}`;
  const found = foundAfter('workers-not-restarted', null, message, listed(left));
  return [{ ...found, remedy: `${found.remedy}${limit}` }];
}

/** `https://[fd00::1]:6443` → `fd00::1`. */
function addressIn(server: string): string {
  return server
    .replace(/^https:\/\//, '')
    .replace(/:\d+$/, '')
    .replace(/^\[|\]$/g, '');
}

function listed(names: readonly string[]): string {
  const more = names.length - namesMax;
  return [...names.slice(0, namesMax), ...(more > 0 ? [`and ${more} more`] : [])].join('\n');
}
