import type { Connection } from '../core/connection.js';
import type { Inventory } from '../core/inventory.js';
import type { JsonObject } from '../core/json.js';
import type { HostName } from '../core/names.js';
import { CONNECTION_VARIABLES as CONNECTION } from '../inventory/connection.js';
import { keepInventory } from '../inventory/index.js';
import type { ExtraValue } from '../plan/index.js';
import type { CheckedPlaybook } from '../playbook/checked.js';
import type { Login } from './connections.js';
import type { Source, Sources } from './sources.js';

/**
 * What a run keeps of its inputs, so that it can be taken back although the files have changed since:
 * the playbook and its imports as they were, and of inventory and values only what the plan used. Secrets
 * are left out.
 */
export function freeze(
  sources: Sources,
  playbook: CheckedPlaybook,
  inventory: Inventory,
  connections: ReadonlyMap<HostName, Connection>,
  login: Login,
  extra: ReadonlyMap<string, ExtraValue>,
): Sources {
  const declared = [...playbook.vars.values()]
    .filter((one) => one.type !== 'secret')
    .map((one) => one.name);
  return {
    playbook: sources.playbook,
    imports: sources.imports,
    inventories: [
      keepInventory(inventory, ['runback_cluster', ...CONNECTION, ...declared], (host) =>
        loginOf(connections.get(host), login),
      ),
    ],
    varsFiles: [frozenValues(declared, extra)],
    extra: sources.extra.filter((pair) => declared.includes(pair.slice(0, pair.indexOf('=')))),
    limit: sources.limit,
    without: sources.without,
    selection: sources.selection,
    directory: sources.directory,
    ...(sources.given === undefined ? {} : { given: sources.given }),
  };
}

/** As it was, whoever takes the run back and from where: `-u` and `--private-key` are in it. */
function loginOf(connection: Connection | undefined, login: Login): JsonObject {
  if (connection === undefined || connection.kind === 'local') return {};
  const { user, identityFiles } = connection;
  const isNamed = login.privateKey !== undefined && identityFiles[0] !== undefined;
  const key = isNamed ? { ansible_ssh_private_key_file: identityFiles[0] as string } : {};
  return { ansible_user: user, ...key };
}

function frozenValues(declared: readonly string[], extra: ReadonlyMap<string, ExtraValue>): Source {
  const kept = [...extra].filter(([name, { isText }]) => !isText && declared.includes(name));
  const values = Object.fromEntries(kept.map(([name, { value }]) => [name, value]));
  return { file: 'values of the run', text: JSON.stringify(values) };
}
