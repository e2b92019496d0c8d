import { commandLine } from '../../core/argv.js';
import type { EtcdAccess, NoAnswer } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';

/** etcdctl's own bounds, so that a member that hangs costs seconds and not minutes. */
const BOUNDS = ['--command-timeout=5s', '--dial-timeout=2s'];
const KEYS_MAX = 1_000;

export function etcdctl(access: EtcdAccess, ...words: readonly string[]): string {
  const { endpoint, caFile, certFile, keyFile } = access;
  const flags = [`--endpoints=${endpoint}`, `--cacert=${caFile}`, `--cert=${certFile}`];
  return commandLine([access.etcdctl, ...words, ...flags, `--key=${keyFile}`, ...BOUNDS]);
}

export function etcdStatus(access: EtcdAccess): Asked {
  return {
    script: `${etcdctl(access, 'endpoint', 'status', '-w', 'json')} 2>&1`,
    parse: (part) => {
      const [first] = (readJson(part) as RawStatus[] | null) ?? [];
      if (first === undefined) return noAnswer(part);
      const { header, leader, version, dbSize, raftTerm, raftIndex, isLearner } = first.Status;
      return {
        clusterId: hexId(header.cluster_id),
        memberId: hexId(header.member_id),
        leaderId: hexId(leader ?? '0'),
        revision: Number(header.revision),
        raftTerm: Number(raftTerm ?? 0),
        raftIndex: Number(raftIndex ?? 0),
        dbSizeBytes: Number(dbSize ?? 0),
        version: version ?? '',
        isLearner: isLearner === true,
      };
    },
  };
}

export function etcdMembers(access: EtcdAccess): Asked {
  return {
    script: `${etcdctl(access, 'member', 'list', '-w', 'json')} 2>&1`,
    parse: (part) => {
      const json = readJson(part) as RawMembers | null;
      if (json === null) return noAnswer(part);
      return {
        clusterId: hexId(json.header.cluster_id),
        members: json.members.map((member) => ({
          id: hexId(member.ID),
          name: member.name ?? '',
          peerUrls: member.peerURLs ?? [],
          clientUrls: member.clientURLs ?? [],
          isLearner: member.isLearner === true,
        })),
      };
    },
  };
}

export function etcdAlarms(access: EtcdAccess): Asked {
  return {
    script: `${etcdctl(access, 'alarm', 'list')} 2>&1`,
    parse: (part) => {
      if (part.exitCode !== 0) return noAnswer(part);
      const alarms = part.output.toString('utf8').match(/alarm:(\w+)/g) ?? [];
      return { alarms: alarms.map((alarm) => alarm.slice('alarm:'.length)) };
    },
  };
}

/** Names alone: `--keys-only` has etcd leave the values out. */
export function etcdKeys(access: EtcdAccess, below: string): Asked {
  return {
    script: `${etcdctl(access, 'get', below, '--prefix', '--keys-only', `--limit=${KEYS_MAX}`)} 2>&1`,
    parse: (part) => {
      if (part.exitCode !== 0) return noAnswer(part);
      const lines = part.output.toString('utf8').split('\n');
      return { keys: lines.filter((line) => line.startsWith(below)) };
    },
  };
}

export function etcdLeases(access: EtcdAccess): Asked {
  return {
    script: `${etcdctl(access, 'lease', 'list')} 2>&1`,
    parse: (part) => {
      const count = /^found (\d+) leases/m.exec(part.output.toString('utf8'))?.[1];
      return part.exitCode === 0 && count !== undefined ? { count: Number(count) } : noAnswer(part);
    },
  };
}

export function etcdHashkv(access: EtcdAccess, revision: number): Asked {
  return {
    script: `${etcdctl(access, 'endpoint', 'hashkv', `--rev=${revision}`, '-w', 'json')} 2>&1`,
    parse: (part) => {
      const [first] = (readJson(part) as RawHash[] | null) ?? [];
      if (first === undefined) return noAnswer(part);
      const { header, hash, compact_revision } = first.HashKV;
      return {
        hash: Number(hash),
        revision: Number(header.revision),
        compactRevision: Number(compact_revision ?? 0),
      };
    },
  };
}

/** One key comes with the count of all. 3.4 has no --count-only. */
export function etcdCount(access: EtcdAccess, prefix: string): Asked {
  const words = ['get', prefix, '--prefix', '--limit=1', '--keys-only', '--consistency=s'];
  return {
    script: `${etcdctl(access, ...words, '-w', 'json')} 2>&1`,
    parse: (part) => {
      const json = readJson(part) as { readonly count?: Id } | null;
      return json === null ? noAnswer(part) : { keys: Number(json.count ?? 0) };
    },
  };
}

/**
 * The last line that is JSON; tools print warnings before it. Whole numbers that a double cannot hold
 * (ids are 64 bits) are kept as text.
 */
export function readJson(part: Part): unknown {
  if (part.exitCode !== 0) return null;
  const lines = part.output.toString('utf8').trim().split('\n');
  const line = lines.filter((one) => /^[[{]/.test(one)).at(-1);
  if (line === undefined) return null;
  try {
    return JSON.parse(line.replace(/([:[,]\s*)(\d{16,})(?=\s*[,}\]])/g, '$1"$2"')) as unknown;
  } catch {
    return null;
  }
}

export function noAnswer(part: Part): NoAnswer {
  const detail = part.output.toString('utf8').trim().slice(-2_000);
  const isLate = /deadline exceeded|timed? ?out/i.test(detail);
  return { reason: isLate ? 'timed-out' : 'failed', detail };
}

function hexId(id: string | number): string {
  return BigInt(id).toString(16);
}

type Id = string | number;

interface RawStatus {
  readonly Status: {
    readonly header: { readonly cluster_id: Id; readonly member_id: Id; readonly revision: Id };
    readonly leader?: Id;
    readonly version?: string;
    readonly dbSize?: Id;
    readonly raftTerm?: Id;
    readonly raftIndex?: Id;
    readonly isLearner?: boolean;
  };
}

interface RawMembers {
  readonly header: { readonly cluster_id: Id };
  readonly members: readonly {
    readonly ID: Id;
    readonly name?: string;
    readonly peerURLs?: readonly string[];
    readonly clientURLs?: readonly string[];
    readonly isLearner?: boolean;
  }[];
}

interface RawHash {
  readonly HashKV: {
    readonly header: { readonly revision: Id };
    readonly hash: Id;
    readonly compact_revision?: Id;
  };
}
