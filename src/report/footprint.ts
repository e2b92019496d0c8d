import type { HostName } from '../core/names.js';
import type { Footprint } from '../core/ports.js';
import { oneLine } from './safe-text.js';

interface Found {
  readonly host: HostName;
  readonly found: readonly Footprint[];
}

/** `clean`: what a run left behind, host by host. */
export function footprintText(footprints: readonly Found[]): string {
  if (footprints.length === 0) return 'It left nothing behind.\n';
  const lines = footprints.flatMap(({ host, found }) =>
    found.map(
      ({ path, sizeBytes }) => `  ${oneLine(host)}  ${sizeText(sizeBytes)}  ${oneLine(path)}`,
    ),
  );
  return `${lines.join('\n')}\n`;
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
