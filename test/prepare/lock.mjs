import { mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const WAIT_MS_MAX = 300_000;
const POLL_MS = 50;
const NAMELESS_MS_MAX = 10_000;

/**
 * Runs `work` while this process alone holds the lock folder `folder`. A holder that died leaves its
 * process id behind, so its lock is taken over.
 */
export async function alone(folder, work) {
  const deadlineMs = Date.now() + WAIT_MS_MAX;
  mkdirSync(dirname(folder), { recursive: true });
  while (!take(folder)) {
    if (Date.now() > deadlineMs) {
      throw new Error(`waited ${WAIT_MS_MAX / 1000} s for ${folder}, held by ${holder(folder)}`);
    }
    if (!isHeld(folder)) clearAway(folder);
    await wait(POLL_MS);
  }
  try {
    return await work();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function take(folder) {
  try {
    mkdirSync(folder);
  } catch (problem) {
    if (problem.code === 'EEXIST') return false;
    throw problem;
  }
  writeFileSync(join(folder, 'pid'), String(process.pid));
  return true;
}

/** The holder's process id; undefined for the instant between making the folder and naming its holder. */
function holder(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isHeld(folder) {
  const pid = holder(folder);
  if (pid === undefined) return ageMs(folder) < NAMELESS_MS_MAX;
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return problem.code === 'EPERM';
  }
}

/**
 * Removes a dead holder's lock. Only one process at a time may, and it looks again first: else the
 * second of two that saw the dead holder would remove the lock that the first has just taken.
 */
function clearAway(folder) {
  const guard = `${folder}.clearing`;
  try {
    mkdirSync(guard);
  } catch {
    if (ageMs(guard) > NAMELESS_MS_MAX) rmSync(guard, { recursive: true, force: true });
    return;
  }
  try {
    if (!isHeld(folder)) rmSync(folder, { recursive: true, force: true });
  } finally {
    rmSync(guard, { recursive: true, force: true });
  }
}

/** How long ago a folder was made; 0 when it is gone, so that nobody calls it old. */
function ageMs(folder) {
  const stat = statSync(folder, { throwIfNoEntry: false });
  return stat === undefined ? 0 : Date.now() - stat.mtimeMs;
}
