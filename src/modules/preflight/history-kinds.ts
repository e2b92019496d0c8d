import type { FindingKind } from '../../core/finding.js';
import { error, warning } from './kind.js';

/** What an earlier restore by hand may have left behind: a cluster that only looks like one. */
export const HISTORY_KINDS = {
  'member-absent': error(
    'A host of the inventory is not among the members that etcd lists.',
    'for a backup: let it join first (etcdctl member add); a restore makes it a member again, so accept it there when it shall be one',
  ),
  'clusters-differ': error(
    'The hosts run etcd clusters with different ids: each is a cluster of its own.',
    'see which of them has the right data; a restore makes one cluster of them and replaces the data of all: accept it there when they are the parts of one',
  ),
  'restored-without-flags': error(
    'A member was restored without its name, its peer URL and the list of members.',
    'restore again, with playbooks/restore.yml: it derives the flags from each host’s manifest',
  ),
  'restored-inside': error(
    'A restored directory was moved into the data directory, and not into its place: etcd does not see it, and has started from what was there before.',
    'restore again, with playbooks/restore.yml; move it out first',
  ),
  'data-dir-strays': warning(
    'In the data directory lies what etcd did not make.',
    'move it elsewhere: it goes wherever the directory goes, and takes its room',
  ),
  'api-server-outlived-restore': error(
    'An API server ran before the data was there that etcd holds: its cache is of another time, and it may write it back.',
    'restart it on that host: move its manifest out of the kubelet’s folder, wait until it is gone, move it back',
  ),
  'histories-mixed': error(
    'A member with data of another time has become the leader: it was missed by a restore that used the token of last time.',
    'restore again, with playbooks/restore.yml, on all members: its token is new each time',
  ),
  'no-nodes': error(
    'etcd knows not a single node: its data directory was lost, and etcd began a new cluster without a word.',
    'restore from a backup; until then keep controllers from acting on it (playbooks/stop-control-plane.yml)',
  ),
} as const satisfies { readonly [code: string]: FindingKind };
