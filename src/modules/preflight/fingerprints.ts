import type { Facts } from './facts.js';
import type { FindingCode } from './kinds.js';
import { fileOf, type NamedPair } from './named-files.js';

type Subject = 'authority' | 'service-account-key' | 'encryption-key';

/** What must be the same on all hosts, by pod and flag. */
const COMPARED: readonly (readonly [NamedPair['pod'], string, Subject])[] = [
  ['etcd', 'trusted-ca-file', 'authority'],
  ['etcd', 'peer-trusted-ca-file', 'authority'],
  ['kube-apiserver', 'etcd-cafile', 'authority'],
  ['kube-apiserver', 'client-ca-file', 'authority'],
  ['kube-apiserver', 'requestheader-client-ca-file', 'authority'],
  ['kube-apiserver', 'service-account-key-file', 'service-account-key'],
  ['kube-apiserver', 'service-account-signing-key-file', 'service-account-key'],
];
const ENCRYPTION = 'kube-apiserver --encryption-provider-config';

/** What stands for a key whose public half nobody could read, and for what is not used. */
export const UNKNOWN = 'unknown';
const NONE = 'none';

/** By `pod --flag`: of CAs their certificates, of keys their public halves, of the rest the bytes. */
export function fingerprintsOf(facts: Facts): { [name: string]: string } {
  const { certificates, encryptionConfigSha256, apiserver } = facts;
  const known: { [name: string]: string } = {};
  for (const [pod, flag] of COMPARED) {
    const path = fileOf(facts, pod, flag);
    const isThere = (one: { readonly path: string }) => one.path === path;
    const digests = [
      ...(certificates?.certificates ?? []).filter(isThere).map((one) => one.sha256),
      ...(certificates?.keys ?? []).filter(isThere).map((one) => one.keySha256 ?? UNKNOWN),
    ];
    if (digests.length > 0) known[`${pod} --${flag}`] = digests.sort().join(' ');
  }
  if (apiserver !== null) known[ENCRYPTION] = encryptionConfigSha256 ?? NONE;
  return known;
}

/** Which finding it is when a fingerprint is not what it should be. */
export function subjectOf(name: string): Subject {
  const compared = COMPARED.find(([pod, flag]) => `${pod} --${flag}` === name);
  return compared?.[2] ?? 'encryption-key';
}

export function differs(name: string): FindingCode {
  return `${subjectOf(name)}-differs`;
}

export function differsFromBackup(name: string): FindingCode {
  return `${subjectOf(name)}-differs-from-backup`;
}
