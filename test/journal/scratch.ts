import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach } from 'vitest';
import type { HostName, RunId, TaskId } from '../../src/core/names.js';
import type { RecordBody } from '../../src/core/record.js';

export const RUN = '20261124T121722Z-9f86d081884c7d65' as RunId;
export const now = (): string => '2026-11-24T12:17:22.000Z';

const made: string[] = [];

/** A state directory of its own for one test. */
export function stateDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'runback-journal-'));
  made.push(directory);
  return directory;
}

afterEach(() => {
  for (const directory of made.splice(0)) rmSync(directory, { recursive: true, force: true });
});

export const started: RecordBody = {
  type: 'run.started',
  run: RUN,
  plan: 'ab'.repeat(32),
  playbook: 'playbooks/restore.yml',
  cluster: 'lab',
  hosts: ['cp1' as HostName],
  user: 'root',
  started: now(),
  version: '0.1.0',
};

export function task(id: string): RecordBody {
  return { type: 'task.started', task: id as TaskId };
}
