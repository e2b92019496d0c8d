import type { FindingKind } from '../../core/finding.js';
import { error, note, warning } from '../preflight/kind.js';

/** What logs and members tell when a control plane does not come up. docs/diagnosis.md is made from it. */
export const KINDS = {
  // Certificates, as logs tell of them. What the files say is preflight's.
  'authority-unknown': error(
    'One side of a connection does not know the CA that signed the other side’s certificate.',
    'run check-certificates.yml: all hosts need the same CA, and certificates that it has signed; for etcdctl look at --cacert',
  ),
  'certificate-outdated': error(
    'A connection is refused because a certificate has expired, or begins later than the clock says.',
    'run check-certificates.yml; kubeadm certs renew all on every host, or set the clock right',
  ),
  'certificate-for-others': error(
    'A certificate does not name the address that it is used at.',
    'make it again with that address among its names (kubeadm init phase certs etcd-server, etcd-peer)',
  ),
  'certificate-refused': warning(
    'Another side refuses the certificate of this host.',
    'look at the log of the other side, which says why; check-certificates.yml compares both',
  ),
  'key-differs': error(
    'A private key does not belong to the certificate beside it.',
    'run check-certificates.yml; put the pair that belongs together side by side (restore-pki.yml)',
  ),
  'file-missing': error(
    'A file that is named in a manifest is not there.',
    'compare the paths in the manifest with the host; certificates come back with restore-pki.yml',
  ),
  'may-not-read': error(
    'A program may not read a file, or its data directory.',
    'give the data directory and the keys to the user that the manifest names (root unless runAsUser): chown, chmod 700 the directory, 600 the keys',
  ),
  'flags-refused': error(
    'A program does not understand a flag of its manifest.',
    'compare the manifest with the version of its image',
  ),

  // How etcd was told to begin.
  'name-not-in-list': error(
    'etcd does not find its own name in --initial-cluster.',
    'write the same name into --name and --initial-cluster, as etcdctl member list has it',
  ),
  'own-url-not-in-list': error(
    'etcd’s own peer URL in --initial-cluster is not the one in --initial-advertise-peer-urls.',
    'write the same URL into both, as etcdctl member list has it',
  ),
  'list-refused': error(
    'The cluster refuses a new member: its --initial-cluster is not the list of members.',
    'write into --initial-cluster exactly what etcdctl member list says, the new member included',
  ),
  'nobody-to-join': error(
    'etcd was to join a cluster, and none of the members that it was told of answers.',
    'see that they run and that their peer port is reachable from this host',
  ),
  'cluster-differs': error(
    'Members with another cluster id try to talk to each other: their data are of different restores.',
    'a single member: add-member.yml brings it back with its data put aside; all: restore.yml, from one snapshot',
  ),
  'member-removed': error(
    'etcd ends because the cluster has removed this member.',
    'add-member.yml puts its data aside and brings it back',
  ),
  'stranger-calls': warning(
    'Somebody who is not in the list of members, or not any more, connects to a peer port.',
    'look on which host etcd still runs with old data; why-not-joining.yml tells what it is',
  ),
  'already-bootstrapped': error(
    'etcd was told to begin a new cluster, and the cluster knows this member already.',
    'set --initial-cluster-state=existing, after etcdctl member remove and member add',
  ),

  // Disks and data.
  'quota-full': error(
    'The database has reached its quota: etcd takes no more writes.',
    'compact, defragment, then etcdctl alarm disarm; or raise --quota-backend-bytes',
  ),
  'disk-full': error(
    'A disk is full.',
    'make room (old backups, logs, images: crictl rmi --prune), then start what has ended',
  ),
  'disk-read-only': error(
    'A disk has become read-only.',
    'see in the kernel’s log why, check the file system, then mount it again',
  ),
  'disk-errors': error(
    'The kernel reports errors of a disk.',
    'replace it, and restore the member',
  ),
  'disk-slow': warning(
    'The disk is too slow for etcd: writes wait, and leaders are lost.',
    'see what else writes to it; etcd wants an SSD of its own',
  ),
  'data-corrupt': error(
    'etcd cannot open its database or its write-ahead log: it is damaged.',
    'a single member: etcdctl member remove, then add-member.yml; all: restore.yml',
  ),
  'data-behind': error(
    'The data directory is older than what this member has promised to the others: etcd ends.',
    'etcdctl member remove, then add-member.yml',
  ),
  'snapshot-missing': error(
    'A file that belongs to the data directory is missing.',
    'a single member: etcdctl member remove, then add-member.yml; all: restore.yml',
  ),
  'members-inconsistent': error(
    'etcd has found that its members hold different data.',
    'compare them with verify.yml; restore all from one snapshot with restore.yml',
  ),
  'data-from-newer': error(
    'The data directory was written by a newer etcd than this one.',
    'put the version that wrote it into the manifest',
  ),

  // Ports, peers, clocks.
  'address-in-use': error(
    'A port is taken already: an older process still runs, or another one listens there.',
    'see who it is (ss -ltnp); end it, or wait until the old container is gone',
  ),
  'peer-out-of-reach': warning(
    'A connection to another host is refused or gets no answer.',
    'see that the other side runs, and that nothing stands between (firewall, routes)',
  ),
  'clock-differs': warning(
    'etcd sees that the clocks of its members differ.',
    'mend time synchronisation (chronyc tracking, timedatectl)',
  ),

  // The kubelet and the API server.
  'crash-loop': error(
    'The kubelet waits before it starts a container of the control plane again: it keeps ending.',
    'its own log, beside this, says why',
  ),
  'image-missing': error(
    'An image cannot be had.',
    'see that the registry answers, or load the image by hand (ctr -n k8s.io images import)',
  ),
  'out-of-memory': error(
    'A program of the control plane was killed because memory was short.',
    'find out who uses it, raise the limit of its manifest, or give the host more',
  ),
  'kubelet-fails': error(
    'The kubelet cannot start.',
    'read its last lines: swap that is on, a certificate that has ended, a runtime that is not there',
  ),
  'manifest-not-read': error(
    'The kubelet cannot read a file in its folder of static pods.',
    'mend the file: it must be the YAML of one pod',
  ),
  'node-pressure': warning(
    'The kubelet evicts pods because the node runs short.',
    'make room on the disk that it names',
  ),
  'etcd-not-answering': warning(
    'The API server gets no connection to etcd.',
    'start with etcd: what is found of it here comes first',
  ),
  'secrets-unreadable': error(
    'The API server cannot decrypt what is stored: its encryption configuration is another one.',
    'bring back the file that --encryption-provider-config named when the data were written',
  ),

  // One member among the others.
  'host-away': warning(
    'A host could not be looked at: what is said of its member is what the others know.',
    'bring it up, or the way to it, and look again',
  ),
  'etcd-parked': error(
    'etcd’s manifest is not in the kubelet’s folder, so nobody starts it.',
    'start-control-plane.yml, or move the manifest back',
  ),
  'member-down': error(
    'No etcd process runs, although its manifest is there.',
    'the findings from its log say why; else look at the kubelet',
  ),
  'member-silent': error(
    'An etcd process runs and does not answer its own host.',
    'the findings from its log say why: without the others it serves nobody',
  ),
  'member-unknown': error(
    'The other members do not list this one: it was removed, or was never added.',
    'add-member.yml puts its data aside and brings it back; by hand: etcdctl member add, and the list that it prints',
  ),
  'member-unstarted': error(
    'The member was added and has never reached the others.',
    'see that its manifest has the list that etcdctl member add printed, and --initial-cluster-state=existing',
  ),
  'member-learner': warning(
    'The member is a learner: it has no vote.',
    'when it has caught up: etcdctl member promote ID',
  ),
  'peer-url-differs': error(
    'The others know this member by another peer URL than its manifest says.',
    'etcdctl member update ID --peer-urls=URL, or correct the manifest',
  ),
  'other-cluster': error(
    'The member’s data belong to another cluster than those of the others.',
    'etcdctl member remove ID when it is listed, then add-member.yml; or restore all from one snapshot',
  ),
  'data-lost': error(
    'The others know this member as started, and its data directory is empty.',
    'do not start it so: etcdctl member remove ID, then add-member.yml',
  ),
  'initial-cluster-differs': error(
    'The member has no data yet, and its --initial-cluster is not the list of members.',
    'write into --initial-cluster exactly what etcdctl member list says, the new member included',
  ),
  'initial-state-new': error(
    'The member has no data yet and is told to begin a new cluster beside the one that runs.',
    'set --initial-cluster-state=existing in its manifest, and move away what it has begun',
  ),
  'peer-port-closed': error(
    'Nobody takes a connection on a member’s peer port.',
    'see that etcd runs there, and that no firewall stands between',
  ),
  'no-quorum': error(
    'None of the other members knows a leader: there is nothing that it could join.',
    'bring a majority of the members up first; when they are lost, restore.yml',
  ),
  'member-well': note('The member is in the cluster and knows its leader.', 'nothing'),
} as const satisfies { readonly [code: string]: FindingKind };

export type Code = keyof typeof KINDS;
