import { clean } from '../core/clean.js';
import type { Connection } from '../core/connection.js';
import { type Diagnostic, hasErrors } from '../core/diagnostic.js';
import { type Failure, refused } from '../core/failure.js';
import type { Inventory } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import type { Hosts, LockHolder, Session } from '../core/ports.js';
import { err, ok, type Result } from '../core/result.js';
import { eachHost } from '../engine/each-host.js';
import { hostsWithout } from '../plan/index.js';
import { connectionsFor } from './connections.js';
import { credentialsExit, withCredentials } from './credentials.js';
import type { Edges } from './edges.js';
import { exitCodeOf } from './exit-code.js';
import { readInventoryWithTree } from './inventory-read.js';
import type { CommonOptions } from './options.js';
import { nowText, printDiagnostics, printFailure, printLine } from './printing.js';

/** An inventory may name hundreds of workers. */
const askedAtOnce = 50;

interface LockedHost {
  readonly session: Session;
  readonly cluster: string;
  readonly holder: LockHolder | null;
  /** By the host's own clock; null when it was not heard of since the host was started. */
  readonly heardAgoMs: number | null;
}

interface SilentHost {
  readonly name: HostName;
  readonly cluster: string;
  readonly failure: Failure;
}

interface Looked {
  readonly locked: readonly LockedHost[];
  /** Nobody could ask them: a lock that is there stays. */
  readonly silent: readonly SilentHost[];
}

interface ClusterHost {
  readonly cluster: string;
  readonly connection: Connection;
}

/** `runback unlock -i INVENTORY`: who holds the lock, since when, from where; releases it after a yes. */
export async function unlockVerb(options: CommonOptions, edges: Edges): Promise<number> {
  const { read, texts } = readInventoryWithTree(options.inventory, '.', edges);
  const members = read.ok ? clusterHosts(read.value.inventory, options, edges) : read;
  if (!members.ok) return printDiagnostics(members.error, texts, options, edges);
  const reached = new Map([...members.value].map(([name, one]) => [name, one.connection]));
  const connections = await withCredentials(reached, options, edges);
  if (!connections.ok) return credentialsExit(connections.error, options, edges);
  const hosts = edges.hosts(connections.value, null);
  try {
    const { locked, silent } = await readLocks(members.value, hosts, edges);
    for (const one of locked) printLock(one, options, edges);
    for (const one of silent) printSilent(one, options, edges);
    const ended = await releaseAfterYes(locked, options, edges);
    const [first] = silent;
    if (first === undefined) return ended;
    return printFailure(stayed(silent, first.failure), exitCodeOf('refused'), options, edges);
  } finally {
    await hosts.closeAll();
  }
}

function clusterHosts(
  inventory: Inventory,
  options: CommonOptions,
  edges: Edges,
): Result<ReadonlyMap<HostName, ClusterHost>, readonly Diagnostic[]> {
  const members = new Map<HostName, string>();
  const problems: Diagnostic[] = [];
  const without = hostsWithout(options.without ?? [], inventory, problems);
  if (problems.length > 0) return err(problems);
  for (const host of inventory.hosts) {
    if (without.includes(host.name)) continue;
    const cluster = host.vars.get('runback_cluster')?.value;
    if (typeof cluster === 'string') members.set(host.name, cluster);
  }
  const { connections, notes } = connectionsFor(
    inventory,
    (name) => members.has(name),
    { ...options, directory: edges.directory },
    edges,
  );
  if (hasErrors(notes)) return err(notes);
  const found = [...connections].map(([name, connection]): [HostName, ClusterHost] => [
    name,
    { cluster: members.get(name) ?? '', connection },
  ]);
  return ok(new Map(found));
}

async function readLocks(
  members: ReadonlyMap<HostName, ClusterHost>,
  hosts: Hosts,
  edges: Edges,
): Promise<Looked> {
  const found = new Map<HostName, LockedHost>();
  const asked = [...members];
  const failures = await eachHost(asked, askedAtOnce, 'go-on', async ([name, { cluster }]) => {
    const session = await hosts.connect(name, true, edges.stop);
    if (!session.ok) return session.error;
    const state = await session.value.readLock(cluster, edges.stop);
    if (!state.ok) return state.error;
    const { holder, heardAgoMs = null } = state.value;
    found.set(name, { session: session.value, cluster, holder, heardAgoMs });
    return null;
  });
  const locked = asked.flatMap(([name]) => found.get(name) ?? []);
  const silent = asked.flatMap(([name, { cluster }], index) => {
    const failure = failures[index] ?? null;
    return failure === null ? [] : [{ name, cluster, failure }];
  });
  return { locked, silent };
}

/** What is locked elsewhere need not wait for a host that is dead. */
function stayed(silent: readonly SilentHost[], why: Failure): Failure {
  const names = silent.map(({ name }) => name);
  const without = names.map((name) => `--without ${name}`).join(' ');
  const next = `when it is back, the same command again; for a worker, or a host that is gone for good: ${without}`;
  const message = `not asked: ${names.join(', ')}. What is locked there stays locked`;
  return refused('not-asked', message, next, why.message);
}

async function releaseAfterYes(
  all: readonly LockedHost[],
  options: CommonOptions,
  edges: Edges,
): Promise<number> {
  const held = all.filter((one) => one.holder !== null);
  if (held.length === 0) return exitCodeOf('done');
  const question =
    'Release these locks? Only when that run is over: its hosts may be half changed.';
  const isWanted = await edges.operator(options.yes === true).confirm(question, edges.stop);
  if (!isWanted) return exitCodeOf('refused');
  let isAllReleased = true;
  for (const { session, cluster, holder } of held) {
    if (holder === null) continue;
    // Taken over since it was shown: then it is not what the yes was for.
    const epoch = holder.epoch > 0 ? holder.epoch : undefined;
    const released = await session.releaseLock(cluster, holder.run, edges.stop, epoch);
    if (!released.ok) return printFailure(released.error, exitCodeOf('refused'), options, edges);
    const isOthers = released.value === 'others';
    isAllReleased &&= !isOthers;
    const said = isOthers
      ? 'not released: it was given back or taken over since it was shown; look again'
      : 'released';
    printLine(`${session.host}  ${cluster}  ${said}`, options, edges);
  }
  return exitCodeOf(isAllReleased ? 'done' : 'refused');
}

function printSilent(
  { name, cluster, failure }: SilentHost,
  options: CommonOptions,
  edges: Edges,
): void {
  if (options.output !== 'json') {
    printLine(clean(`${name}  ${cluster}  not asked: ${failure.message}`), options, edges);
    return;
  }
  const line = { v: 1, at: nowText(edges), type: 'lock', host: name, cluster, holder: null };
  edges.out.write(`${clean(JSON.stringify({ ...line, not_asked: failure.message }))}\n`);
}

/** What a host says of its lock is its own text. */
function describe({ session, cluster, holder, heardAgoMs }: LockedHost): string {
  if (holder === null) return `${session.host}  ${cluster}  free`;
  const { run, user, controller, pid, since, epoch } = holder;
  const who = `run ${run} (${user} on ${controller}, process ${pid})`;
  const heard =
    heardAgoMs === null
      ? 'not heard of since the host was started'
      : `last heard of ${Math.round(heardAgoMs / 1_000)} s ago`;
  return clean(
    `${session.host}  ${cluster}  held by ${who} since ${since}, epoch ${epoch}, ${heard}`,
  );
}

function printLock(locked: LockedHost, options: CommonOptions, edges: Edges): void {
  if (options.output !== 'json') {
    printLine(describe(locked), options, edges);
    return;
  }
  const { session, cluster, holder, heardAgoMs } = locked;
  const line = { v: 1, at: nowText(edges), type: 'lock', host: session.host, cluster, holder };
  edges.out.write(`${clean(JSON.stringify({ ...line, heard_ago_ms: heardAgoMs }))}\n`);
}
