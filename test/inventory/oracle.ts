import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { resolve } from 'node:path';
import { describe } from 'vitest';
import { ansible } from '../prepare/ansible.mjs';

export type CommandLine = readonly ['ansible' | 'ansible-inventory', ...string[]];

export interface Answered {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

const here = await ansible().then(
  (found) => ({ found, missing: null }),
  (thrown: Error) => ({ found: null, missing: thrown.message }),
);
if (here.missing !== null) console.warn(`Ansible is not asked: ${here.missing}`);

/**
 * As vitest's `describe`, for tests that compare with Ansible itself: skipped, with the reason said, where
 * it cannot run. The title's mark lets test/prepare/test.mjs refuse such a skip in CI.
 */
export function besideAnsible(title: string, tests: () => void): void {
  describe.skipIf(here.found === null)(`live: ${title}`, tests);
}

/** What Ansible itself answers, in the same order. */
export function askAnsible(asked: readonly CommandLine[]): readonly Answered[] {
  if (here.found === null) throw new Error(here.missing);
  const { python, path } = here.found;
  const done = spawnSync(python, [resolve('test/inventory/oracle.py')], {
    // Ansible takes variables from beside where it is typed: there are none.
    cwd: tmpdir(),
    input: JSON.stringify(asked),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 120_000,
    env: {
      PATH: '/usr/bin:/bin',
      HOME: tmpdir(),
      LANG: 'C.UTF-8',
      PYTHONPATH: path,
      // Neither the machine's settings nor colours may change an answer.
      ANSIBLE_CONFIG: resolve('test/inventory/oracle.cfg'),
      ANSIBLE_NOCOLOR: '1',
      ANSIBLE_LOCAL_TEMP: `${tmpdir()}/runback-ansible`,
    },
  });
  if (done.status !== 0) throw new Error(`Ansible failed: ${done.stderr}`);
  return JSON.parse(done.stdout) as Answered[];
}

export interface PythonAnswers {
  /** One value, or none where JSON has no form for it. */
  readonly literals: readonly (readonly unknown[])[];
  readonly lines: readonly (readonly string[] | null)[];
  readonly regexes: readonly (readonly string[] | null)[];
  readonly globs: readonly (readonly string[])[];
}

/** What Python itself makes of texts. */
export function askPython(asked: object): PythonAnswers {
  const python = here.found?.python ?? '';
  const done = spawnSync(python, [resolve('test/inventory/python.py')], {
    input: JSON.stringify(asked),
    encoding: 'utf8',
    maxBuffer: 1 << 28,
    timeout: 60_000,
  });
  if (done.status !== 0) throw new Error(`Python failed: ${done.stderr}`);
  return JSON.parse(done.stdout) as PythonAnswers;
}
