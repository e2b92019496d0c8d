import { type Context, record } from './context.js';

/** The control plane goes away with the first change of a task that says so. A record that cannot be
 *  written here loses a figure, not safety: the intent before it is already on the disk. */
export async function noteDowntimeStart(context: Context): Promise<void> {
  if (context.history.downtimeStartMs !== null) return;
  const atMs = context.world.clock.nowMs();
  await record(context, { type: 'downtime', edge: 'starts', atMs });
}

export async function noteDowntimeEnd(context: Context): Promise<void> {
  const { downtimeStartMs, downtimeEndMs } = context.history;
  if (downtimeStartMs === null || downtimeEndMs !== null) return;
  const atMs = context.world.clock.nowMs();
  await record(context, { type: 'downtime', edge: 'ends', atMs });
}

export function downtimeMs(context: Context): number | null {
  const { downtimeStartMs, downtimeEndMs } = context.history;
  if (downtimeStartMs === null || downtimeEndMs === null) return null;
  return downtimeEndMs - downtimeStartMs;
}
