import { chownSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { clientFolder } from './pki.js';
import { apiHostsOf, type HostShape, inUrl, type LabShape } from './shape.js';
import { OPS_PASSWORD_HASH } from './sudo.js';

/** What programs want to find in /etc and what the machine's own copy serves for. */
const COPIED = [
  'alternatives',
  'bash.bashrc',
  'debian_version',
  'ld.so.cache',
  'ld.so.conf',
  'ld.so.conf.d',
  'localtime',
  'login.defs',
  'mke2fs.conf',
  'nsswitch.conf',
  'os-release',
  'pam.d',
  'profile',
  'protocols',
  'security',
  'services',
  'ssl/openssl.cnf',
];
/** Who may log in besides root, and what sudo lets them do: see sudo.ts. */
const USERS = [
  { name: 'ops', uid: 1000, comment: 'becomes root with a password' },
  { name: 'deploy', uid: 1001, comment: 'becomes root without one' },
  { name: 'guest', uid: 1002, comment: 'may not become root' },
] as const;
/** Certificate and key in one file, as the real one keeps them. */
export const KUBELET_CLIENT = '/var/lib/kubelet/pki/kubelet-client-current.pem';
const KUBECONFIGS = ['admin', 'super-admin', 'kubelet', 'controller-manager', 'scheduler'];

/** /etc of a host: a few files of the machine, its own users, its own sshd. */
export function writeEtc(lab: LabShape, host: HostShape): void {
  const etc = join(host.root, 'etc');
  for (const name of COPIED.filter((candidate) => existsSync(`/etc/${candidate}`))) {
    cpSync(`/etc/${name}`, join(etc, name), { recursive: true, verbatimSymlinks: true });
  }
  const names = lab.hosts.map(({ address, name }) => `${address} ${name}\n`).join('');
  write(etc, 'hostname', `${host.name}\n`);
  write(etc, 'hosts', `127.0.0.1 localhost\n::1 localhost\n${names}`);
  writeUsers(etc);
  writeSshd(lab, host);
  if (lab.options.start === 'hosts-only') return;
  mkdirSync(join(etc, 'kubernetes'), { recursive: true });
  const kubeconfigs = host.runs === 'worker' ? ['kubelet'] : KUBECONFIGS;
  for (const name of kubeconfigs)
    write(etc, `kubernetes/${name}.conf`, kubeconfig(lab, name, host), 0o600);
}

function writeUsers(etc: string): void {
  const shell = existsSync('/bin/bash') ? '/bin/bash' : '/bin/sh';
  const passwd = [
    `root:x:0:0:root:/root:${shell}`,
    'daemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin',
    'bin:x:2:2:bin:/bin:/usr/sbin/nologin',
    'sshd:x:100:65534::/run/sshd:/usr/sbin/nologin',
    'nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin',
    ...USERS.map(
      ({ name, uid, comment }) => `${name}:x:${uid}:${uid}:${comment}:/home/${name}:${shell}`,
    ),
  ];
  const group = [
    'root:x:0:',
    'daemon:x:1:',
    'bin:x:2:',
    'tty:x:5:',
    'sudo:x:27:ops',
    'nogroup:x:65534:',
    ...USERS.map(({ name, uid }) => `${name}:x:${uid}:`),
  ];
  const shadow = passwd
    .map((line) => line.slice(0, line.indexOf(':')))
    .map((name) => `${name}:${name === 'ops' ? OPS_PASSWORD_HASH : '*'}:19000:0:99999:7:::`);
  write(etc, 'passwd', `${passwd.join('\n')}\n`);
  write(etc, 'group', `${group.join('\n')}\n`);
  write(etc, 'shadow', `${shadow.join('\n')}\n`, 0o600);
}

/** Only what a lab needs; everything else, MaxStartups and MaxSessions too, is left at its default. */
function writeSshd(lab: LabShape, host: HostShape): void {
  mkdirSync(join(host.root, 'etc/ssh'));
  for (const name of ['ssh_host_ed25519_key', 'ssh_host_ed25519_key.pub']) {
    cpSync(join(lab.dir, 'keys', `${host.name}_${name}`), join(host.root, 'etc/ssh', name));
  }
  write(
    join(host.root, 'etc'),
    'ssh/sshd_config',
    [
      'HostKey /etc/ssh/ssh_host_ed25519_key',
      'PidFile /run/sshd.pid',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'UseDNS no',
      'Subsystem sftp internal-sftp',
      '',
    ].join('\n'),
  );
  allowKey(lab, host, 'root', 0);
  for (const { name, uid } of USERS) allowKey(lab, host, `home/${name}`, uid);
}

function allowKey(lab: LabShape, host: HostShape, home: string, uid: number): void {
  const folder = join(host.root, home, '.ssh');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const file = join(folder, 'authorized_keys');
  writeFileSync(file, readFileSync(join(lab.dir, 'id_ed25519.pub')), { mode: 0o600 });
  for (const path of [join(host.root, home), folder, file]) chownSync(path, uid, uid);
}

/** The controller manager's and the scheduler's hold no keys: their stand-ins ask for nothing. */
function kubeconfig(lab: LabShape, name: string, host: HostShape): string {
  const data = (file: string) => readFileSync(file).toString('base64');
  const client = (ending: string) => data(join(clientFolder(lab), `${name}.${ending}`));
  const ofAdmin = name.endsWith('admin')
    ? [`client-certificate-data: ${client('crt')}`, `client-key-data: ${client('key')}`]
    : [];
  const ofKubelet = ['certificate', 'key'].map((one) => `client-${one}: ${KUBELET_CLIENT}`);
  const keys = name === 'kubelet' ? ofKubelet : ofAdmin;
  const server = host.runs === 'worker' ? (apiHostsOf(lab)[0] ?? host) : host;
  return [
    'apiVersion: v1',
    'kind: Config',
    'clusters:',
    '- cluster:',
    `    certificate-authority-data: ${data(join(lab.dir, 'pki/ca.crt'))}`,
    `    server: https://${inUrl(server.address)}:${server.ports.apiserver}`,
    '  name: kubernetes',
    'contexts:',
    '- context:',
    '    cluster: kubernetes',
    `    user: ${name}`,
    `  name: ${name}@kubernetes`,
    `current-context: ${name}@kubernetes`,
    'users:',
    `- name: ${name}`,
    ...(keys.length === 0 ? ['  user: {}'] : ['  user:', ...keys.map((key) => `    ${key}`)]),
    '',
  ].join('\n');
}

function write(folder: string, name: string, text: string, mode = 0o644): void {
  writeFileSync(join(folder, name), text, { mode });
}
