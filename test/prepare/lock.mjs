import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';

const WAIT_MS_MAX = 300_000;
const POLL_MS = 100;

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
    if (!isAlive(holder(folder))) rmSync(folder, { recursive: true, force: true });
    else await wait(POLL_MS);
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

/** The holder's process id; 'starting' for the instant between making the folder and naming its holder. */
function holder(folder) {
  try {
    return Number(readFileSync(join(folder, 'pid'), 'utf8')) || 'starting';
  } catch {
    return 'starting';
  }
}

function isAlive(pid) {
  if (pid === 'starting') return true;
  try {
    process.kill(pid, 0);
    return true;
  } catch (problem) {
    return problem.code === 'EPERM';
  }
}
