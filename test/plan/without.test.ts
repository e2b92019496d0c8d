import { describe, expect, it } from 'vitest';
import { tasksOf } from '../../src/core/plan.js';
import { type Given, planned, planOf, refusedFor, scopeOf, taskOf } from './sources.js';

const WHOLE = `name: A
plays:
  - name: Work
    hosts: etcd
    become: true
    whole: true
    tasks:
      - name: Change
        command: {argv: [/bin/true], undo: nothing}
      - name: Say
        debug: {message: "\${{ run.without.map(h, h.name + ' ' + h.address).join(' ') }}"}
`;
const READING = WHOLE.replace('command: {argv: [/bin/true], undo: nothing}', 'debug: {message: m}');

describe('a host that is left out', () => {
  it('is in no play, a whole one either, and is not locked', () => {
    expect(planned(WHOLE, { without: ['cp3'] })).toMatchObject({
      plays: [{ hosts: ['cp1', 'cp2'], batches: [{ hosts: ['cp1', 'cp2'] }] }],
      lockHosts: ['cp1', 'cp2'],
      without: ['cp3'],
    });
  });

  it('is known to expressions with its address', () => {
    const plan = planned(WHOLE, { without: ['cp1'] });
    const bound = taskOf(plan, 1).bind(scopeOf('cp2'));
    expect(bound.ok && bound.value).toMatchObject({
      step: { shownArgs: { message: 'cp1 10.0.0.1' } },
    });
    const nobody = taskOf(planned(WHOLE), 1).bind(scopeOf('cp2'));
    expect(nobody.ok && nobody.value).toMatchObject({ step: { shownArgs: { message: '' } } });
  });

  it('makes another plan; nobody left out is the plan of ever', () => {
    const hash = planned(WHOLE).hash;
    expect(planned(WHOLE, { without: [] }).hash).toBe(hash);
    const others = [['cp3'], ['cp1'], ['cp2']].map((without) => planned(WHOLE, { without }).hash);
    expect(new Set([hash, ...others]).size).toBe(4);
  });

  it.each<[string, string, Given, string]>([
    ['a name that is no host', WHOLE, { without: ['cp4'] }, 'unknown-host'],
    ['a group', WHOLE, { without: ['etcd'] }, 'unknown-host'],
    ['all hosts of a play', WHOLE, { without: ['cp1', 'cp2', 'cp3'] }, 'without-all'],
    ['a host that is in no play and not locked', READING, { without: ['w1'] }, 'without-nothing'],
    ['a worker, which no restore touches', WHOLE, { without: ['w1'] }, 'without-nothing'],
    [
      'a host that a task is delegated to',
      WHOLE.replace('      - name: Say', '        delegate_to: cp3\n      - name: Say'),
      { without: ['cp3'] },
      'without-delegate',
    ],
  ])('cannot be %s', (_what, text, given, code) => {
    expect(refusedFor(planOf(text, given))).toEqual([`--without:1:1 ${code}`]);
  });

  it('is suggested where its name is mistyped', () => {
    const plan = planOf(WHOLE, { without: ['pc3'] });
    expect(plan.ok ? '' : plan.error[0]?.help).toContain('did you mean');
  });

  it('does not stand against --limit where a play may have one', () => {
    const some = WHOLE.replace('    whole: true\n', '');
    const [task] = tasksOf(planned(some, { without: ['cp3'], limit: 'cp2:cp3' }));
    expect(task?.hosts).toEqual(['cp2']);
  });
});
