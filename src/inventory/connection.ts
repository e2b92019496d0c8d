import type { Connection, SshServer } from '../core/connection.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { InventoryHost, InventoryVar } from '../core/inventory.js';
import { err, ok, type Result } from '../core/result.js';
import { Secret } from '../core/secret.js';
import { readSshArguments, type SshArguments } from './ssh-arguments.js';
import { isPort, type Jump } from './ssh-jump.js';

const SSH_ARGUMENTS = [
  'ansible_ssh_args',
  'ansible_ssh_common_args',
  'ansible_ssh_extra_args',
] as const;
/** Where a sudo password may stand; the first that is there counts. */
export const PASSWORDS = [
  'ansible_become_password',
  'ansible_become_pass',
  'ansible_sudo_password',
  'ansible_sudo_pass',
] as const;
/** All that is read here, and may be kept with a run: a password is none of them. */
export const CONNECTION_VARIABLES: readonly string[] = [
  'ansible_connection',
  'ansible_host',
  'ansible_ssh_host',
  'ansible_port',
  'ansible_ssh_port',
  'ansible_user',
  'ansible_ssh_user',
  'ansible_ssh_private_key_file',
  'ansible_private_key_file',
  ...SSH_ARGUMENTS,
  'ansible_become_method',
  'ansible_become_user',
  'ansible_sudo_user',
];
const KINDS: ReadonlyMap<string, Connection['kind']> = new Map([
  ['ssh', 'ssh'],
  ['smart', 'ssh'],
  ['paramiko', 'ssh'],
  ['openssh', 'openssh'],
  ['local', 'local'],
]);

export interface ConnectionDefaults {
  /** Who runs this: the login where nothing names another, and the user on this machine. */
  readonly user: string;
  readonly home: string;
  /** Relative paths are below it. */
  readonly directory: string;
  readonly agentSocket: string | null;
  /** Of the command line; an inventory that says something itself has the last word, as in Ansible. */
  readonly remoteUser: string | null;
  readonly identityFile: string | null;
}

export interface Reached {
  readonly connection: Connection;
  readonly warnings: readonly Diagnostic[];
}

/** How a host is reached, from the variables that Ansible users write. Every mistake at its place. */
export function connectionOf(
  host: InventoryHost,
  defaults: ConnectionDefaults,
): Result<Reached, readonly Diagnostic[]> {
  const problems: Diagnostic[] = [];
  const text = (...names: string[]): string | null => textOf(host, names, problems);
  const kind = KINDS.get(text('ansible_connection') ?? 'ssh');
  if (kind === undefined) {
    const written = text('ansible_connection');
    problems.push(wrong(host, 'ansible_connection', `${written} is not ssh, openssh or local`));
  }
  checkBecome(host, text, problems);
  warnOfLoginPassword(host, problems);
  // In the order in which Ansible puts them behind `ssh`: the first that says something wins.
  const ssh = SSH_ARGUMENTS.map((name) =>
    readSshArguments(text(name) ?? '', (message, severity) => {
      problems.push({ ...wrong(host, name, message), severity });
    }),
  );
  const remoteUser =
    text('ansible_user', 'ansible_ssh_user') ??
    ssh.find((one) => one.user !== null)?.user ??
    defaults.remoteUser ??
    defaults.user;
  const own = {
    address: text('ansible_host', 'ansible_ssh_host') ?? host.name,
    port: portOf(host, problems) ?? ssh.find((one) => one.port !== null)?.port ?? 22,
    user: kind === 'local' ? defaults.user : remoteUser,
    ...filesOf(text('ansible_ssh_private_key_file', 'ansible_private_key_file'), ssh, defaults),
  };
  const jumps = ssh.find((one) => one.jumps !== null)?.jumps ?? [];
  const connection: Connection = {
    host: host.name,
    kind: kind ?? 'ssh',
    ...own,
    jumps: jumps.map((jump) => bastionOf(jump, own, defaults)),
    becomeUser: text('ansible_become_user', 'ansible_sudo_user') ?? 'root',
    becomePassword: passwordOf(text(...PASSWORDS)),
  };
  if (problems.some((one) => one.severity === 'error')) return err(problems);
  return ok({ connection, warnings: problems });
}

const DEFAULT_IDENTITIES = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];
const DEFAULT_KNOWN_HOSTS = ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'];

function checkBecome(
  host: InventoryHost,
  text: (name: string) => string | null,
  problems: Diagnostic[],
): void {
  const method = text('ansible_become_method') ?? 'sudo';
  if (method !== 'sudo') {
    problems.push(wrong(host, 'ansible_become_method', `${method} is not supported: only sudo is`));
  }
  for (const name of ['ansible_become_exe', 'ansible_become_flags']) {
    if ((text(name) ?? '') === '') continue;
    const message = `${name} is not supported: sudo is called by its name, with flags of our own`;
    problems.push(wrong(host, name, message));
  }
}

function warnOfLoginPassword(host: InventoryHost, problems: Diagnostic[]): void {
  const name = ['ansible_password', 'ansible_ssh_pass'].find((one) => host.vars.has(one));
  if (name === undefined) return;
  const message = `${name} is not read: a login is by key`;
  const help = 'for sudo write ansible_become_password, or use -K';
  problems.push({ ...wrong(host, name, message), severity: 'warning', help });
}

/** The keys and the known hosts of a server, of whatever says something about them first. */
function filesOf(
  named: string | null,
  ssh: readonly SshArguments[],
  defaults: ConnectionDefaults,
): Pick<SshServer, 'identityFiles' | 'knownHostsFiles' | 'agentSocket' | 'identitiesOnly'> {
  const place = (path: string): string => placeOf(path, defaults);
  const first = named ?? defaults.identityFile;
  const identities = [...(first === null ? [] : [first]), ...ssh.flatMap((one) => one.identities)];
  const knownHosts = ssh.flatMap((one) => one.knownHosts);
  const identitiesOnly = ssh.find((one) => one.identitiesOnly !== null)?.identitiesOnly ?? false;
  return {
    identityFiles: (identities.length > 0 ? identities : DEFAULT_IDENTITIES).map(place),
    knownHostsFiles: (knownHosts.length > 0 ? knownHosts : DEFAULT_KNOWN_HOSTS).map(place),
    agentSocket: defaults.agentSocket,
    identitiesOnly,
  };
}

/** A bastion is entered with the keys of the host behind it unless it has its own, as the local user. */
function bastionOf(jump: Jump, behind: SshServer, defaults: ConnectionDefaults): SshServer {
  const place = (path: string): string => placeOf(path, defaults);
  const { identities, knownHosts, identitiesOnly } = jump;
  return {
    address: jump.address,
    port: jump.port ?? 22,
    user: jump.user ?? defaults.user,
    identityFiles: identities.length > 0 ? identities.map(place) : behind.identityFiles,
    knownHostsFiles: knownHosts.length > 0 ? knownHosts.map(place) : behind.knownHostsFiles,
    agentSocket: defaults.agentSocket,
    identitiesOnly: identitiesOnly ?? behind.identitiesOnly,
  };
}

function placeOf(path: string, { home, directory }: ConnectionDefaults): string {
  const inHome = path.replace(/^~(?=\/)/, home);
  return inHome.startsWith('/') ? inHome : `${directory}/${inHome}`;
}

function passwordOf(text: string | null): Secret | null {
  return text === null || text === '' ? null : new Secret(text);
}

function textOf(
  host: InventoryHost,
  names: readonly string[],
  problems: Diagnostic[],
): string | null {
  const name = names.find((one) => (host.vars.get(one)?.value ?? null) !== null);
  const found = name === undefined ? undefined : host.vars.get(name);
  if (name === undefined || found === undefined) return null;
  const value = typeof found.value === 'number' ? String(found.value) : found.value;
  if (typeof value !== 'string') {
    problems.push(wrong(host, name, `${name} is not a text`));
    return null;
  }
  if (!value.includes('{{') && !value.includes('{%')) return value;
  problems.push(jinja(name, found));
  return null;
}

function portOf(host: InventoryHost, problems: Diagnostic[]): number | null {
  const name = 'ansible_port';
  const text = textOf(host, [name, 'ansible_ssh_port'], problems);
  if (text === null || isPort(text)) return text === null ? null : Number(text);
  problems.push(wrong(host, name, `${text} is not a port`));
  return null;
}

function jinja(name: string, found: InventoryVar): Diagnostic {
  return {
    severity: 'error',
    code: 'jinja',
    message: `${name} is a Jinja template, and templates are not evaluated here`,
    help: 'write the value itself',
    at: found.at,
  };
}

function wrong(host: InventoryHost, name: string, message: string): Diagnostic {
  const at = host.vars.get(name)?.at ?? { file: 'inventory', line: 1, column: 1 };
  const help = `mend ${name} here`;
  return { severity: 'error', code: 'connection', message, help, at };
}
