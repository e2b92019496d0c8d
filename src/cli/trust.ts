import type { Connection, SshServer } from '../core/connection.js';
import { hasErrors } from '../core/diagnostic.js';
import type { Failure } from '../core/failure.js';
import type { HostKeys, ServerKeys } from '../core/host-keys.js';
import type { HostName } from '../core/names.js';
import type { Result } from '../core/result.js';
import { hostsMatching } from '../plan/index.js';
import { serverKeysJson, serverKeysText } from '../report/index.js';
import { connectionsFor } from './connections.js';
import { credentialsExit, withCredentials } from './credentials.js';
import type { Edges } from './edges.js';
import { BAD_INPUT, exitCodeOf } from './exit-code.js';
import { readInventoryWithTree } from './inventory-read.js';
import { readLimit } from './limit.js';
import type { CommonOptions } from './options.js';
import { nowText, printDiagnostics, printFailure, printLine } from './printing.js';
import { atFile } from './unreadable.js';

/** One server on the way to one host at least: `connection` is the first that leads there. */
interface Stop {
  readonly connection: Connection;
  readonly bastionsBefore: number;
  readonly server: SshServer;
}

/**
 * `runback trust -i INVENTORY`: shows the host keys of all servers on the way, bastions first, and adds
 * those of servers that are new when a person says that they are right. Nothing known is ever replaced.
 */
export async function trustVerb(options: CommonOptions, edges: Edges): Promise<number> {
  const { read, texts } = readInventoryWithTree(options.inventory, '.', edges);
  if (!read.ok) return printDiagnostics(read.error, texts, options, edges);
  const { inventory } = read.value;
  const limit = readLimit(options.limit, edges);
  if (!limit.ok) return printDiagnostics(limit.error, texts, options, edges);
  const wanted = hostsMatching(limit.value ?? 'all', inventory);
  if (!wanted.ok) return printDiagnostics([noHost(wanted.error)], texts, options, edges);
  const named = new Set<HostName>(wanted.value);
  const login = { ...options, directory: edges.directory };
  const { connections, notes } = connectionsFor(inventory, (host) => named.has(host), login, edges);
  printDiagnostics([...inventory.notes, ...notes], texts, options, edges);
  if (hasErrors(notes)) return BAD_INPUT;
  // Nobody logs in to look at a key, but through a bastion.
  const behind = new Map([...connections].filter(([, one]) => one.jumps.length > 0));
  const opened = await withCredentials(behind, options, edges);
  if (!opened.ok) return credentialsExit(opened.error, options, edges);
  const keys = edges.hostKeys();
  try {
    let isTrusted = true;
    for (const level of levelsOf([...connections.values()])) {
      isTrusted = (await trustLevel(level, keys, options, edges)) && isTrusted;
    }
    return exitCodeOf(isTrusted ? 'done' : 'refused');
  } finally {
    await keys.close();
  }
}

/** Servers by how many bastions are before them: what is behind one can only be seen through it. */
function levelsOf(connections: readonly Connection[]): readonly (readonly Stop[])[] {
  const levels: Map<string, Stop>[] = [];
  for (const connection of connections.filter((one) => one.kind !== 'local')) {
    for (const [bastionsBefore, server] of [...connection.jumps, connection].entries()) {
      levels[bastionsBefore] ??= new Map();
      const files = server.knownHostsFiles.join(':');
      const place = `${server.address} ${server.port} ${files}`;
      const level = levels[bastionsBefore];
      if (!level.has(place)) level.set(place, { connection, bastionsBefore, server });
    }
  }
  return levels.map((level) => [...level.values()]);
}

/** True when every server of the level is known now. */
async function trustLevel(
  stops: readonly Stop[],
  keys: HostKeys,
  options: CommonOptions,
  edges: Edges,
): Promise<boolean> {
  const seen = await Promise.all(
    stops.map(async (stop) => ({
      stop,
      offered: await keys.offered(stop.connection, stop.bastionsBefore, edges.stop),
    })),
  );
  for (const { stop, offered } of seen) show(stop, offered, options, edges);
  const fresh = seen.flatMap(({ stop, offered }) =>
    offered.ok && offered.value.state === 'new' ? [{ stop, keys: offered.value.keys }] : [],
  );
  const isFine = seen.every(({ offered }) => offered.ok && FINE.includes(offered.value.state));
  if (fresh.length === 0) return isFine;
  const servers = fresh.length === 1 ? 'this new server' : `these ${fresh.length} new servers`;
  const question = `Add the keys of ${servers}? Compare the fingerprints with the servers’ own first.`;
  const isRight = await edges.operator(options.yes === true).confirm(question, edges.stop);
  if (!isRight) return false;
  for (const { stop, keys: offered } of fresh) {
    const written = keys.remember(stop.server, offered);
    if (!written.ok) {
      printFailure(written.error, exitCodeOf('refused'), options, edges);
      return false;
    }
    printLine(`${stop.server.address} was added to ${written.value}`, options, edges);
  }
  return isFine;
}

const FINE: readonly ServerKeys['state'][] = ['new', 'known', 'certified'];

function show(
  { connection, bastionsBefore, server }: Stop,
  offered: Result<ServerKeys, Failure>,
  options: CommonOptions,
  edges: Edges,
): void {
  if (!offered.ok) {
    printFailure(offered.error, exitCodeOf('refused'), options, edges);
    return;
  }
  const host = bastionsBefore === connection.jumps.length ? connection.host : null;
  const row = { host, server, keys: offered.value };
  edges.out.write(
    options.output === 'json' ? serverKeysJson(row, nowText(edges)) : serverKeysText(row),
  );
}

function noHost(why: string) {
  const [severity, code, help] = [
    'error',
    'limit',
    'see `runback inventory -i INVENTORY`',
  ] as const;
  return { severity, code, message: `--limit: ${why}`, help, at: atFile('command line') };
}
