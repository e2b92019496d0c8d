import { spawn } from 'node:child_process';
import { once } from 'node:events';
import {
  appendFileSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Failure } from '../../src/core/failure.js';
import type { RunId } from '../../src/core/names.js';
import type { Result } from '../../src/core/result.js';
import { realDisk } from '../../src/journal/disk.js';
import { createRun, listRuns, type OpenRun, openRun, readRun } from '../../src/journal/index.js';
import { now, RUN, started, stateDirectory, task } from './scratch.js';

const inputs = { playbook: { file: 'p.yml', text: 'name: x\n' } };

function opened(run: Result<OpenRun, Failure>): OpenRun {
  if (!run.ok) throw new Error(JSON.stringify(run.error));
  return run.value;
}

/** A run with two records that nobody works on any more. */
async function recorded(stateDir: string): Promise<string> {
  const run = opened(createRun(stateDir, RUN, inputs, now));
  await run.journal.append(started);
  await run.journal.append(task('1.1'));
  run.close();
  return run.directory;
}

function failureOf(run: Result<unknown, Failure>): string {
  return run.ok ? 'opened' : run.error.code;
}

describe('a run directory', () => {
  it('is private', async () => {
    const directory = await recorded(stateDirectory());
    expect(statSync(directory).mode & 0o777).toBe(0o700);
    for (const name of readdirSync(directory)) {
      expect([name, statSync(join(directory, name)).mode & 0o777]).toEqual([name, 0o600]);
    }
    expect(readdirSync(directory).sort()).toEqual(['inputs.json', 'journal.end', 'journal.jsonl']);
  });

  it('goes on where it ended', async () => {
    const stateDir = stateDirectory();
    await recorded(stateDir);
    const again = opened(openRun(stateDir, 'latest', now));
    expect(again).toMatchObject({ inputs, records: [started, task('1.1')] });
    await again.journal.append(task('1.2'));
    again.close();
    const third = readRun(stateDir, RUN);
    expect(third).toMatchObject({
      ok: true,
      value: { records: [started, task('1.1'), task('1.2')] },
    });
  });

  it('was not begun when its making was cut short, at whatever point', async () => {
    const stateDir = stateDirectory();
    const directory = await recorded(stateDir);
    rmSync(join(directory, 'inputs.json'));
    expect(failureOf(openRun(stateDir, RUN, now)), 'it has lines').not.toBe('run-not-begun');
    rmSync(join(directory, 'journal.end'));
    writeFileSync(join(directory, 'journal.jsonl'), '');
    expect(failureOf(openRun(stateDir, RUN, now)), 'an empty journal').toBe('run-not-begun');
    rmSync(join(directory, 'journal.jsonl'));
    expect(failureOf(openRun(stateDir, RUN, now)), 'no journal').toBe('run-not-begun');
  });

  it('is begun once', async () => {
    const stateDir = stateDirectory();
    await recorded(stateDir);
    expect(failureOf(createRun(stateDir, RUN, {}, now))).toBe('disk-eexist');
    expect(openRun(stateDir, RUN, now)).toMatchObject({ ok: true, value: { inputs } });
  });

  it('lists runs by time, and nothing else', async () => {
    const stateDir = stateDirectory();
    expect(listRuns(stateDir)).toEqual([]);
    await recorded(stateDir);
    const earlier = '20251124T121722Z-0000000000000000' as RunId;
    opened(createRun(stateDir, earlier, {}, now)).close();
    mkdirSync(join(stateDir, 'runs', 'notes'));
    expect(listRuns(stateDir)).toEqual([earlier, RUN]);
  });
});

describe('a torn end', () => {
  it('is kept beside the journal, at whichever byte it is torn', async () => {
    const stateDir = stateDirectory();
    const journal = join(await recorded(stateDir), 'journal.jsonl');
    const whole = readFileSync(journal);
    const soundBytes = whole.indexOf('\n') + 1;
    for (let size = soundBytes + 1; size < whole.length; size++) {
      writeFileSync(journal, whole);
      truncateSync(journal, size);
      // A process that is killed in the middle of a line has not closed the journal.
      rmSync(join(journal, '../journal.end'));
      const run = opened(openRun(stateDir, RUN, now));
      expect(run.records).toEqual([started]);
      await run.journal.append(task('1.1'));
      run.close();
      expect(readFileSync(`${journal}.broken`)).toEqual(whole.subarray(soundBytes, size));
      expect(readFileSync(journal)).toEqual(whole);
    }
  });

  it('is left alone by one who only looks', async () => {
    const stateDir = stateDirectory();
    const journal = join(await recorded(stateDir), 'journal.jsonl');
    appendFileSync(journal, '{"v":1');
    const before = readFileSync(journal);
    expect(readRun(stateDir, RUN)).toMatchObject({ ok: true, value: { records: { length: 2 } } });
    expect(readFileSync(journal)).toEqual(before);
  });
});

describe('refused', () => {
  it.each<[string, (directory: string) => void, string]>([
    [
      'a damaged journal',
      (at) => writeFileSync(join(at, 'journal.jsonl'), 'x\n'),
      'journal-damaged',
    ],
    ['damaged inputs', (at) => writeFileSync(join(at, 'inputs.json'), '{'), 'journal-damaged'],
    ['missing inputs', (at) => rmSync(join(at, 'inputs.json')), 'disk-enoent'],
    [
      'a run without a record',
      (at) => {
        writeFileSync(join(at, 'journal.jsonl'), '');
        rmSync(join(at, 'journal.end'));
      },
      'run-not-begun',
    ],
  ])('%s, and not held', async (_, spoil, code) => {
    const stateDir = stateDirectory();
    spoil(await recorded(stateDir));
    expect(failureOf(openRun(stateDir, RUN, now))).toBe(code);
    expect(failureOf(openRun(stateDir, RUN, now))).toBe(code);
  });

  it('a journal under another run’s name', async () => {
    const stateDir = stateDirectory();
    const other = '20251124T121722Z-0000000000000000' as RunId;
    const directory = await recorded(stateDir);
    const copy = opened(createRun(stateDir, other, {}, now));
    copy.close();
    writeFileSync(
      join(copy.directory, 'journal.jsonl'),
      readFileSync(join(directory, 'journal.jsonl')),
    );
    const run = openRun(stateDir, other, now);
    expect(run.ok ? '' : run.error.message).toContain(`it is the journal of the run ${RUN}`);
  });

  it.each(['latest', '20251124T121722Z-0000000000000000', '../../etc'])(
    'a run that is not there: %s',
    (name) => {
      expect(failureOf(openRun(stateDirectory(), name, now))).toBe('no-such-run');
    },
  );

  it.each(['EROFS', 'EACCES', 'ENOSPC'])('a disk that says %s', (code) => {
    const disk = {
      ...realDisk,
      makeDirectory: () => {
        throw Object.assign(new Error(), { code });
      },
    };
    const run = createRun('/state', RUN, inputs, now, disk);
    expect(run).toMatchObject({
      ok: false,
      error: { kind: 'disk', code: `disk-${code.toLowerCase()}` },
    });
    expect(run.ok ? '' : run.error.message).toContain('/state/runs/');
  });

  it('a state directory that is a file', () => {
    const file = join(stateDirectory(), 'file');
    writeFileSync(file, '');
    expect(createRun(file, RUN, inputs, now)).toMatchObject({ ok: false, error: { kind: 'disk' } });
  });
});

describe('an owner', () => {
  it('is alone, even within one process', async () => {
    const stateDir = stateDirectory();
    await recorded(stateDir);
    const first = opened(openRun(stateDir, RUN, now));
    const second = openRun(stateDir, RUN, now);
    expect(second).toMatchObject({ ok: false, error: { kind: 'lock-held', code: 'run-in-use' } });
    first.close();
    opened(openRun(stateDir, RUN, now)).close();
  });

  it('is another living process, until that has died', async () => {
    const stateDir = stateDirectory();
    const directory = await recorded(stateDir);
    const other = spawn('sleep', ['60']);
    const pid = other.pid as number;
    writeFileSync(join(directory, `owner.${pid}.${realDisk.startTicks(pid)}`), '');
    expect(failureOf(openRun(stateDir, RUN, now))).toBe('run-in-use');
    expect(readdirSync(directory)).toContain(`owner.${pid}.${realDisk.startTicks(pid)}`);
    other.kill();
    await once(other, 'exit');
    opened(openRun(stateDir, RUN, now)).close();
    expect(readdirSync(directory).filter((name) => name.startsWith('owner'))).toEqual([]);
  });

  it('is not a process that got a dead owner’s number', async () => {
    const stateDir = stateDirectory();
    const directory = await recorded(stateDir);
    writeFileSync(join(directory, `owner.${process.ppid}.1`), '');
    opened(openRun(stateDir, RUN, now)).close();
  });
});
