import type { Diagnostic } from '../core/diagnostic.js';
import type { HostName } from '../core/names.js';
import type { LockHolder, Session } from '../core/ports.js';
import { parseInventory } from '../inventory/index.js';
import { connectionOf } from '../inventory/connection.js';
import type { Edges } from './edges.js';
import { exitCodeOf } from './exit-code.js';
import type { CommonOptions } from './options.js';
import { printDiagnostics, printFailure } from './printing.js';

interface LockedHost {
  readonly session: Session;
  readonly cluster: string;
  readonly holder: LockHolder;
}

/** `runback unlock -i INVENTORY`: who holds the lock, since when, from where; releases it after a yes. */
export async function unlockVerb(options: CommonOptions, edges: Edges): Promise<number> {
  const problems: Diagnostic[] = [];
  const texts = options.inventory.flatMap((file) => {
    const text = edges.readText(file);
    if (text.ok) return [{ file, text: text.value }];
    const { code, message, next } = text.error;
    const at = { file, line: 1, column: 1 };
    problems.push({ severity: 'error', code, message, help: next, at });
    return [];
  });
  if (options.inventory.length === 0) problems.push(noInventory());
  if (problems.length > 0) return printDiagnostics(problems, new Map(), options, edges);
  const inventory = parseInventory(texts);
  const sources = new Map(texts.map(({ file, text }) => [file, text]));
  if (!inventory.ok) return printDiagnostics(inventory.error, sources, options, edges);

  const defaults = {
    user: edges.user,
    home: edges.home,
    agentSocket: edges.environment.SSH_AUTH_SOCK ?? null,
  };
  const clusters = new Map<HostName, string>();
  const connections = new Map();
  for (const host of inventory.value.hosts) {
    const cluster = host.vars.get('runback_cluster')?.value;
    if (typeof cluster !== 'string') continue;
    const connection = connectionOf(host, defaults);
    if (!connection.ok) return printDiagnostics(connection.error, sources, options, edges);
    clusters.set(host.name, cluster);
    connections.set(host.name, connection.value);
  }
  const hosts = edges.hosts(connections, null);
  try {
    const locked: LockedHost[] = [];
    for (const [name, cluster] of clusters) {
      const session = await hosts.connect(name, true, edges.stop);
      if (!session.ok) return printFailure(session.error, exitCodeOf('refused'), options, edges);
      const state = await session.value.readLock(cluster, edges.stop);
      if (!state.ok) return printFailure(state.error, exitCodeOf('refused'), options, edges);
      const { holder } = state.value;
      edges.out.write(`${name}  ${cluster}  ${holder === null ? 'free' : describe(holder)}\n`);
      if (holder !== null) locked.push({ session: session.value, cluster, holder });
    }
    if (locked.length === 0) return 0;
    const question =
      'Release these locks? Only when that run is over: its hosts may be half changed.';
    if (!(await edges.operator(options.yes === true).confirm(question, edges.stop))) {
      return exitCodeOf('refused');
    }
    for (const { session, cluster, holder } of locked) {
      const released = await session.releaseLock(cluster, holder.run, edges.stop);
      if (!released.ok) return printFailure(released.error, exitCodeOf('refused'), options, edges);
      edges.out.write(`${session.host}  ${cluster}  released\n`);
    }
    return 0;
  } finally {
    await hosts.closeAll();
  }
}

function describe(holder: LockHolder): string {
  const { run, user, controller, pid, since, epoch } = holder;
  return `held by run ${run} (${user}@${controller}, process ${pid}) since ${since}, epoch ${epoch}`;
}

function noInventory(): Diagnostic {
  return {
    severity: 'error',
    code: 'no-inventory',
    message: 'no inventory was given',
    help: 'name the one of the cluster: runback unlock -i inventories/example.yml',
    at: { file: 'command line', line: 1, column: 1 },
  };
}
