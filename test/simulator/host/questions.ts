import type {
  Answer,
  EtcdAccess,
  EtcdTools,
  NoAnswer,
  Process,
  Question,
  Waited,
} from '../../../src/core/question.js';
import type { Serving } from '../etcd/clusters.js';
import { contentAt, Database, keysAt, sha256 } from '../etcd/database.js';
import { isBolt, logIn, trailerOf } from '../etcd/snapshot.js';
import type { Content } from './file-system.js';
import type { Machine } from './machine.js';

export const TOOLS: { readonly [name: string]: string } = {
  etcdctl: '/usr/local/bin/etcdctl',
  etcdutl: '/usr/local/bin/etcdutl',
};
const VERSION = '3.5.16';
const NO_CERTIFICATES = {
  ...{ hasOpenssl: true, certificates: [], kubeconfigs: [], keys: [] },
  ...{ missing: [], unreadable: [] },
};

/** Every host has its own: no restore here begins by getting them. */
function etcdTools(): EtcdTools {
  const tool = (name: string) => ({ path: TOOLS[name] ?? '', version: VERSION, said: '' });
  const none = { etcdctl: null, etcdutl: null };
  const host = { etcdctl: tool('etcdctl'), etcdutl: tool('etcdutl') };
  return { host, folder: none, running: none, runningVersion: VERSION, imageThrough: null };
}

export type Waiting = Extract<Question, { kind: `wait-${string}` }>;

export function isWaiting(question: Question): question is Waiting {
  return question.kind.startsWith('wait-');
}

/** What the machine would answer now. Bounded questions are `reached` below. */
export function answerTo(machine: Machine, question: Exclude<Question, Waiting>): Answer {
  const { files } = machine;
  switch (question.kind) {
    case 'stat':
      return files.stat(question.path);
    case 'list': {
      const directory = files.directory(question.path);
      return directory === null ? null : [...directory.entries.keys()].sort();
    }
    case 'read': {
      const text = files.text(question.path);
      return text === null
        ? null
        : { text: text.slice(0, question.bytesMax), sizeBytes: text.length };
    }
    case 'digest': {
      const text = files.text(question.path);
      return text === null ? null : { sha256: sha256(text), sizeBytes: text.length };
    }
    // The simulated disk knows no links, and no labels.
    case 'link':
    case 'label':
      return null;
    case 'mount':
      return files.mountOf(question.path);
    case 'folder':
      return folder(machine, question.path);
    case 'space': {
      const { sizeBytes, freeBytes } = files.mountOf(question.path);
      const counts = { sizeBytes, freeBytes, inodes: 0, freeInodes: 0 };
      return { path: question.path, device: '1', ...counts };
    }
    // Every machine has the controller's time, a PKI that is well, and no strangers at etcd.
    case 'unit-settings':
      return { reason: 'missing', detail: 'there is no systemctl' };
    case 'clock':
      return { askedAtMs: 0, answeredAtMs: 0, atMs: 0, resolutionMs: 1 };
    case 'sockets':
      return [];
    case 'certificates':
      return NO_CERTIFICATES;
    case 'processes':
      return [...machine.processes]
        .filter(({ name }) => question.names.includes(name))
        .map(({ pid, name }) => ({ pid, name, startTicks: `${pid}` }));
    // It keeps no times: its clock is a story's.
    case 'ages':
      return { bornS: {}, processes: [] };
    case 'listening':
      return [...machine.processes].flatMap(({ ports }) =>
        ports.map((port) => ({ address: '0.0.0.0', port })),
      );
    case 'tools': {
      const tools: { readonly [name: string]: string } = { ...TOOLS, curl: '/usr/bin/curl' };
      return Object.fromEntries(question.names.map((name) => [name, tools[name] ?? null]));
    }
    case 'unit': {
      const { isAlive } = machine.kubelet;
      return { loaded: true, active: isAlive ? 'active' : 'inactive', enabled: 'enabled' };
    }
    case 'tree-size':
      return files.find(question.path) === null ? null : { sizeBytes: 20_000_000 };
    case 'kube-list':
      return kubeList(machine, question.of);
    case 'runtime-pods':
      return { reason: 'missing', detail: 'this host has no crictl' };
    case 'etcd-tools':
      return etcdTools();
    case 'snapshot-file':
      return snapshotFile(files.text(question.path));
    case 'snapshot-status':
      return snapshotStatus(files.file(question.path)?.content ?? null);
    case 'etcd-status':
    case 'etcd-members':
    case 'etcd-alarms':
    case 'etcd-hashkv':
    case 'etcd-content':
    case 'etcd-count':
    case 'etcd-keys':
    case 'etcd-leases':
      return etcdAnswer(machine, question);
    default:
      throw new Error(`the simulator does not know the question ${question.kind}`);
  }
}

function folder(machine: Machine, path: string): Answer {
  const { files } = machine;
  const directory = files.directory(path);
  if (directory === null) return null;
  return [...directory.entries.keys()].sort().flatMap((name) => {
    const stat = files.stat(`${path}/${name}`);
    const text = files.text(`${path}/${name}`);
    if (stat?.type !== 'file' || text === null) return [];
    return [{ name, text, sizeBytes: text.length, mode: stat.mode, uid: stat.uid }];
  });
}

function snapshotFile(text: string | null): Answer {
  if (text === null) return null;
  const trailer = trailerOf(text);
  return { sizeBytes: text.length, sha256: sha256(text), isBolt: isBolt(text), trailer };
}

function snapshotStatus(content: Content | null): Answer {
  if (content instanceof Database) {
    const { revision, hash, log } = content;
    return { hash, revision, totalKeys: log.length, totalSizeBytes: 20_000_000 };
  }
  const log = content === null ? null : logIn(content);
  if (log === null) return { reason: 'failed', detail: 'panic: the file is cut' };
  const last = log.at(-1);
  const revision = last?.revision ?? 1;
  const totalKeys = log.length;
  return { hash: last?.hash ?? 0, revision, totalKeys, totalSizeBytes: content?.length ?? 0 };
}

/** What the API server on this machine would list: the keys of the cluster that it writes into. */
function kubeList(machine: Machine, of: string): Answer {
  const etcd = machine.listens(API_PORT) ? machine.around.clusters.on(machine.name) : undefined;
  if (etcd === undefined) return noAnswer('connection refused');
  const { log, revision } = etcd.database;
  const below = `/registry/${of}/`;
  const keys = [...keysAt(log, revision).keys()].filter((key) => key.startsWith(below));
  const objects = keys.map((key) => {
    const [namespace = '', name = ''] = key.slice(below.length).split('/');
    return { namespace, name, fields: {} };
  });
  return { count: objects.length, isComplete: true, objects };
}

const API_PORT = 6443;

type EtcdQuestion = Extract<Question, { access: EtcdAccess }>;

function etcdAnswer(machine: Machine, question: Exclude<EtcdQuestion, Waiting>): Answer {
  const member = memberAt(machine, question.access);
  if (member === null) return noAnswer('connection refused');
  const { clusters } = machine.around;
  const { database } = member;
  const leader = clusters.leaderOf(member);
  switch (question.kind) {
    case 'etcd-status':
      return {
        clusterId: database.clusterId,
        memberId: database.memberId,
        leaderId: leader?.database.memberId ?? '0',
        revision: database.revision,
        raftTerm: 2,
        raftIndex: database.log.length,
        dbSizeBytes: 20_000_000,
        version: VERSION,
        isLearner: false,
      };
    case 'etcd-members': {
      if (leader === null) return late();
      const members = database.members.map((one) => ({ ...one, isLearner: false }));
      return { clusterId: database.clusterId, members };
    }
    case 'etcd-alarms':
      return leader === null ? late() : { alarms: [] };
    case 'etcd-hashkv':
      if (question.revision > database.revision)
        return noAnswer('required revision is a future one');
      return {
        hash: database.hashAt(question.revision),
        revision: database.revision,
        compactRevision: database.compacted,
      };
    case 'etcd-count':
      return {
        keys: [...database.log].filter(({ key }) => key.startsWith(question.prefix)).length,
      };
    case 'etcd-keys': {
      const keys = keysAt(database.log, database.revision).keys();
      return { keys: [...keys].filter((key) => key.startsWith(question.below)) };
    }
    case 'etcd-leases':
      return { count: 0 };
    case 'etcd-content': {
      const {
        sha256: digest,
        keys,
        keysByKind,
      } = contentAt(database.log, question.revision ?? database.revision);
      return { sha256: digest, keys, keysByKind };
    }
  }
}

export function memberAt(machine: Machine, { endpoint }: EtcdAccess): Serving | null {
  const address = /^https:\/\/([^:]+):2379$/.exec(endpoint)?.[1] ?? '';
  const target = address === '127.0.0.1' ? machine : machine.around.reach(machine, address);
  if (target === null || !target.listens(2379)) return null;
  return machine.around.clusters.on(target.name) ?? null;
}

/** Null: reached; else what is seen instead. */
export function missingFor(machine: Machine, question: Waiting): string | null {
  switch (question.kind) {
    case 'wait-gone': {
      const seen = [
        ...question.processes.filter((name) => runs(machine, name)),
        ...question.ports
          .filter(({ port }) => machine.listens(port))
          .map(({ port }) => `port:${port}`),
        ...(question.sandboxes ?? []).filter((pod) => machine.hasSandbox(pod)),
      ];
      return seen.length === 0 ? null : seen.join(' ');
    }
    case 'wait-running': {
      const missing = [
        ...question.processes.filter((name) => !runs(machine, name, question.except)),
        ...question.ports
          .filter(({ port }) => !machine.listens(port))
          .map(({ port }) => `port ${port}`),
      ];
      return missing.length === 0 ? null : `missing: ${missing.join(' ')}`;
    }
    case 'wait-etcd-healthy': {
      const member = memberAt(machine, question.access);
      if (member === null) return 'connection refused';
      return machine.around.clusters.leaderOf(member) === null ? 'no leader' : null;
    }
    case 'wait-http': {
      if (!machine.listens(API_PORT)) return 'connection refused';
      const member = machine.around.clusters.on(machine.name);
      const isReady = member !== undefined && machine.around.clusters.leaderOf(member) !== null;
      return isReady ? null : 'status 500';
    }
    case 'wait-unit':
      return machine.kubelet.isAlive === question.active ? null : 'inactive';
    case 'wait-kube-nodes':
      return machine.listens(API_PORT) ? null : 'the API server does not answer';
    default:
      throw new Error(`the simulator does not know the question ${question.kind}`);
  }
}

/** For how long on end it must be so. */
export function quietMsOf(question: Waiting): number {
  return question.kind === 'wait-gone' ? (question.quietMs ?? 0) : 0;
}

export function waited(missing: string | null, waitedMs: number): Waited {
  if (missing === null) return { reached: true, waitedMs };
  return { reached: false, waitedMs, lastSeen: missing };
}

function runs(machine: Machine, name: string, except: readonly Process[] = []): boolean {
  const own = [...machine.processes].filter((process) => process.name === name);
  return own.some(({ pid }) => !except.some((other) => other.pid === pid));
}

function noAnswer(detail: string): NoAnswer {
  return { reason: 'failed', detail };
}

function late(): NoAnswer {
  return { reason: 'timed-out', detail: 'context deadline exceeded' };
}
