import { describe, expect, it } from 'vitest';
import type { Certificate, Certificates } from '../../src/core/question.js';
import { pkiCheck } from '../../src/modules/pki-check.js';
import { pkiFiles } from '../../src/modules/pki-files.js';
import { certificate, DAY_MS, NOW_MS } from './preflight/healthy.js';
import { refusalOf, resultOf } from './steps.js';
import { places } from './table-host.js';

const NEW = '/etc/kubernetes/runback/run/pki';
const OLD = '/etc/kubernetes/pki';
const args = { path: NEW, beside: OLD };

const at = (top: string, path: string, more: Partial<Certificate> = {}): Certificate => ({
  ...certificate(path, more),
  path: `${top}/${path}`,
});

/** A PKI in small: a CA, what it has signed, its key, and sa.pub. */
function pki(top: string, change: Partial<Certificates> = {}): Certificates {
  const authority = { isAuthority: true, subject: 'CN=etcd-ca', keySha256: 'key of ca' };
  const own = { sha256: 'sha256 of etcd/ca.crt' };
  return {
    hasOpenssl: true,
    kubeconfigs: [],
    certificates: [
      at(top, 'etcd/ca.crt', { ...authority, ...own }),
      at(top, 'etcd/server.crt', { keySha256: 'key of server' }),
    ],
    keys: [
      { path: `${top}/etcd/server.key`, isPrivate: true, keySha256: 'key of server' },
      { path: `${top}/sa.pub`, isPrivate: false, keySha256: 'sa' },
    ],
    missing: [],
    unreadable: [],
    ...change,
  };
}

function host(these: Certificates, those: Certificates = pki(OLD)) {
  const clock = { askedAtMs: NOW_MS, answeredAtMs: NOW_MS, atMs: NOW_MS, resolutionMs: 1 };
  return places({
    says: {
      certificates: ({ paths }) => (paths[0] === NEW ? these : those),
      clock: () => clock,
    },
  });
}

describe('pki_check', () => {
  it('lets a PKI pass that is whole and this cluster’s, and gives what all hosts must share', async () => {
    const one = await resultOf(pkiCheck, args, host(pki(NEW)));
    const lost = await resultOf(
      pkiCheck,
      args,
      host(pki(NEW), pki(OLD, { certificates: [], keys: [] })),
    );
    expect(one).toEqual({ certificates: 2, keys: 2, authority: lost.authority });
  });

  const [ca, server] = pki(NEW).certificates as [Certificate, Certificate];
  const ended = { ...server, notAfterMs: NOW_MS - DAY_MS };
  const [serverKey, sa] = pki(NEW).keys;
  if (serverKey === undefined || sa === undefined) throw new Error('no keys');
  const cases: readonly (readonly [string, Partial<Certificates>])[] = [
    ['no-certificates', { certificates: [] }],
    ['tool-missing', { hasOpenssl: false }],
    ['unreadable', { unreadable: [`${NEW}/etcd/ca.key`] }],
    ['key-differs', { keys: [{ ...serverKey, keySha256: 'another' }, sa] }],
    ['key-differs', { keys: [{ ...serverKey, keySha256: null }, sa] }],
    ['chain', { certificates: [ca, { ...server, signedBy: [] }] }],
    ['outdated', { certificates: [ca, ended] }],
    [
      'other-authority',
      {
        certificates: [
          { ...ca, sha256: 'other', signedBy: ['other'] },
          { ...server, signedBy: ['other'] },
        ],
      },
    ],
    ['other-authority', { keys: [serverKey, { ...sa, keySha256: 'other' }] }],
  ];

  it.each(cases)('refuses: %s', async (code, change) => {
    expect((await refusalOf(pkiCheck, args, host(pki(NEW, change)))).code).toBe(code);
  });

  it('lets pass what was allowed by name, and nothing else with it', async () => {
    const old = host(pki(NEW, { certificates: [ca, ended] }));
    await resultOf(pkiCheck, { ...args, outdated: true }, old);
    const other = host(pki(NEW, { keys: [serverKey, { ...sa, keySha256: 'other' }] }));
    await resultOf(pkiCheck, { ...args, other_authority: true }, other);
    expect((await refusalOf(pkiCheck, { ...args, other_authority: true }, old)).code).toBe(
      'outdated',
    );
  });

  it('knows nothing of a certificate whose CA is kept elsewhere', async () => {
    const bought = { ...server, issuer: 'CN=somebody else', signedBy: [] };
    await resultOf(pkiCheck, args, host(pki(NEW, { certificates: [ca, bought] })));
  });
});

describe('pki_files', () => {
  const given = { pki_dir: OLD, manifests_dir: '/etc/kubernetes/manifests' };
  const manifest = `
kind: Pod
metadata: { name: kube-apiserver }
spec:
  containers:
    - name: kube-apiserver
      command: [kube-apiserver, --encryption-provider-config=/etc/kubernetes/enc/config.yaml]
      volumeMounts: [{ mountPath: /etc/kubernetes/enc, name: enc }]
  volumes: [{ name: enc, hostPath: { path: /etc/kubernetes/enc } }]
`;
  const files = {
    [OLD]: { type: 'directory' as const },
    '/etc/kubernetes/admin.conf': {},
    '/etc/kubernetes/enc/config.yaml': {},
    '/etc/kubernetes/manifests/kube-apiserver.yaml': { text: manifest },
  };

  it('names what is there, the encryption configuration too', async () => {
    expect(await resultOf(pkiFiles, given, places({ files }))).toEqual({
      paths: [OLD, '/etc/kubernetes/admin.conf', '/etc/kubernetes/enc/config.yaml'],
    });
  });

  it('refuses a host without a PKI', async () => {
    expect((await refusalOf(pkiFiles, given, places({}))).code).toBe('no-pki');
  });
});
