import { quote } from '../../core/argv.js';
import type { SshServer } from '../../core/connection.js';

/** Every connection of ours is called so in its configuration: no name of an inventory is an argument. */
export const ALIAS = 'runback';

export interface ConfigOptions {
  readonly controlPath: string;
  readonly connectTimeoutMs: number;
  /** The configuration of the bastion before it, whose connection is used; null: none. */
  readonly through: string | null;
}

/**
 * A configuration of OpenSSH for one server: all that counts, so that nobody's `~/.ssh/config` leads
 * elsewhere. Null when a value cannot be written into one without changing its meaning.
 */
export function sshConfig(server: SshServer, options: ConfigOptions): string | null {
  const { address, port, user, identityFiles, knownHostsFiles, agentSocket } = server;
  const words = [address, user, ...identityFiles, ...knownHostsFiles, agentSocket ?? 'none'];
  if (!words.every(isWritable)) return null;
  return `${[
    `Host ${ALIAS}`,
    `HostName ${quoted(address)}`,
    `Port ${port}`,
    `User ${quoted(user)}`,
    ...identityFiles.map((file) => `IdentityFile ${quoted(file)}`),
    `IdentitiesOnly ${server.identitiesOnly ? 'yes' : 'no'}`,
    `IdentityAgent ${agentSocket === null ? 'none' : quoted(agentSocket)}`,
    'StrictHostKeyChecking yes',
    `UserKnownHostsFile ${knownHostsFiles.map(quoted).join(' ')}`,
    'GlobalKnownHostsFile none',
    'UpdateHostKeys no',
    'VerifyHostKeyDNS no',
    'BatchMode yes',
    'RequestTTY no',
    'ForwardAgent no',
    'ForwardX11 no',
    'CanonicalizeHostname no',
    'ConnectionAttempts 1',
    `ConnectTimeout ${Math.ceil(options.connectTimeoutMs / 1_000)}`,
    'ServerAliveInterval 5',
    'ServerAliveCountMax 3',
    `ControlPath ${quoted(options.controlPath)}`,
    ...(options.through === null ? [] : [`ProxyCommand ${proxyCommand(options.through)}`]),
  ].join('\n  ')}\n`;
}

/** Through the bastion's own connection; its name, its port and its keys stand in its configuration. */
function proxyCommand(config: string): string {
  return `ssh -F ${quote(config).replaceAll('%', '%%')} -W '[%h]:%p' ${ALIAS}`;
}

/** ssh_config(5) has no way to write these. */
function isWritable(word: string): boolean {
  return word !== '' && !/["\\\u0000-\u001f\u007f]|\$\{/.test(word);
}

function quoted(word: string): string {
  return `"${word.replaceAll('%', '%%')}"`;
}
