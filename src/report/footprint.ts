import type { HostName } from '../core/names.js';
import type { Footprint } from '../core/ports.js';
import { oneLine } from './safe-text.js';
import { leftOutLines } from './wording.js';

interface Found {
  readonly host: HostName;
  readonly found: readonly Footprint[];
  readonly leftAlone: readonly string[];
  readonly notReached: string | null;
}

/** `clean`: what a run left behind, host by host. */
export function footprintText(footprints: readonly Found[]): string {
  const lines = footprints.flatMap(({ host, found }) =>
    found.map(
      ({ path, sizeBytes }) => `  ${oneLine(host)}  ${sizeText(sizeBytes)}  ${oneLine(path)}`,
    ),
  );
  const left = footprints.flatMap(({ host, leftAlone }) =>
    leftAlone.map((path) => `  ${oneLine(host)}  left alone, it may be yours: ${oneLine(path)}`),
  );
  const away = footprints.flatMap(({ host, notReached }) =>
    notReached === null ? [] : [{ host, why: notReached }],
  );
  if (lines.length === 0 && away.length === 0) lines.push('It left nothing behind.');
  return `${[...lines, ...left, ...leftOutLines(away)].join('\n')}\n`;
}

const UNITS = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];

function sizeText(sizeBytes: number): string {
  let size = sizeBytes;
  let unit = 0;
  while (size >= 1_024 && unit < UNITS.length - 1) {
    size /= 1_024;
    unit += 1;
  }
  return `${size.toFixed(unit === 0 ? 0 : 1)} ${UNITS[unit]}`.padStart(10);
}
