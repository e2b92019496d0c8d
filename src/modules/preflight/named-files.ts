import { isCleanAbsolute, isWithin, parentOf } from '../../core/host-path.js';
import type { Facts, FoundPod } from './facts.js';

/** A certificate that a manifest names, with its key and with the CA that must have signed it. */
export interface NamedPair {
  readonly pod: 'etcd' | 'kube-apiserver';
  readonly flags: { readonly cert: string; readonly key: string; readonly ca: string | null };
  /** Whose names it must carry: the flag that holds the addresses. Null: it serves nobody. */
  readonly serves: string | null;
}

/** The API server's own certificate may be anybody's, and so may the kubelets' CA. */
const PAIRS: readonly NamedPair[] = [
  pair('etcd', 'cert-file', 'key-file', 'trusted-ca-file', 'advertise-client-urls'),
  pair(
    'etcd',
    'peer-cert-file',
    'peer-key-file',
    'peer-trusted-ca-file',
    'initial-advertise-peer-urls',
  ),
  pair('kube-apiserver', 'tls-cert-file', 'tls-private-key-file', null, 'advertise-address'),
  pair('kube-apiserver', 'etcd-certfile', 'etcd-keyfile', 'etcd-cafile', null),
  pair(
    'kube-apiserver',
    'proxy-client-cert-file',
    'proxy-client-key-file',
    'requestheader-client-ca-file',
    null,
  ),
  pair('kube-apiserver', 'kubelet-client-certificate', 'kubelet-client-key', null, null),
];

const ALONE: readonly (readonly [NamedPair['pod'], string])[] = [
  ['kube-apiserver', 'client-ca-file'],
  ['kube-apiserver', 'service-account-key-file'],
  ['kube-apiserver', 'service-account-signing-key-file'],
];

function pair(
  pod: NamedPair['pod'],
  cert: string,
  key: string,
  ca: string | null,
  serves: string | null,
): NamedPair {
  return { pod, flags: { cert, key, ca }, serves };
}

type Pods = Pick<Facts, 'etcd' | 'apiserver'>;

export interface NamedFile {
  readonly pod: NamedPair['pod'];
  readonly flag: string;
  /** As the host has it. */
  readonly path: string;
}

/** Where a flag's file lies on the host; null when it is not named, or in no hostPath. */
export function fileOf(pods: Pods, pod: NamedPair['pod'], flag: string): string | null {
  const manifest = podOf(pods, pod)?.manifest;
  const written = manifest?.flags.get(flag);
  if (manifest === undefined || written === undefined || written === '') return null;
  const path = manifest.hostPathOf(written);
  return path !== null && isCleanAbsolute(path) ? path : null;
}

export function podOf(pods: Pods, pod: NamedPair['pod']): FoundPod | null {
  return pod === 'etcd' ? pods.etcd : pods.apiserver;
}

/** Every pair of which at least the certificate is named. */
export function namedPairs(pods: Pods) {
  return PAIRS.flatMap((one) => {
    const cert = fileOf(pods, one.pod, one.flags.cert);
    const key = fileOf(pods, one.pod, one.flags.key);
    const ca = one.flags.ca === null ? null : fileOf(pods, one.pod, one.flags.ca);
    return cert === null ? [] : [{ ...one, cert, key, ca }];
  });
}

/** Every certificate and key file that the manifests name. */
export function namedFiles(pods: Pods): readonly NamedFile[] {
  const flags = PAIRS.flatMap(({ pod, flags: { cert, key, ca } }) =>
    [cert, key, ...(ca === null ? [] : [ca])].map((flag) => [pod, flag] as const),
  );
  return [...flags, ...ALONE].flatMap(([pod, flag]) => {
    const path = fileOf(pods, pod, flag);
    return path === null ? [] : [{ pod, flag, path }];
  });
}

/** The folders that hold them, without those inside of others. */
export function pkiFolders(pods: Pods): readonly string[] {
  const folders = new Set(namedFiles(pods).map(({ path }) => parentOf(path)));
  return [...folders].filter(
    (one) => one !== '/' && ![...folders].some((other) => other !== one && isWithin(one, other)),
  );
}
