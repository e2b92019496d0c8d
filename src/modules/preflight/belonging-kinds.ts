import type { FindingKind } from '../../core/finding.js';
import { error, never } from './kind.js';

/** What runs where, against the groups of the inventory: they say what is stopped on which host. */
export const BELONGING = {
  'unit-not-read': never(
    'nothing says what is to be restored there',
    'A unit of systemd runs etcd, and its settings are missing, are not understood, or are not those that it runs with.',
    'see the evidence; then bring the old settings back or restart etcd with the new ones, and see that it is well',
  ),
  'member-outside-group': never(
    'a member that is left out keeps its old data, and the API server beside it writes into it',
    'A static pod of etcd lies on a host that is not in the group etcd.',
    'put the host into the group etcd, or take the manifest away',
  ),
  'api-server-outside-group': never(
    'an API server that lives on writes its cached, newer world into the restored one',
    'An API server runs on a host that is not in the group kube_control_plane: nobody would stop it.',
    'put every host with an API server into the group kube_control_plane',
  ),
  'api-server-not-static-pod': never(
    'nobody here could stop it, and it would write its cached, newer world into the restored one',
    'An API server runs that no static pod’s manifest names, perhaps from a unit of systemd.',
    'name the place of its manifest (manifests_dir, parked_copies); an API server under systemd is to be stopped by hand before, and started after',
  ),
  'etcd-servers-elsewhere': error(
    'An API server is told (--etcd-servers) to use an etcd that is no member in the inventory.',
    'put those members into the group etcd; accept it only for other names of the same members',
  ),
  'apiserver-etcd-moved': error(
    'An API server is told (--etcd-servers) to use an address that a member of etcd no longer has.',
    'write the flag that is found into kube-apiserver.yaml on that host now: meanwhile it uses the other members; accept it to write it behind the restore',
  ),
} as const satisfies { readonly [code: string]: FindingKind };
