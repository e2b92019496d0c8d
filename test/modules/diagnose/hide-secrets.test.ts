import { execFileSync } from 'node:child_process';
import { expect, it } from 'vitest';
import { HIDDEN, hideSecrets } from '../../../src/modules/diagnose/hide-secrets.js';

const KEY = execFileSync('openssl', ['genpkey', '-algorithm', 'ed25519'], { encoding: 'utf8' });
const JWT =
  'eyJhbGciOiJSUzI1NiIsImtpZCI6IiJ9.eyJpc3MiOiJrdWJlcm5ldGVzIn0.c2lnbmF0dXJlLW9mLWl0LWFsbA';

it.each([
  ['a private key', `before\n${KEY}after`, KEY.split('\n')[1] ?? ''],
  ['a private key that is cut off behind', KEY.slice(0, 90), KEY.slice(40, 80).trim()],
  ['a private key that is cut off before', KEY.slice(40), KEY.slice(40, 80).trim()],
  [
    'a key of a kubeconfig',
    '    client-key-data: LS0tLS1CRUdJTiBFQyBQUklW',
    'LS0tLS1CRUdJTiBFQyBQUklW',
  ],
  ['a bearer token', 'Authorization: Bearer abcdef0123456789', 'abcdef0123456789'],
  ['a service account token', `token "${JWT}" is invalid`, 'eyJpc3MiOiJrdWJlcm5ldGVzIn0'],
  ['a bootstrap token', 'using token abcdef.0123456789abcdef for it', '0123456789abcdef'],
  ['a password of a URL', 'https://proxy:hunter2@192.0.2.1:3128/', 'hunter2'],
  ['a flag', '    - --oidc-client-secret=hunter2', 'hunter2'],
  ['a flag with a blank', 'kubelet --bootstrap-token hunter2 --v=2', 'hunter2'],
  ['a field of JSON', '{"user":"a","password":"hunter2","n":1}', 'hunter2'],
  ['a field of quoted JSON', '{\\"password\\":\\"hunter2\\"}', 'hunter2'],
  ['a variable of a manifest', '- name: ETCD_ROOT_PASSWORD\n      value: hunter2\n', 'hunter2'],
  ['a key in a variable', '- name: AWS_SECRET_ACCESS_KEY\n      value: "hunter2"\n', 'hunter2'],
])('hides %s', (_what, text, secret) => {
  expect(text).toContain(secret);
  expect(hideSecrets(text)).not.toContain(secret);
  expect(hideSecrets(text)).toContain(HIDDEN);
});

it('leaves alone what is needed to understand', () => {
  const text = [
    '--initial-cluster-token=etcd-cluster-1',
    '--initial-cluster=cp1=https://192.0.2.11:2380',
    '--service-account-key-file=/etc/kubernetes/pki/sa.pub',
    '--key-file=/etc/kubernetes/pki/etcd/server.key',
    '--enable-bootstrap-token-auth=true',
    '--token-auth-file=/etc/kubernetes/tokens.csv',
    'x509: certificate signed by unknown authority',
    '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----',
    '"local-member-id":"ddd67b312462fd7b","cluster-id":"a7ef944b95711739"',
  ].join('\n');
  expect(hideSecrets(text)).toBe(text);
});
