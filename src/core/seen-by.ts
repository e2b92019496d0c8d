import type { Question } from './question.js';
import type { Resource } from './resource.js';

/** What a question looks at: what a dry run compares with the changes that are still pending. */
export function seenBy(question: Question): readonly Resource[] {
  switch (question.kind) {
    case 'stat':
    case 'link':
    case 'label':
    case 'wait-path':
      return [{ kind: 'entry', path: question.path }];
    case 'list':
    case 'read':
    case 'digest':
    case 'archive-list':
    case 'folder':
    case 'snapshot-file':
    case 'snapshot-status':
    case 'tree-size':
      return [{ kind: 'path', path: question.path }];
    case 'mount':
    case 'space':
    case 'clock':
    case 'tools':
    case 'accounts':
    case 'etcd-tools':
      return [];
    case 'unit':
    case 'unit-settings':
    case 'wait-unit':
      return [{ kind: 'unit', name: question.unit }];
    case 'processes':
      return question.names.map((name) => ({ kind: 'process', name }));
    case 'certificates':
      return [...question.paths, ...(question.kubeconfigs ?? [])].map((path) => ({
        kind: 'path',
        path,
      }));
    case 'ages':
      return [
        ...question.paths.map((path): Resource => ({ kind: 'entry', path })),
        ...question.processes.map((name): Resource => ({ kind: 'process', name })),
      ];
    // What was written stays; what runs now is what a change may alter.
    case 'log':
      return [];
    case 'survey':
      return [{ kind: 'processes' }, { kind: 'ports' }];
    case 'runtime-pods':
      return [{ kind: 'processes' }];
    case 'listening':
    case 'sockets':
    case 'wait-port':
    case 'wait-http':
      return [{ kind: 'ports' }];
    case 'wait-gone':
    case 'wait-running': {
      const processes = question.processes.map((name): Resource => ({ kind: 'process', name }));
      return question.ports.length === 0 ? processes : [...processes, { kind: 'ports' }];
    }
    case 'etcd-status':
    case 'etcd-members':
    case 'etcd-alarms':
    case 'etcd-hashkv':
    case 'etcd-content':
    case 'etcd-count':
    case 'etcd-keys':
    case 'etcd-leases':
    case 'wait-etcd-healthy':
      return [{ kind: 'etcd' }];
    case 'kube-list':
    case 'wait-kube-nodes':
      return [{ kind: 'ports' }, { kind: 'etcd' }];
  }
}
