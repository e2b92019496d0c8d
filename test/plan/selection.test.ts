import { describe, expect, it } from 'vitest';
import { tasksOf } from '../../src/core/plan.js';
import { type Given, planned, planOf, refusedFor } from './sources.js';

const BOOK = `name: A
plays:
  - name: Look
    hosts: etcd
    tags: [look]
    tasks:
      - name: Ask
        debug: {message: m}
        register: asked
      - name: Say
        debug: {message: "\${{ results.asked.message }}"}
        tags: [say]
  - name: Work
    hosts: workers
    tasks:
      - name: Do it
        debug: {message: m}
        tags: [work]
      - name: Only when asked for
        debug: {message: m}
        tags: [never, deep]
      - name: Tidy up
        debug: {message: m}
        tags: [always]
`;

function left(given: Given): readonly string[] {
  return tasksOf(planned(BOOK, given)).map((task) => task.id);
}

const of = (selection: Given['selection']): Given => (selection === undefined ? {} : { selection });

describe('a choice of tasks', () => {
  it.each<[string, Given, readonly string[]]>([
    ['nothing', {}, ['1.1', '1.2', '2.1', '2.3']],
    ['the play’s tag', of({ tags: ['look'] }), ['1.1', '1.2', '2.3']],
    ['two tags in one word', of({ tags: ['work,deep'] }), ['2.1', '2.2', '2.3']],
    ['a tag to skip', of({ skipTags: ['look'] }), ['2.1', '2.3']],
    ['a task’s name', of({ startAtTask: 'Do it' }), ['2.1', '2.3']],
    ['a task’s id', of({ startAtTask: '2.3' }), ['2.3']],
    ['a part of a name', of({ startAtTask: 'Tidy*' }), ['2.3']],
    ['a host', { limit: 'workers' }, ['2.1', '2.3']],
    ['one task after the other', of({ step: true }), ['1.1', '1.2', '2.1', '2.3']],
  ])('takes out what it should: %s', (_, given, ids) => {
    expect(left(given)).toEqual(ids);
  });

  it.each<[string, Given, string, string]>([
    ['a misspelt tag', of({ tags: ['wrok'] }), '--tags:1:1 unknown-tag', 'work'],
    ['a misspelt tag to skip', of({ skipTags: ['sya'] }), '--skip-tags:1:1 unknown-tag', 'say'],
    ['a misspelt task', of({ startAtTask: 'Do_it' }), '--start-at-task:1:1 unknown-task', 'Do it'],
    ['no task', of({ skipTags: ['all', 'always'] }), '--skip-tags:1:1 nothing-left', 'choice'],
  ])('is refused with a hint: %s', (_, given, found, help) => {
    const plan = planOf(BOOK, given);
    expect(refusedFor(plan)).toEqual([found]);
    expect(!plan.ok && plan.error[0]?.help).toContain(help);
  });

  it('names both tasks when one reads what the other would have registered', () => {
    const plan = planOf(BOOK, of({ tags: ['say'] }));
    expect(refusedFor(plan)).toEqual(['book.yml:10:9 register-left-out']);
    expect(!plan.ok && plan.error[0]?.message).toBe(
      '«Say» reads results.asked of «Ask» (1.1), which --tags leaves out',
    );
    expect(refusedFor(planOf(BOOK, of({ startAtTask: 'Say' })))).toEqual([
      'book.yml:10:9 register-left-out',
    ]);
  });

  it('is another plan', () => {
    const hash = planned(BOOK).hash;
    expect(planned(BOOK, of({ tags: ['work'] })).hash).not.toBe(hash);
    expect(planned(BOOK, of({ step: true })).hash).toBe(hash);
  });
});

const PROOF = 'manifests_dir: /m, parked_dir: /p, pods: [etcd]';
const EVIDENCE = `name: A
plays:
  - name: Whole
    hosts: etcd
    become: true
    tasks:
      - name: Prove it
        static_pods_gone: {${PROOF}}
        tags: [prove]
      - name: Start
        static_pods:
          state: running
          pods: [etcd]
          manifests_dir: /m
          parked_dir: /p
          needs: ['gone:etcd', 'gone:kube-apiserver', staged]
        tags: [start]
`;

describe('a choice and a proof', () => {
  const needs = refusedFor(planOf(EVIDENCE)).length;

  it('leaves no task in that needs what is left out', () => {
    const all = planOf(EVIDENCE);
    const started = planOf(EVIDENCE, of({ tags: ['start'] }));
    expect(!started.ok && started.error.map(({ code }) => code)).toContain('evidence-left-out');
    expect(!all.ok && all.error.map(({ code }) => code)).not.toContain('evidence-left-out');
    expect(refusedFor(started).length).toBe(needs + 1);
  });
});

describe('a whole play', () => {
  const whole = BOOK.replace(
    '    hosts: etcd\n',
    '    hosts: etcd\n    become: true\n    whole: true\n',
  );

  it('refuses every choice, each on its own', () => {
    const selection = { tags: ['look'], skipTags: ['work'], startAtTask: '1.1', step: true };
    const codes = refusedFor(planOf(whole, { limit: 'cp1', selection }));
    expect(codes.map((one) => one.split(' ')[1])).toEqual([
      'whole-limit',
      'whole-tags',
      'whole-skip-tags',
      'whole-start-at-task',
      'whole-step',
    ]);
    expect(new Set(codes.map((one) => one.split(' ')[0]))).toEqual(new Set(['book.yml:4:12']));
  });

  it('is planned when nothing is chosen', () => {
    expect(planOf(whole).ok).toBe(true);
  });
});
