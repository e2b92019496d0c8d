import type { FindingKind } from '../../core/finding.js';
import { error, never, note, warning } from './kind.js';

/** Certificates and keys: do members, API servers and their clients still trust each other? */
export const CERTIFICATE_KINDS = {
  'certificate-missing': never(
    'etcd or the API server would not start again, not even after going back',
    'A certificate or key that a manifest names is not there.',
    'restore the PKI first (restore-pki.yml, kubeadm init phase certs, or your own backup of /etc/kubernetes/pki)',
  ),
  'certificate-unreadable': error(
    'A file that a manifest names as a certificate holds none.',
    'look at the file; restore it from your backup of /etc/kubernetes/pki',
  ),
  'certificate-expired': error(
    'A certificate that a manifest names or a kubeconfig holds is past its end: members, API servers and their clients will not trust each other.',
    'renew it (kubeadm certs renew) on every control-plane host first',
  ),
  'certificate-not-yet-valid': error(
    'A certificate is not valid yet: a clock is wrong, here or where it was made.',
    'set the clock right, or make the certificate again',
  ),
  'certificate-expires-soon': warning(
    'A certificate ends within 30 days.',
    'renew it when this is over (kubeadm certs renew)',
  ),
  'certificate-names': error(
    'A serving certificate does not name the address that the manifest advertises.',
    'make it again with that address (kubeadm init phase certs), or correct the address',
  ),
  'certificate-key-differs': never(
    'etcd or the API server would not start again, not even after going back',
    'A certificate and its key do not belong together.',
    'put the pair that belongs together side by side, from your backup of /etc/kubernetes/pki',
  ),
  'certificate-chain': error(
    'A certificate was not signed by the CA that the manifest names for it.',
    'one of the two was replaced: make the certificate again with this CA, or bring the old CA back',
  ),
  'kubeconfig-authority': error(
    'A kubeconfig in /etc/kubernetes and the API server beside it do not have the same CA: one does not trust the other.',
    'make it again (kubeadm init phase kubeconfig), or bring the CA back that it was made with',
  ),
  'keys-not-compared': note(
    'The host has no openssl, or it cannot read a key: whether keys fit their certificates is not known.',
    'install openssl, or compare by hand',
  ),
  'authority-differs': error(
    'A CA is not the same on all hosts.',
    'copy it from the host that is right; certificates signed by the other must be made again',
  ),
  'service-account-key-differs': error(
    'sa.key or sa.pub is not the same on all hosts: tokens that one API server gives are refused by another.',
    'copy both from the host whose tokens are in use',
  ),
  'encryption-key-differs': error(
    'The encryption-provider-config is not the same on all hosts: one API server cannot read what another writes.',
    'copy it from the host that can read the Secrets',
  ),
  'authority-differs-from-backup': error(
    'A CA is not the one of the time of the backup: what is stored in the backup refers to the old one.',
    'bring the PKI of the backup’s time back, or be ready to renew kubelets’ and users’ credentials',
  ),
  'service-account-key-differs-from-backup': error(
    'sa.key is not the one of the time of the backup: tokens in the backup will be refused.',
    'bring the old sa.key and sa.pub back, or be ready to make all service account tokens again',
  ),
  'encryption-key-differs-from-backup': error(
    'The encryption-provider-config is not the one of the time of the backup: Secrets in it may be unreadable.',
    'bring the old file back, or make sure that every key of that time is still in the new one',
  ),
  'no-fingerprints': note(
    'The record holds no fingerprints of CAs and keys: it is an older one, or the snapshot has none.',
    'make sure that PKI and encryption keys are those of the backup’s time',
  ),
} as const satisfies { readonly [code: string]: FindingKind };
