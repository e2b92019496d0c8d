import type { Question } from '../../core/question.js';
import { ages } from './ages.js';
import { archiveList } from './archive.js';
import type { Asked } from './asked.js';
import { certificates } from './certificates.js';
import { clock } from './clock.js';
import {
  etcdAlarms,
  etcdCount,
  etcdHashkv,
  etcdKeys,
  etcdLeases,
  etcdMembers,
  etcdStatus,
} from './etcd.js';
import { etcdContent } from './etcd-content.js';
import { whereItListens } from './etcd-listens.js';
import { etcdTools } from './etcd-tools.js';
import { digest, label, link, list, mount, read, stat, tools } from './files.js';
import { folder } from './folder.js';
import { kubeList, waitKubeNodes } from './kube.js';
import { logTail, survey } from './logs.js';
import { listening, processes } from './processes.js';
import { waitHttp, waitPath, waitPort, waitUnit } from './reaching.js';
import { runtimePods } from './runtime.js';
import { snapshotFile, snapshotStatus } from './snapshot.js';
import { sockets } from './sockets.js';
import { space, treeSize } from './space.js';
import { unitSettings } from './unit-settings.js';
import { accounts, unit } from './units.js';
import { waitEtcdHealthy, waitGone, waitRunning } from './waiting.js';

export function askedAs(question: Question): Asked {
  const asked = plainly(question);
  const isWait = question.kind === 'wait-etcd-healthy';
  const isOfEtcd = 'access' in question && 'etcdctl' in question.access && !isWait;
  return isOfEtcd ? whereItListens(question.access, asked) : asked;
}

function plainly(question: Question): Asked {
  switch (question.kind) {
    case 'stat':
      return stat(question.path, question.follow);
    case 'list':
      return list(question.path);
    case 'read':
      return read(question.path, question.bytesMax);
    case 'digest':
      return digest(question.path);
    case 'link':
      return link(question.path);
    case 'label':
      return label(question.path);
    case 'accounts':
      return accounts(question.users, question.groups);
    case 'unit':
      return unit(question.unit);
    case 'unit-settings':
      return unitSettings(question.unit, question.prefix);
    case 'archive-list':
      return archiveList(question);
    case 'mount':
      return mount(question.path);
    case 'folder':
      return folder(question.path, question.bytesMax);
    case 'space':
      return space(question.path);
    case 'clock':
      return clock();
    case 'sockets':
      return sockets(question.ports);
    case 'certificates':
      return certificates(question.paths, question.kubeconfigs);
    case 'processes':
      return processes(question.names, question.member);
    case 'ages':
      return ages(question.paths, question.processes);
    case 'listening':
      return listening();
    case 'tools':
      return tools(question.names);
    case 'log':
      return logTail(question.of, question.bytesMax);
    case 'survey':
      return survey();
    case 'snapshot-file':
      return snapshotFile(question.path);
    case 'snapshot-status':
      return snapshotStatus(question.tool, question.path, question.timeoutMs);
    case 'etcd-tools':
      return etcdTools(question);
    case 'etcd-status':
      return etcdStatus(question.access);
    case 'etcd-members':
      return etcdMembers(question.access);
    case 'etcd-alarms':
      return etcdAlarms(question.access);
    case 'etcd-hashkv':
      return etcdHashkv(question.access, question.revision);
    case 'etcd-content':
      return etcdContent(question.access, question.revision ?? null);
    case 'etcd-count':
      return etcdCount(question.access, question.prefix);
    case 'etcd-keys':
      return etcdKeys(question.access, question.below);
    case 'etcd-leases':
      return etcdLeases(question.access);
    case 'kube-list':
      return kubeList(question);
    case 'runtime-pods':
      return runtimePods();
    case 'tree-size':
      return treeSize(question.path);
    case 'wait-gone':
      return waitGone(question);
    case 'wait-running':
      return waitRunning(question);
    case 'wait-etcd-healthy':
      return waitEtcdHealthy(question.access, question.timeoutMs);
    case 'wait-path':
      return waitPath(question);
    case 'wait-port':
      return waitPort(question);
    case 'wait-http':
      return waitHttp(question);
    case 'wait-kube-nodes':
      return waitKubeNodes(question);
    case 'wait-unit':
      return waitUnit(question);
  }
}

/** Every script in a shell of its own, so that no question can spoil the next. */
export function frameOf(asked: readonly Asked[]): string {
  return asked.map(({ script }) => `(${script}\n)\nrb_part $?`).join('\n');
}
