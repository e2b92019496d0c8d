import { existsSync, rmSync } from 'node:fs';
import { alone } from '../prepare/lock.mjs';
import { command } from './command.js';
import { processesIn, removeNetwork } from './network.js';
import { powerOff } from './power.js';
import { type LabShape, labFolder, labsFolder, readShape, subnetOf } from './shape.js';
import { claimFile } from './subnet.js';
import { until } from './until.js';

const END_MS_MAX = 10_000;

/** Removes a lab and everything of it, whoever made it and however far it came. None is fine too. */
export function down(name: string): Promise<void> {
  return alone(`${labsFolder}/.${name}.lock`, () => remove(name));
}

/** As `down`, for who holds the lab's lock already. */
export async function remove(name: string): Promise<void> {
  const shape = readShape(name);
  if (shape !== undefined) {
    await Promise.all(shape.hosts.map((host) => powerOff(shape, host)));
    await endStragglers(shape);
    await removeNetwork(shape);
  }
  // The folder goes before the claim: whoever gets the subnet next must not find our traces in it.
  if (existsSync(labFolder(name))) await removeFolder(labFolder(name));
  if (shape !== undefined) rmSync(claimFile(subnetOf(shape)), { force: true });
}

/** A test that broke off may have left files that it had made immutable. */
async function removeFolder(folder: string): Promise<void> {
  try {
    rmSync(folder, { recursive: true });
  } catch {
    // Its exit code says only that links have no such attribute.
    await command(['chattr', '-R', '-f', '-i', '-a', folder]);
    rmSync(folder, { recursive: true });
  }
}

/** A lab that crashed while a host was booting has processes that nobody wrote down. */
async function endStragglers(shape: LabShape): Promise<void> {
  await until('the end of all processes of the lab', END_MS_MAX, async () => {
    const left = await processesIn(shape);
    for (const pid of left) {
      try {
        process.kill(pid, 'SIGKILL');
      } catch {
        // It ended by itself between our looking and our signal.
      }
    }
    return left.length === 0 ? true : undefined;
  });
}
