import { describe, expect, it } from 'vitest';
import type { ChangeId } from '../../src/core/names.js';
import { assertModule } from '../../src/modules/assert.js';
import { command } from '../../src/modules/command.js';
import { debug } from '../../src/modules/debug.js';
import { shell } from '../../src/modules/shell.js';
import { isDeferredBy, planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table } from './table-host.js';

const FLAG = '/etc/flag';
const touch = { argv: ['touch', FLAG], undo: ['rm', FLAG], creates: FLAG };
const table: Table = {
  runs: ([program], host) => {
    if (program === 'touch') host.put(FLAG, {});
    else host.files.delete(FLAG);
  },
};

describe('command', () => {
  it('runs an argv, without a shell, and its undo takes it back', async () => {
    const { changes, result } = await thereAndBack(command, touch, table);
    expect(changes).toEqual([
      {
        kind: 'run',
        argv: ['touch', FLAG],
        timeoutMs: 300_000,
        repeatable: false,
        effects: [{ kind: 'everything' }],
      },
    ]);
    expect(result).toEqual({ rc: 0, stdout: '', stdout_lines: [], stderr: '' });
  });

  it('is not run when what it creates is there, or what it removes is missing', async () => {
    const there = places({ files: { [FLAG]: {} } });
    expect(await planOf(command, touch, there)).toEqual([]);
    const remove = { argv: ['rm', FLAG], undo: 'nothing' as const, removes: FLAG };
    expect(await resultOf(command, remove, places({}))).toMatchObject({ rc: 0 });
    expect(await planOf(command, remove, there)).toMatchObject([{ argv: ['rm', FLAG] }]);
  });

  it('may say that there is nothing to take back, and then stays done', async () => {
    const { changes } = await thereAndBack(command, { ...touch, undo: 'nothing' }, table);
    expect(changes).toHaveLength(1);
  });

  it('gives what the program said', async () => {
    const receipt = {
      state: 'done',
      id: 'a' as ChangeId,
      exitCode: 0,
      stdoutTail: 'v1\n\nv2\n',
      stderrTail: 'careful\n',
      durationMs: 3,
    } as const;
    const before = { creates: null, removes: null, isTakenBack: false };
    const verified = await command.verify(
      { argv: ['x'], undo: 'nothing' },
      before,
      [receipt],
      places({}),
    );
    expect(verified).toEqual({
      ok: true,
      value: {
        rc: 0,
        stdout: 'v1\n\nv2\n',
        stdout_lines: ['v1', '', 'v2'],
        stderr: 'careful\n',
      },
    });
  });

  it('is not believed when what it creates is still missing, or what it removes is there', async () => {
    const before = { creates: false, removes: null, isTakenBack: true };
    const missing = await command.verify(touch, before, [], places({}));
    expect(missing).toMatchObject({ ok: false, error: { code: 'not-created' } });
    const remove = { argv: ['rm', FLAG], undo: 'nothing' as const, removes: FLAG };
    const there = places({ files: { [FLAG]: {} } });
    const left = await command.verify(remove, before, [], there);
    expect(left).toMatchObject({ ok: false, error: { code: 'not-removed' } });
  });
});

describe('shell', () => {
  const script = 'touch "$FLAG"';
  const write = { script, environment: { FLAG }, undo: ['rm', FLAG], creates: FLAG };
  const flagged: Table = {
    runs: ([program], host) => {
      if (program === 'rm') host.files.delete(FLAG);
      else host.put(FLAG, {});
    },
  };

  it('hands its script over beside the program, and its undo takes it back', async () => {
    const { changes } = await thereAndBack(shell, { ...write, directory: '/tmp' }, flagged);
    expect(changes).toEqual([
      {
        kind: 'run',
        argv: ['sh', '-eu'],
        script,
        directory: '/tmp',
        environment: { FLAG },
        timeoutMs: 300_000,
        repeatable: false,
        effects: [{ kind: 'everything' }],
      },
    ]);
  });

  it('may be read by another program, within another time', async () => {
    const given = { ...write, interpreter: ['/usr/bin/perl', '-w'], within: '10s' };
    expect(await planOf(shell, given, places({}))).toMatchObject([
      { argv: ['/usr/bin/perl', '-w'], script, timeoutMs: 10_000 },
    ]);
  });

  it('is not run when what it creates is there', async () => {
    const result = await resultOf(shell, write, places({ files: { [FLAG]: {} } }));
    expect(result).toEqual({ rc: 0, stdout: '', stdout_lines: [], stderr: '' });
  });

  it('is deferred where what it creates is pending, and leaves everything pending', async () => {
    const pending = { kind: 'path', path: FLAG } as const;
    expect(await isDeferredBy(shell, write, {}, pending)).toBe(true);
    expect(shell.mayAlter).toBeUndefined();
  });
});

describe('assert', () => {
  it('lets pass what holds', async () => {
    const args = { that: [true, true], message: 'never said' };
    expect(await resultOf(assertModule, args, places({}))).toEqual({});
  });

  it('stops at what does not, in the playbook’s own words', async () => {
    const args = { that: [true, false], message: 'not here', next: 'go there' };
    const failure = await refusalOf(assertModule, args, places({}));
    expect(failure).toMatchObject({ code: 'assertion', message: 'not here', next: 'go there' });
  });
});

describe('debug', () => {
  it('says what it is given', async () => {
    const args = { message: '30 keys' };
    expect(await resultOf(debug, args, places({}))).toEqual(args);
  });
});
