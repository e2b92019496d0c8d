import { describe, expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import type { HostName } from '../../src/core/names.js';
import { printed, screen } from './printed.js';
import { begin, EVIL, end, output, over, STORIES, step, task } from './stories.js';

const UNSAFE = /[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202a-\u202e]/;

describe('what a host says', () => {
  it.each(['plain', 'json'] as const)('never reaches a terminal raw: %s', async (kind) => {
    const text = await printed(STORIES.hostile ?? [], screen(kind));
    expect(text).not.toMatch(UNSAFE);
    expect(text.split('\n').filter((line) => line.startsWith('[9.9]'))).toEqual([]);
  });

  it('is still there, whole, for programs', async () => {
    const text = await printed(STORIES.hostile ?? [], screen('json'));
    const lines = text
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines.find((line) => line.type === 'warning')?.message).toBe(EVIL);
  });
});

describe('what a running program prints', () => {
  const told = [
    task('1.1', 'Save'),
    step('1.1', 'cp2'),
    output('cp1', EVIL),
    output('cp1', 'half', { stream: 'stderr', gap: true }),
    step('1.1', 'cp1'),
    over('1.1'),
  ];

  it('is a line of its own at once, and hosts that are alike still share theirs', async () => {
    const text = await printed(told, screen('plain'));
    expect(text).not.toMatch(UNSAFE);
    expect(text.split('\n').slice(1)).toEqual([
      expect.stringMatching(/^ {4}cp1 \| x.*All is well/),
      '    cp1 ! … (something before it is left out)',
      '    cp1 ! half',
      '  cp1 cp2  ok',
      '',
    ]);
  });

  it('is `step.output` for programs, safe and whole', async () => {
    const text = await printed(told, screen('json'));
    expect(text).not.toMatch(UNSAFE);
    const lines = text.trim().split('\n');
    expect(JSON.parse(lines[2] ?? '')).toMatchObject({
      type: 'step.output',
      host: 'cp1',
      text: EVIL,
    });
  });

  it('never shows the half of a secret at the end of a line that was too long', async () => {
    const secret = 'correct-horse-battery';
    // The engine keeps so much of a line, and cuts in the middle of the secret.
    const line = `${'x'.repeat(4_085)}${secret}`.slice(0, 4_096);
    const redact = (text: string): string => text.replaceAll(secret, '«secret»');
    for (const kind of ['plain', 'json'] as const) {
      const text = await printed([output('cp1', line)], screen(kind, {}, redact));
      expect(text).not.toContain('correct');
    }
  });
});

describe('JSON Lines', () => {
  it('end with how the run ended', async () => {
    const text = await printed(STORIES['rolled-back'] ?? [], screen('json'));
    const last = JSON.parse(text.trim().split('\n').at(-1) ?? '') as object;
    expect(Object.keys(last).slice(0, 6)).toEqual([
      'v',
      'at',
      'type',
      'run',
      'outcome',
      'exit_code',
    ]);
    expect(last).toMatchObject({ type: 'run.finished', exit_code: 4, downtime_ms: 14_200 });
  });

  it('leave the downtime out where there was none', async () => {
    expect(await printed([end({})], screen('json'))).not.toContain('downtime');
  });
});

describe('plain lines', () => {
  it('say what is known when the run breaks off', async () => {
    const text = await printed([begin(), task('1.1', 'Look'), step('1.1', 'cp1')], screen('plain'));
    expect(text).toContain('  cp1  ok');
  });

  it('tell a failure in full once', async () => {
    const text = await printed(STORIES['rolled-back'] ?? [], screen('plain'));
    expect(text.split('Device or resource busy')).toHaveLength(2);
    expect(text).toContain('because cp2: mv ended with 1');
  });

  it('have colour only where it is wanted', async () => {
    const events = STORIES.good ?? [];
    const coloured = await printed(events, screen('plain', { colour: true }));
    expect(coloured).toContain('\u001b[');
    const bare = coloured.replaceAll(/\u001b\[[0-9;]*m/g, '');
    expect(bare).toBe(await printed(events, screen('plain')));
  });
});

describe('secrets', () => {
  const secret = 'a"b\n\u0001c';
  const redact = (text: string): string => text.replaceAll(secret, '«secret»');

  it.each(['plain', 'json'] as const)('are masked, whatever is in them: %s', async (kind) => {
    const failed = failure('command-failed', 'x', `bad ${secret}`, 'next', { detail: secret });
    const events = [
      step('1.1', 'cp1', { changes: [`token ${secret}`], result: { deep: [secret] } }),
      step('1.1', 'cp2', { outcome: 'failed', failure: failed }),
      over('1.1'),
    ];
    const text = await printed(events, screen(kind, {}, redact));
    expect(text).toContain('token «secret»');
    expect(text).not.toContain('a"b');
    expect(text).not.toContain('a\\"b');
  });
});

describe('the tree', () => {
  it.each([
    ['no terminal', { isTTY: false }],
    ['a narrow terminal', { isTTY: true, columns: 59 }],
  ])('gives way to lines on %s', async (_, out) => {
    const events = STORIES.preview ?? [];
    expect(await printed(events, screen('tty', out))).toBe(await printed(events, screen('plain')));
  });

  it('tells everything that the lines tell, each thing once', async () => {
    const events = STORIES['rolled-back'] ?? [];
    const lines = (await printed(events, screen('plain'))).split('\n');
    const tree = (await printed(events, screen('tty', { isTTY: true }))).split('\n');
    const headings = lines.filter((line) => /^\[[0-9]+\.[0-9]+\]/.test(line));
    expect(headings).toHaveLength(4);
    expect(tree).toEqual(lines.filter((line) => !headings.includes(line)));
  });
});

it('folds many hosts into one line', async () => {
  const many = Array.from(
    { length: 300 },
    (_, index) => `w${String(index).padStart(3, '0')}` as HostName,
  );
  const events = [
    task('1.1', 'x', { hosts: many }),
    ...many.map((host) => step('1.1', host)),
    over('1.1'),
  ];
  const text = await printed(events, screen('plain'));
  expect(text.trim().split('\n')).toHaveLength(2);
});
