import { mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './command.js';
import type { HostShape, LabShape } from './shape.js';

type Usage = 'serverAuth' | 'clientAuth';
interface Certificate {
  readonly file: string;
  readonly authority: string;
  readonly subject: string;
  readonly usages: readonly Usage[];
  readonly names?: string;
}

const CURVE = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
const DAYS = ['-days', '365'];
/** Authorities are the same on all hosts; kubeadm copies them to each control plane node. */
const AUTHORITIES = [
  { file: 'ca', subject: '/CN=kubernetes' },
  { file: 'etcd/ca', subject: '/CN=etcd-ca' },
  { file: 'front-proxy-ca', subject: '/CN=front-proxy-ca' },
];

/** Makes the PKI of a cluster in the files, with the names and usages, that kubeadm would make. */
export async function makePki(lab: LabShape): Promise<void> {
  const shared = join(lab.dir, 'pki');
  mkdirSync(join(shared, 'etcd'), { recursive: true });
  // A configuration of our own: the machine's would add extensions of its own.
  writeFileSync(join(shared, '.openssl.cnf'), '[req]\ndistinguished_name=dn\n[dn]\n');
  await Promise.all([
    ...AUTHORITIES.map((authority) => makeAuthority(shared, authority)),
    makeServiceAccountKey(shared),
  ]);
  await Promise.all([
    ...lab.hosts.map((host) =>
      host.runs === 'worker' ? makeWorkerPki(shared, host) : makeHostPki(shared, host),
    ),
    ...clientsOf(lab).map((client) => makeClient(shared, lab, client)),
  ]);
}

interface Client {
  readonly name: string;
  readonly subject: string;
}

/** Whom kubeconfigs are for: two administrators, and the kubelet of each host. */
function clientsOf(lab: LabShape): readonly Client[] {
  const kubelets = lab.hosts.map(({ name }) => ({
    name: `kubelet-${name}`,
    subject: `/O=system:nodes/CN=system:node:${name}`,
  }));
  const admin = '/O=kubeadm:cluster-admins/CN=kubernetes-admin';
  const superAdmin = '/O=system:masters/CN=kubernetes-super-admin';
  return [
    { name: 'admin', subject: admin },
    { name: 'super-admin', subject: superAdmin },
    ...kubelets,
  ];
}

/** Beside the authorities, where the lab alone sees it: a kubeconfig holds a copy. */
async function makeClient(shared: string, lab: LabShape, { name, subject }: Client): Promise<void> {
  const folder = clientFolder(lab);
  mkdirSync(folder, { recursive: true });
  const usage = ['basicConstraints=critical,CA:FALSE', 'extendedKeyUsage=clientAuth'];
  const authority = join(shared, 'ca');
  const signer = ['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`];
  await request(shared, join('../pki-clients', name), subject, usage, signer);
}

/** Certificates and keys of those that have a kubeconfig, by name. */
export function clientFolder(lab: LabShape): string {
  return join(lab.dir, 'pki-clients');
}

async function makeHostPki(shared: string, host: HostShape): Promise<void> {
  const folder = join(host.root, 'etc/kubernetes/pki');
  mkdirSync(folder, { recursive: true });
  await must(['cp', '-a', `${shared}/.`, folder]);
  await Promise.all(certificatesOf(host).map((certificate) => sign(folder, certificate)));
  await makeServingCertificate(folder, join(host.root, 'opt/lab'));
  rmSync(join(folder, '.openssl.cnf'));
}

/** A node that joined knows whom to trust, and no key but its kubelet's own. */
async function makeWorkerPki(shared: string, host: HostShape): Promise<void> {
  const folder = join(host.root, 'etc/kubernetes/pki');
  mkdirSync(folder, { recursive: true });
  await must(['cp', '-a', join(shared, 'ca.crt'), folder]);
}

function certificatesOf(host: HostShape): readonly Certificate[] {
  const own = `DNS:${host.name},DNS:localhost,IP:${host.address},IP:127.0.0.1,IP:::1`;
  const cluster = 'DNS:kubernetes,DNS:kubernetes.default,DNS:kubernetes.default.svc,IP:10.96.0.1';
  const both: readonly Usage[] = ['serverAuth', 'clientAuth'];
  const etcd = (file: string, usages: readonly Usage[], names?: string) => ({
    file: `etcd/${file}`,
    authority: 'etcd/ca',
    subject: `/CN=${names === undefined ? 'kube-etcd-healthcheck-client' : host.name}`,
    usages,
    ...(names === undefined ? {} : { names }),
  });
  const client = (file: string, authority: string, subject: string) => ({
    file,
    authority,
    subject,
    usages: ['clientAuth'] as const,
  });
  return [
    etcd('server', both, own),
    etcd('peer', both, own),
    etcd('healthcheck-client', ['clientAuth']),
    client('apiserver-etcd-client', 'etcd/ca', '/CN=kube-apiserver-etcd-client'),
    client(
      'apiserver-kubelet-client',
      'ca',
      '/O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client',
    ),
    client('front-proxy-client', 'front-proxy-ca', '/CN=front-proxy-client'),
    {
      file: 'apiserver',
      authority: 'ca',
      subject: '/CN=kube-apiserver',
      usages: ['serverAuth'],
      names: `${own},${cluster}`,
    },
  ];
}

async function makeAuthority(
  folder: string,
  { file, subject }: { readonly file: string; readonly subject: string },
): Promise<void> {
  const extensions = [
    'basicConstraints=critical,CA:TRUE',
    'keyUsage=critical,digitalSignature,keyCertSign',
  ];
  await request(folder, file, subject, extensions, []);
}

async function sign(folder: string, certificate: Certificate): Promise<void> {
  const extensions = [
    'basicConstraints=critical,CA:FALSE',
    'keyUsage=critical,digitalSignature,keyEncipherment',
    `extendedKeyUsage=${certificate.usages.join(',')}`,
    ...(certificate.names === undefined ? [] : [`subjectAltName=${certificate.names}`]),
  ];
  const authority = join(folder, certificate.authority);
  await request(folder, certificate.file, certificate.subject, extensions, [
    ...['-CA', `${authority}.crt`, '-CAkey', `${authority}.key`],
  ]);
}

/** What controller-manager and scheduler serve with: the real ones sign it themselves, in memory. */
async function makeServingCertificate(folder: string, target: string): Promise<void> {
  mkdirSync(target, { recursive: true });
  await request(folder, '../serving', '/CN=localhost', ['subjectAltName=DNS:localhost'], []);
  for (const name of ['serving.crt', 'serving.key']) {
    renameSync(join(folder, '..', name), join(target, name));
  }
}

/** openssl makes the key 0600 and the certificate 0644, as kubeadm does. */
async function request(
  folder: string,
  file: string,
  subject: string,
  extensions: readonly string[],
  signer: readonly string[],
): Promise<void> {
  const added = extensions.flatMap((extension) => ['-addext', extension]);
  const files = ['-keyout', join(folder, `${file}.key`), '-out', join(folder, `${file}.crt`)];
  const subjects = ['-subj', subject];
  await must(
    ['openssl', 'req', '-x509', ...CURVE, ...DAYS, ...subjects, ...added, ...files, ...signer],
    {
      env: { PATH: process.env.PATH, OPENSSL_CONF: join(folder, '.openssl.cnf') },
    },
  );
}

/** kubeadm's is RSA; an EC key is as good for comparing fingerprints and a hundred times faster. */
async function makeServiceAccountKey(folder: string): Promise<void> {
  const key = join(folder, 'sa.key');
  await must(['openssl', 'ecparam', '-name', 'prime256v1', '-genkey', '-noout', '-out', key]);
  await must(['openssl', 'pkey', '-in', key, '-pubout', '-out', join(folder, 'sa.pub')]);
}
