import { type Command, Option } from 'commander';
import { clean } from '../core/clean.js';
import { closest } from '../core/closest.js';
import type { Diagnostic } from '../core/diagnostic.js';
import type { Inventory, InventoryHost } from '../core/inventory.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';
import { graphOf, type InventoryWithTree, listingOf, variablesOf } from '../inventory/index.js';
import { hostsMatching } from '../plan/index.js';
import { hostDetailsText, hostRowsJson, hostRowsText } from '../report/index.js';
import type { Edges } from './edges.js';
import { hostRows } from './host-rows.js';
import { readInventoryWithTree } from './inventory-read.js';
import { readLimit } from './limit.js';
import type { CommonOptions } from './options.js';
import { nowText, printDiagnostics } from './printing.js';
import { atFile } from './unreadable.js';

interface InventoryOptions extends CommonOptions {
  readonly json?: true;
  readonly graph?: true;
  readonly host?: string;
  readonly playbookDir: string;
}

export function addInventoryVerb(
  command: Command,
  edges: Edges,
  done: (exitCode: number) => void,
): void {
  command
    .description('show hosts, groups and how each host is reached; nothing is connected')
    .addOption(
      new Option('--json', 'everything, in the shape of ansible-inventory --list').conflicts([
        'graph',
        'limit',
      ]),
    )
    .addOption(
      new Option('--graph', 'the tree of groups, as ansible-inventory --graph').conflicts([
        'host',
        'limit',
      ]),
    )
    .addOption(
      new Option('--host <name>', 'one host: its variables, and where each was written').conflicts([
        'limit',
      ]),
    )
    .option('--playbook-dir <folder>', 'whose group_vars/ and host_vars/ count too', '.')
    .action((options: InventoryOptions) => done(inventoryVerb(options, edges)));
}

/** `runback inventory -i INV`: what was read of it, and how its hosts would be reached. */
function inventoryVerb(options: InventoryOptions, edges: Edges): number {
  const { read, texts } = readInventoryWithTree(options.inventory, options.playbookDir, edges);
  if (!read.ok) return printDiagnostics(read.error, texts, options, edges);
  const shown = show(read.value, options, edges);
  const findings = [...read.value.inventory.notes, ...(shown.ok ? shown.value.notes : shown.error)];
  if (shown.ok) edges.out.write(`${clean(shown.value.text)}\n`);
  return printDiagnostics(findings, texts, options, edges);
}

interface Shown {
  readonly text: string;
  readonly notes: readonly Diagnostic[];
}

function show(
  { inventory, tree }: InventoryWithTree,
  options: InventoryOptions,
  edges: Edges,
): Result<Shown, readonly Diagnostic[]> {
  if (options.graph === true) return ok({ text: graphOf(tree), notes: [] });
  if (options.host !== undefined) return showHost(options.host, inventory, options, edges);
  if (options.json === true) {
    return ok({ text: JSON.stringify(listingOf(inventory, tree), null, 4), notes: [] });
  }
  const limit = readLimit(options.limit, edges);
  if (!limit.ok) return limit;
  const wanted = hostsMatching(limit.value ?? 'all', inventory);
  if (!wanted.ok) return err([notFound(`nothing matches «${options.limit}»`, wanted.error)]);
  const { rows, notes } = hostRows(inventory, new Set(wanted.value), options, edges);
  const isJson = options.output === 'json';
  return ok({ text: isJson ? hostRowsJson(rows, nowText(edges)) : hostRowsText(rows), notes });
}

function showHost(
  name: string,
  inventory: Inventory,
  options: InventoryOptions,
  edges: Edges,
): Result<Shown, readonly Diagnostic[]> {
  const host = inventory.hosts.find((one) => one.name === name);
  if (host === undefined) return err([noHost(name, inventory)]);
  if (options.json === true || options.output === 'json') {
    return ok({ text: JSON.stringify(variablesOf(host), null, 4), notes: [] });
  }
  const { rows, notes } = hostRows(inventory, new Set<HostName>([host.name]), options, edges);
  return ok({ text: rows.map((row) => hostDetailsText(row, host)).join(''), notes });
}

function noHost(name: string, inventory: Inventory): Diagnostic {
  const near = closest(
    name,
    inventory.hosts.map((host: InventoryHost) => host.name),
  );
  const help = near === null ? 'runback inventory lists the hosts' : `did you mean ${near}?`;
  return notFound(`the inventory has no host ${name}`, help);
}

function notFound(message: string, help: string): Diagnostic {
  return { severity: 'error', code: 'unknown-host', message, help, at: atFile('command line') };
}
