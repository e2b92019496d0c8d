import type { Connection } from '../../src/core/connection.js';
import type { ChangeId, HostName, RunId } from '../../src/core/names.js';
import type { Bundle, Hosts } from '../../src/core/ports.js';
import type { Secret } from '../../src/core/secret.js';
import { makeHosts } from '../../src/host/index.js';
import type { Lab } from '../lab/index.js';

export const run = '20260102T030405Z-0123456789abcdef' as RunId;

/** How the lab's own key reaches a host of it, as root. */
export function connectionTo(lab: Lab, name: string, more: Partial<Connection> = {}): Connection {
  return {
    host: name as HostName,
    kind: 'ssh',
    address: lab.host(name).address,
    port: 22,
    user: 'root',
    identityFiles: [lab.privateKeyFile],
    knownHostsFiles: [lab.knownHostsFile],
    agentSocket: null,
    identitiesOnly: false,
    jumps: [],
    becomeUser: 'root',
    becomePassword: null,
    ...more,
  };
}

export function hostsOf(...connections: readonly Connection[]): Hosts {
  return hostsWith(new Map(), ...connections);
}

export function hostsWith(
  passphrases: ReadonlyMap<string, Secret>,
  ...connections: readonly Connection[]
): Hosts {
  const byName = new Map(connections.map((one) => [one.host, one]));
  return makeHosts(byName, { controllerStateDir: null, connectTimeoutMs: 30_000, passphrases });
}

let made = 0;

/** One shell script as a change of its own. */
export function bundleOf(script: string): Bundle {
  made += 1;
  const id = made.toString(16).padStart(32, '0') as ChangeId;
  const argv = ['sh', '-c', script] as const;
  const change = { kind: 'run', argv, timeoutMs: 30_000, repeatable: false, effects: [] } as const;
  return { run, fence: null, items: [{ id, change }], timeoutMs: 30_000 };
}
