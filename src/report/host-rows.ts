import type { InventoryHost } from '../core/inventory.js';
import { placeText } from '../core/position.js';
import { MASK } from '../core/secret.js';
import { jsonText } from './json.js';
import { oneLine } from './safe-text.js';

/** One host of an inventory as a person wants to see it. Null: not known, or not needed. */
export interface HostRow {
  readonly host: string;
  readonly address: string | null;
  readonly user: string | null;
  readonly cluster: string | null;
  readonly groups: readonly string[];
}

const HEAD = ['HOST', 'ADDRESS', 'USER', 'CLUSTER', 'GROUPS'];

/** A table with as much room for each column as it needs. */
export function hostRowsText(rows: readonly HostRow[]): string {
  if (rows.length === 0) return 'no hosts';
  const cells = [HEAD, ...rows.map(cellsOf)];
  const widths = HEAD.map((_, column) =>
    cells.reduce((width, row) => Math.max(width, (row[column] as string).length), 0),
  );
  return cells
    .map((row) => row.map((cell, column) => cell.padEnd(widths[column] as number)).join('  '))
    .map((line) => line.trimEnd())
    .join('\n');
}

function cellsOf({ host, address, user, cluster, groups }: HostRow): readonly string[] {
  return [host, address, user, cluster, groups.join(' ')].map((cell) =>
    cell === null || cell === '' ? '-' : oneLine(cell),
  );
}

/** The same for programs: one JSON line each. */
export function hostRowsJson(rows: readonly HostRow[], now: string): string {
  return rows.map((row) => jsonText({ v: 1, at: now, type: 'host', ...row })).join('\n');
}

/** One host: how it is reached, and every variable with the place where the winning value was written. */
export function hostDetailsText(row: HostRow, host: InventoryHost): string {
  const [, address, user, cluster, groups] = cellsOf(row);
  const vars = [...host.vars].sort(([a], [b]) => (a < b ? -1 : 1));
  const lines = vars.map(
    ([name, { value, at }]) =>
      `    ${oneLine(name)} = ${shown(name, value)}\n        ${oneLine(placeText(at))}`,
  );
  return [
    oneLine(row.host),
    `  address    ${address}`,
    `  user       ${user}`,
    `  cluster    ${cluster}`,
    `  groups     ${groups}`,
    `  variables  ${vars.length === 0 ? 'none' : vars.length}`,
    ...lines,
  ].join('\n');
}

/** A terminal is seen by others: what is called a secret is not shown, but for --json. */
function shown(name: string, value: unknown): string {
  return /pass|secret|token|credential|private_key$/i.test(name)
    ? MASK
    : oneLine(JSON.stringify(value));
}
