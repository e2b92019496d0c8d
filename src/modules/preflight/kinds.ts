import type { FindingKind } from '../../core/finding.js';
import { BELONGING } from './belonging-kinds.js';
import { CERTIFICATE_KINDS } from './certificate-kinds.js';
import { HISTORY_KINDS } from './history-kinds.js';
import { error, never, note, warning } from './kind.js';

/** Everything that the preflight can find. docs/preflight.md is made from it. */
export const KINDS = {
  // Who is in the cluster.
  'manifest-missing': never(
    'nothing says what is to be restored there',
    'Neither the kubelet’s folder nor a copy nor the record has the manifest of etcd for this host.',
    'name its place (manifests_dir, parked_copies), or give a backup with a record of this host',
  ),
  ...BELONGING,
  'member-twice': never(
    'two members would be restored into one',
    'Two hosts have the same etcd name or the same peer URL.',
    'look at their manifests: each member is its own',
  ),
  'members-disagree': never(
    'a member that is left out keeps its old data and its vote',
    'The members that etcd lists are not the hosts of the inventory.',
    'put the host of every member into the group etcd, or remove the member that is gone',
  ),
  'member-only-named': error(
    'A manifest of etcd, or the backup’s record, names a member that is no host of the inventory, and no etcd answers who the members are.',
    'put its host into the group etcd, or leave it out when it is down (--without); accept it when that member was removed for good',
  ),
  'fenced-member-alive': never(
    'it goes on with the old data, and its API server writes what it has cached into the restored cluster',
    'A host that is left out (--without) still answers on a port of etcd or of the API server.',
    'stop etcd and the API server there and keep them stopped (power, network, manifests away), or take --without out',
  ),
  'fenced-silent': note(
    'A host that is left out does not answer. That does not prove that nothing runs there.',
    'see to it that it stays off until playbooks/add-member.yml brings it back; the fresh token keeps its old member out of the restored cluster',
  ),
  'fenced-not-looked': warning(
    'Nobody could look from this host whether one that is left out is really down.',
    'look yourself: no etcd and no API server may run there',
  ),
  'address-moved': never(
    'etcd cannot listen on an address that the host does not have',
    'The manifest of etcd names an address to listen on that is not this host’s (any more).',
    'say which address it has now: -e \'new_addresses={"HOST":"ADDRESS"}\' (restore.yml), or correct the manifest',
  ),
  'address-not-here': error(
    'etcd tells its peers an address that is not this host’s: they do not reach it, unless it is translated on the way.',
    'say which address it has now (new_addresses), correct the manifest, or accept it where a translation leads to this host',
  ),
  'apiserver-address-moved': error(
    'The manifest of the API server names the old address of a host that has a new one.',
    'correct it: --advertise-address, --etcd-servers and the probes’ host in kube-apiserver.yaml (kubeadm init phase control-plane apiserver)',
  ),
  learner: never(
    'a restore makes voters only',
    'A member of the cluster is a learner.',
    'promote it (etcdctl member promote) or remove it',
  ),
  'etcd-silent': warning(
    'An etcd process runs and does not answer: its members and alarms are not known.',
    'look at its log; the manifests alone say who the members are',
  ),
  'unit-disabled': warning(
    'The unit that runs etcd is not enabled: the member is gone when its host is started anew.',
    'systemctl enable etcd, unless something else starts it',
  ),
  'etcd-not-running': note(
    'No etcd runs here: facts come from its manifest.',
    'nothing, when it is to be restored; else start it',
  ),
  alarm: warning(
    'etcd has raised an alarm.',
    'mend its cause, then `etcdctl alarm disarm`; a backup that was taken now carries the cause',
  ),
  'db-near-quota': warning(
    'The database uses more than 80 % of its quota: at 100 % etcd takes no more writes.',
    'compact and defragment, or raise --quota-backend-bytes in every manifest',
  ),
  'snapshot-over-quota': error(
    'The snapshot is as large as the quota: the restored etcd would refuse every write.',
    'raise --quota-backend-bytes in the manifest of every member first',
  ),
  'unknown-client': error(
    'A host that is not in the inventory is connected to etcd, and API servers run apart from it: it may be one that nobody would stop.',
    'put it into the group kube_control_plane if it has an API server; else stop what is connected, or accept it',
  ),
  'other-clients': warning(
    'Somebody besides the API servers is connected to etcd: what it writes until etcd stops is lost.',
    'stop it first (Calico or Cilium with an etcd of their own kind, backup tools), or know that it is harmless',
  ),

  // Programs and versions.
  'tool-missing': never(
    'nothing could restore there',
    'The host has no program that can restore a snapshot, and gives none.',
    'give a directory of this machine with etcdctl and etcdutl of the cluster’s release (etcd_tools), or put them into /usr/local/bin of the host',
  ),
  'tool-elsewhere': note(
    'The host has no etcdctl and etcdutl of its own that would do; a restore gets them from elsewhere and takes them back when it is taken back.',
    'nothing has to be done; see whether they come from where you want them from',
  ),
  'tool-version': error(
    'etcdctl or etcdutl is of another minor version than the etcd of the manifest.',
    'put the tools of the image’s release into /usr/local/bin',
  ),
  'image-versions-differ': error(
    'The manifests name etcd images of different minor versions.',
    'finish the upgrade, or bring all manifests to one version, before a restore',
  ),
  'running-version': warning(
    'The etcd that runs is of another minor version than its manifest says.',
    'find out why the kubelet has not started what the manifest names',
  ),
  'etcd-version-unknown': warning(
    'No image and no running etcd says which version will start: nothing could be compared with it.',
    'see by hand that snapshot, tools and etcd are of one minor version',
  ),
  'snapshot-without-digest': warning(
    'A raw copy of a database has no digest, lacks what was only in the WAL, and may be torn when it was copied while etcd ran.',
    'use a snapshot when there is one; else compare what matters after the restore',
  ),
  'snapshot-newer': never(
    'an older etcd does not understand what a newer one wrote',
    'The snapshot was taken from a newer minor version of etcd than the manifests name.',
    'upgrade etcd to the snapshot’s version first, or use an older backup',
  ),
  'snapshot-older': error(
    'The snapshot was taken from an older minor version of etcd than the manifests name.',
    'restore with the etcd of the snapshot’s version and upgrade afterwards; etcd goes up one minor version at a time',
  ),
  'snapshot-version-unknown': note(
    'The record does not say which etcd the snapshot is from.',
    'make sure that it is the same minor version',
  ),

  // Room and places.
  'no-room': never(
    'a full disk ends the restore half way, and the kubelet evicts pods',
    'The file system cannot hold what a restore writes above the kubelet’s eviction threshold.',
    'make room there: the evidence says what is written to it',
  ),
  'no-inodes': never(
    'a file system without inodes takes no new file',
    'The file system has too few inodes left.',
    'remove small files from it',
  ),
  'read-only': never(
    'nothing can be written or moved there',
    'A directory that a restore must write to is on a read-only mount.',
    'see in the kernel’s log why, then: mount -o remount,rw',
  ),
  'parked-on-other-mount': never(
    'a manifest would be copied and not moved, and could be half there',
    'Manifests are parked on another mount than the kubelet’s folder: a rename would fail.',
    'set parked_dir to a directory on the same mount, outside of the folder',
  ),
  'data-on-own-mount': note(
    'The data directory or its WAL is not on the mount of work_dir, or is a mount point itself.',
    'nothing: it is prepared, and the old one kept, beside it or inside; `runback clean` knows where',
  ),
  'data-not-movable': never(
    'the restored data could not be put into the place of the old ones by a rename',
    'The data directory or its WAL cannot change places.',
    'see the message; `etcd_facts` says the same and refuses',
  ),
  'data-on-overlay': warning(
    'The data directory or its WAL is on an overlay file system, as in a container or a live system: what belongs to the image cannot be renamed there, and what is written may end with the machine.',
    'put the data on a disk of their own; a rename that was a copy is known by its inode, and taken back',
  ),
  'layout-differs': error(
    'Data or WAL do not lie where they lay when the backup was taken: a disk may not be mounted, or a link may be lost.',
    'mount the disk (see /etc/fstab), or make the link again; accept it when they have moved for good',
  ),
  'unreadable-by-etcd': error(
    'etcd runs as a user that may not read its own files.',
    'give the files to the user that the manifest names (runAsUser)',
  ),
  selinux: note(
    'SELinux is enforcing: what is restored gets the label of what was there.',
    'nothing, while the old data directory is there; where it is lost, look with `ls -Z` and restorecon before etcd is started',
  ),

  ...CERTIFICATE_KINDS,

  // The kubelet and its folder.
  'kubelet-dead': never(
    'without it nothing stops and nothing starts, and there is no way back',
    'No kubelet runs on this host.',
    'start it: systemctl start kubelet',
  ),
  'kubelet-unhealthy': error(
    'The kubelet runs and says that it is not well.',
    'look at `journalctl -u kubelet`',
  ),
  'stray-manifest': error(
    'A file in the kubelet’s folder is not called .yaml: the kubelet runs every file there, whatever its ending.',
    'move it out of the folder',
  ),
  'duplicate-pod': never(
    'when one is parked the kubelet starts the other, on directories that are being swapped',
    'Two files in the kubelet’s folder are the same pod.',
    'move the one that is not meant out of the folder',
  ),
  'api-port-shared': warning(
    'Another process listens on the API server’s port, such as HAProxy or a VIP.',
    'nothing: API servers are judged by their processes; a balancer that stays up answers with errors meanwhile',
  ),

  ...HISTORY_KINDS,

  // Clocks, locks and leftovers.
  'clock-skew': error(
    'A clock is more than 30 seconds away from another host’s or from this machine’s.',
    'mend time synchronisation (chronyc tracking, timedatectl) first',
  ),
  'clock-drift': warning(
    'A clock is more than a second away from another host’s or from this machine’s.',
    'look at time synchronisation (chronyc tracking, timedatectl)',
  ),
  'lock-held': never(
    'two runs that move the same directories lose data',
    'Another run holds the lock of a cluster on this host.',
    'see what became of it: runback status RUN; it is released by finishing or taking back that run',
  ),
  'parked-by-other-run': warning(
    'Another run has left parked manifests here: it may not have been brought to its end.',
    'runback status RUN says what became of it',
  ),
  'stopped-by-hand': warning(
    'stop-control-plane.yml has stopped pods here, and their manifests still wait.',
    'start them: runback run playbooks/start-control-plane.yml; a restore finds them there too (parked_copies)',
  ),
  leftovers: note(
    'Other runs have left directories here.',
    'runback clean RUN lists and removes them',
  ),
} as const satisfies { readonly [code: string]: FindingKind };

export type FindingCode = keyof typeof KINDS;

/** Besides certificates themselves: without a manifest none is looked at, and a wrong clock misreads dates. */
const CERTIFICATES =
  /^(certificate-|kubeconfig-|authority-|service-account-key-|encryption-key-|keys-|manifest-missing$|clock-skew$)/;

export function isAbout(_topic: 'certificates', code: string): boolean {
  return CERTIFICATES.test(code);
}
