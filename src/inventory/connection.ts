import type { Connection } from '../core/connection.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { InventoryHost, InventoryVar } from '../core/inventory.js';
import { err, ok, type Result } from '../core/result.js';
import { readSshArguments } from './ssh-arguments.js';

export interface ConnectionDefaults {
  readonly user: string;
  readonly home: string;
  readonly agentSocket: string | null;
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
  const text = (name: string): string | null => textOf(host, name, problems);
  const number = (name: string): number | null => numberOf(host, name, problems);
  const kind = text('ansible_connection') ?? 'ssh';
  if (!['ssh', 'smart', 'local', 'paramiko'].includes(kind)) {
    problems.push(wrong(host, 'ansible_connection', `${kind} is not ssh and not local`));
  }
  const method = text('ansible_become_method') ?? 'sudo';
  if (method !== 'sudo') {
    problems.push(wrong(host, 'ansible_become_method', `${method} is not supported: only sudo is`));
  }
  const home = (path: string): string => path.replace(/^~(?=\/)/, defaults.home);
  // In the order in which Ansible puts them behind `ssh`: the first that says something wins.
  const ssh = SSH_ARGUMENTS.map((name) => {
    const written = text(name);
    return readSshArguments(written ?? '', (message, severity) => {
      problems.push({ ...wrong(host, name, message), severity });
    });
  });
  const named = text('ansible_ssh_private_key_file');
  const identities = [...(named === null ? [] : [named]), ...ssh.flatMap((one) => one.identities)];
  const knownHosts = ssh.flatMap((one) => one.knownHosts);
  const connection: Connection = {
    host: host.name,
    kind: kind === 'local' ? 'local' : 'ssh',
    address: text('ansible_host') ?? text('ansible_ssh_host') ?? host.name,
    port:
      number('ansible_port') ??
      number('ansible_ssh_port') ??
      ssh.find((one) => one.port !== null)?.port ??
      22,
    user: text('ansible_user') ?? text('ansible_ssh_user') ?? defaults.user,
    identityFiles: (identities.length > 0 ? identities : DEFAULT_IDENTITIES).map(home),
    knownHostsFiles: (knownHosts.length > 0 ? knownHosts : DEFAULT_KNOWN_HOSTS).map(home),
    agentSocket: ssh.some((one) => one.identitiesOnly) ? null : defaults.agentSocket,
    becomeUser: text('ansible_become_user') ?? 'root',
  };
  if (problems.some((one) => one.severity === 'error')) return err(problems);
  return ok({ connection, warnings: problems });
}

const SSH_ARGUMENTS = ['ansible_ssh_args', 'ansible_ssh_common_args', 'ansible_ssh_extra_args'];
const DEFAULT_IDENTITIES = ['~/.ssh/id_ed25519', '~/.ssh/id_ecdsa', '~/.ssh/id_rsa'];
const DEFAULT_KNOWN_HOSTS = ['~/.ssh/known_hosts', '/etc/ssh/ssh_known_hosts'];

function textOf(host: InventoryHost, name: string, problems: Diagnostic[]): string | null {
  const found = host.vars.get(name);
  if (found === undefined || found.value === null) return null;
  const value = typeof found.value === 'number' ? String(found.value) : found.value;
  if (typeof value !== 'string') {
    problems.push(wrong(host, name, `${name} is not a text`));
    return null;
  }
  if (!value.includes('{{') && !value.includes('{%')) return value;
  problems.push(jinja(name, found));
  return null;
}

function numberOf(host: InventoryHost, name: string, problems: Diagnostic[]): number | null {
  const text = textOf(host, name, problems);
  if (text === null) return null;
  const number = Number(text);
  if (Number.isInteger(number) && number > 0 && number < 65_536) return number;
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
