import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  LATER_PLAY_KEYWORDS,
  LATER_TASK_KEYWORDS,
  PLAY_KEYWORDS,
  TASK_KEYWORDS,
  TOP_KEYWORDS,
} from '../../src/playbook/keywords.js';
import { accepted, bookWith, diagnostics, mistakes, onlyTask } from './read.js';

const TASKS = 'tasks: [{debug: {message: m}}]';

describe('a playbook', () => {
  it.each([
    ['nothing', '', '1:1 shape'],
    ['a list', '- a\n', '1:1 shape'],
    ['no name', `plays: [{hosts: all, ${TASKS}}]\n`, '1:1 missing-name'],
    ['no plays', 'name: A\n', '1:1 shape'],
    ['an empty play', 'name: A\nplays: [{name: P, hosts: all, tasks: []}]\n', '2:9 no-tasks'],
    ['a play without hosts', `name: A\nplays: [{name: P, ${TASKS}}]\n`, '2:9 missing-hosts'],
    ['a later language', `runback: 2\nname: A\nplays: [{hosts: all, ${TASKS}}]\n`, '1:10 version'],
    [
      'an unknown word',
      `name: A\nplas: 1\nplays: [{hosts: all, ${TASKS}}]\n`,
      '2:1 unknown-keyword',
    ],
  ])('is refused with %s', (_, text, found) => {
    expect(mistakes(text)).toContain(found);
  });

  it('gives all of its mistakes at once, each on its line', () => {
    const text = [
      'name: A',
      'vars: {v: {type: nothing}}',
      'plays:',
      '  - name: P',
      '    hosts: all',
      '    colour: red',
      '    tasks:',
      '      - debg: {message: m}',
      '      - debug: {mesage: m}',
      '      - debug: {message: "${{ vars.w }}"}',
      '        timeout: soon',
      '',
    ].join('\n');
    expect(mistakes(text).map((one) => one.replace(/:\d+/, ''))).toEqual([
      '2 var-type',
      '6 unknown-keyword',
      '8 unknown-module',
      '9 unknown-argument',
      '10 undeclared-var',
      '11 wrong-value',
    ]);
  });

  it('numbers plays and tasks as they stand', () => {
    const play = `{hosts: all, tasks: [{debug: {message: a}}, {debug: {message: b}}]}`;
    const { plays } = accepted(`name: A\nplays: [${play}, ${play}]\n`);
    expect(plays.flatMap((one) => one.tasks.map(({ id }) => id))).toEqual([
      '1.1',
      '1.2',
      '2.1',
      '2.2',
    ]);
  });

  it('never makes the reader throw', () => {
    const value = fc.letrec((tie) => ({
      any: fc.oneof(
        { maxDepth: 4 },
        fc.constantFrom(null, true, 0, '', 'x', '30%', '${{ vars.a }}', '${{ item }}', '${{'),
        fc.array(tie('any'), { maxLength: 3 }),
        fc.dictionary(
          fc.constantFrom(
            ...TOP_KEYWORDS,
            ...PLAY_KEYWORDS,
            ...TASK_KEYWORDS,
            'debug',
            'command',
            'x',
          ),
          tie('any'),
          { maxKeys: 6 },
        ),
      ),
    })).any;
    fc.assert(
      fc.property(value, value, (plays, vars) => {
        const text = JSON.stringify({ name: 'A', vars, plays });
        for (const { at, help } of diagnostics(text)) {
          expect(at.line).toBeGreaterThan(0);
          expect(help).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });
});

describe('a task', () => {
  it('has the durations, flags and the register that it says', () => {
    const task = [
      '- name: Say it',
      '  debug: {message: m}',
      '  register: said',
      '  timeout: 1h30m',
      '  throttle: 2',
      '  run_once: true',
      '  become: false',
    ].join('\n');
    expect(onlyTask(bookWith(task))).toMatchObject({
      name: 'Say it',
      register: 'said',
      timeoutMs: 5_400_000,
      throttle: 2,
      runOnce: true,
      become: false,
    });
  });

  it('becomes what its play becomes, and has five minutes', () => {
    expect(onlyTask(bookWith('- debug: {message: m}'))).toMatchObject({
      name: 'Task 1.1',
      become: true,
      timeoutMs: 300_000,
      throttle: null,
      when: [],
    });
  });

  it.each([
    ['no module', '- name: x', '8:9 no-module'],
    [
      'two modules',
      '- debug: {message: m}\n  assert: {that: [true], message: m}',
      '9:9 two-modules',
    ],
    ['an unknown module', '- dbug: {message: m}', '8:9 unknown-module'],
    ['a misspelt keyword', '- debug: {message: m}\n  regster: x', '9:9 unknown-keyword'],
    ['a wrong type of argument', '- debug: {message: [m]}', '8:26 wrong-argument'],
    ['arguments that are no map', '- debug: m', '8:16 wrong-type'],
    ['a register that is no name', '- debug: {message: m}\n  register: My-X', '9:19 register-name'],
    ['a throttle of none', '- debug: {message: m}\n  throttle: 0', '9:19 wrong-value'],
    ['no time', '- debug: {message: m}\n  timeout: 0', '9:18 wrong-value'],
    ['a flag that is no flag', '- debug: {message: m}\n  run_once: maybe', '9:19 wrong-type'],
  ])('is refused with %s', (_, task, found) => {
    expect(mistakes(bookWith(task))).toEqual([found]);
  });

  it('reads only what was registered before it', () => {
    const early =
      '- debug: {message: "${{ results.said.message }}"}\n- debug: {message: m}\n  register: said';
    const [found] = diagnostics(bookWith(early));
    expect(found).toMatchObject({ code: 'register-before-use', at: { line: 8 } });
    expect(found?.help).toContain('line 10');
  });

  it('does not read its own result', () => {
    const own = '- debug: {message: "${{ results.said.message }}"}\n  register: said';
    expect(diagnostics(bookWith(own)).map(({ code }) => code)).toEqual(['register-before-use']);
  });

  it('registers under a name of its own', () => {
    const one = '- debug: {message: m}\n  register: said';
    expect(mistakes(bookWith(`${one}\n${one}`))).toEqual(['11:19 register-twice']);
  });

  it('knows what it reads, its own host’s and others’', () => {
    const text = [
      '- debug: {message: m}',
      '  register: a',
      '- debug: {message: m}',
      '  register: b',
      '- debug: {message: "${{ results.a.message }} ${{ play.hosts.all(h, h.results.b.ran) }}"}',
      '  when: results.a.changed',
    ].join('\n');
    expect(accepted(bookWith(text)).plays[0]?.tasks[2]?.reads).toEqual(['a', 'b']);
  });

  it('never makes the reader throw, whatever its keywords hold', () => {
    const value = fc.oneof(
      fc.constantFrom<unknown>(
        null,
        true,
        -1,
        3,
        '',
        '30%',
        'result.rc == 0',
        '${{ vars.dir }}',
        '${{ item.a }}',
      ),
      fc.array(fc.constantFrom<unknown>('a', 1, null, { a: 1 }, ['x'], '${{ vars.dir }}')),
      fc.dictionary(fc.constantFrom('A', 'a-b', '__proto__'), fc.constantFrom<unknown>('x', 1, [])),
    );
    const task = fc.dictionary(fc.constantFrom(...TASK_KEYWORDS), value, { maxKeys: 6 });
    fc.assert(
      fc.property(task, task, (one, two) => {
        const tasks = [one, two].map((words) => ({ command: { argv: ['x'] }, ...words }));
        const play = { hosts: 'all', tasks };
        const text = JSON.stringify({ name: 'A', vars: { dir: '/a' }, plays: [play] });
        for (const { at, help } of diagnostics(text)) {
          expect(at.line).toBeGreaterThan(0);
          expect(help).not.toBe('');
        }
      }),
      { numRuns: 500 },
    );
  });

  it.each(LATER_TASK_KEYWORDS)('says that this version does not have %s yet', (word) => {
    const [found] = diagnostics(bookWith(`- debug: {message: m}\n  ${word}: 1`));
    expect(found).toMatchObject({ code: 'not-yet', at: { line: 9 } });
    expect(found?.message).toContain(word);
  });
});

describe('a play', () => {
  it.each(LATER_PLAY_KEYWORDS)('says that this version does not have %s yet', (word) => {
    const [found] = diagnostics(`name: A\nplays:\n  - hosts: all\n    ${word}: 1\n    ${TASKS}\n`);
    expect(found).toMatchObject({ code: 'not-yet', at: { line: 4 } });
  });

  it('has hosts that are known before any host is', () => {
    const text = `name: A\nplays:\n  - hosts: \${{ vars.x }}\n    ${TASKS}\n`;
    expect(mistakes(text)).toEqual(['3:12 hosts-expression']);
  });

  it('concerns the whole cluster only as root', () => {
    const text = `name: A\nplays:\n  - hosts: all\n    whole: true\n    ${TASKS}\n`;
    expect(mistakes(text)).toEqual(['4:5 whole-become']);
  });

  it('goes back or stops on a failure', () => {
    const text = (word: string) =>
      `name: A\nplays:\n  - hosts: all\n    on_failure: ${word}\n    ${TASKS}\n`;
    expect(accepted(text('stop')).plays[0]?.onFailure).toBe('stop');
    expect(mistakes(text('ignore'))).toEqual(['4:17 wrong-value']);
  });
});
