import Type from 'typebox';
import { describe, expect, it } from 'vitest';
import { failure } from '../../src/core/failure.js';
import type { Json } from '../../src/core/json.js';
import { defineModule } from '../../src/core/module.js';
import type { RunId } from '../../src/core/names.js';
import type { BoundStep, StepRecord, Task } from '../../src/core/plan.js';
import { err, ok } from '../../src/core/result.js';
import { MASK } from '../../src/core/secret.js';
import { makePlan } from '../../src/plan/index.js';
import { parsePlaybook } from '../../src/playbook/index.js';
import { HOSTS, inventoryOf, planned, planOf, refusedFor, scopeOf, taskOf } from './sources.js';

/** A playbook whose tasks on etcd are these lines; the first line of the first task is line 6. */
function book(tasks: string, vars = '', play = ''): string {
  return `name: A
vars: {${vars}}
plays:
  - hosts: etcd${play}
    tasks:
${tasks.replace(/^/gm, '      ')}
`;
}

const RUN = 'command: {argv: [/bin/x], undo: [/bin/y]}';

function stepOn(task: Task, host: string, item?: Json): BoundStep {
  const bound = task.bind(scopeOf(host, {}, item));
  if (!bound.ok || bound.value.kind !== 'step') throw new Error(JSON.stringify(bound));
  return bound.value.step;
}

function changesOf(step: BoundStep): readonly object[] {
  const changes = step.plan({ creates: null, removes: null, isTakenBack: true });
  return changes.ok ? changes.value : [];
}

describe('a loop', () => {
  it('goes over a list that is written out, with each item’s own values', () => {
    const looped = `- debug: {message: "\${{ item.name }} \${{ host.name }}"}
  loop: [{name: a}, {name: "\${{ vars.v }}"}]`;
    const task = taskOf(planned(book(looped, 'v: b')));
    const items = task.items(scopeOf('cp1'));
    expect(items).toEqual({ ok: true, value: [{ name: 'a' }, { name: 'b' }] });
    expect(stepOn(task, 'cp2', { name: 'z' }).shownArgs).toEqual({ message: 'z cp2' });
    expect(task).toMatchObject({
      isLoop: true,
      written: { loop: expect.stringContaining('name') },
    });
  });

  it('goes over what an earlier task gave, on each host', () => {
    const text = book(`- ${RUN}
  loop: [1, 2]
  register: ran
- debug: {message: "\${{ item.rc }}"}
  loop: \${{ results.ran.filter(one, one.rc > 0) }}`).replace(
      '${{ item.rc }}',
      '${{ string(item.rc) }}',
    );
    const ran = [{ rc: 0 }, { rc: 3 }];
    const items = taskOf(planned(text), 1).items(scopeOf('cp1', { ran }));
    expect(items).toEqual({ ok: true, value: [{ rc: 3 }] });
  });

  it('goes over a list whose items may be anything', () => {
    const text = book(
      '- debug: {message: "${{ string(item) }}"}\n  loop: ${{ vars.l }}',
      'l: [1, a]',
    );
    const task = taskOf(planned(text));
    expect(task.items(scopeOf('cp1'))).toEqual({ ok: true, value: [1, 'a'] });
    expect(stepOn(task, 'cp1', 1).shownArgs).toEqual({ message: '1' });
  });

  it('is not begun where a condition that asks for no item does not hold', () => {
    const task = taskOf(
      planned(book(`- debug: {message: m}\n  loop: [1]\n  when: [host.name == "cp1", item == 1]`)),
    );
    expect(task.items(scopeOf('cp1'))).toEqual({ ok: true, value: [1] });
    expect(task.items(scopeOf('cp2'))).toEqual({ ok: true, value: null });
    expect(task.bind(scopeOf('cp2'))).toMatchObject({ ok: true, value: { kind: 'skip' } });
    const itemFirst = taskOf(
      planned(book(`- debug: {message: m}\n  loop: [1]\n  when: [item == 1, host.name == "cp1"]`)),
    );
    expect(itemFirst.bind(scopeOf('cp2'))).toMatchObject({ ok: true, value: { kind: 'skip' } });
    expect(task.bind(scopeOf('cp1', {}, 2))).toMatchObject({
      ok: true,
      value: { kind: 'skip', why: 'not (item == 1)' },
    });
  });

  it('over what is no list on this host says so', () => {
    const text = book(
      `- debug: {message: m}\n  loop: \${{ vars.m.x }}`,
      'm: {type: map, default: {x: 1}}',
    );
    expect(taskOf(planned(text)).items(scopeOf('cp1'))).toMatchObject({
      ok: false,
      error: { code: 'no-list', host: 'cp1', at: { line: 7 } },
    });
  });
});

describe('the environment', () => {
  const text = book(
    `- ${RUN}\n  environment: {A: task, N: 3, V: "\${{ vars.v }}/x"}`,
    'v: value',
    '\n    environment: {A: play, B: play}',
  );

  it('of play and task is put into what the step runs, and into what takes it back', () => {
    const step = stepOn(taskOf(planned(text)), 'cp1');
    const environment = { A: 'task', B: 'play', N: '3', V: 'value/x' };
    expect(changesOf(step)).toMatchObject([{ kind: 'run', environment }]);
    if (step.undo.kind !== 'by-cases') throw new Error(step.undo.kind);
    const [way] = step.undo.cases(null, { creates: null, removes: null, isTakenBack: true });
    expect(way?.changes).toMatchObject([{ argv: ['/bin/y'], environment }]);
  });

  it('shows its names in a preview, not its values', () => {
    expect(taskOf(planned(text)).written.environment).toEqual(['A', 'B', 'N', 'V']);
  });

  it('holds no NUL byte', () => {
    const nul = book(`- ${RUN}\n  environment: {A: "\${{ vars.v }}"}`, 'v: {type: string}');
    const task = taskOf(planned(nul, { varsFile: { v: 'a\0b' } }));
    expect(task.bind(scopeOf('cp1'))).toMatchObject({
      ok: false,
      error: { code: 'wrong-argument' },
    });
  });
});

describe('a task’s judgement', () => {
  const record = (more: object): StepRecord =>
    ({
      ran: true,
      changed: true,
      failed: false,
      rc: 0,
      stdout: '',
      stderr: '',
      ...more,
    }) as StepRecord;

  const judged = (words: string, more: object, item?: Json) =>
    taskOf(planned(book(`- ${RUN}\n  register: own\n${words.replace(/^/gm, '  ')}`))).judge(
      scopeOf('cp1', {}, item),
      record(more),
    );

  it.each<[string, string, object, object]>([
    ['nothing said', 'timeout: 1m', {}, { changed: true, failedBecause: null, isEnough: true }],
    ['nothing said of a failure', 'retries: 1', { failed: true }, { isEnough: false }],
    ['changed_when', 'changed_when: result.stdout != ""', {}, { changed: false }],
    ['changed_when, all of a list', 'changed_when: [true, result.rc == 1]', {}, { changed: false }],
    [
      'failed_when',
      'failed_when: result.rc > 1',
      { rc: 2 },
      { failedBecause: 'failed_when: result.rc > 1' },
    ],
    [
      'failed_when lets pass',
      'failed_when: result.rc > 1',
      { rc: 1 },
      { failedBecause: null, isEnough: true },
    ],
    [
      'failed_when, all of a list',
      'failed_when: [result.rc > 1, false]',
      { rc: 2 },
      { failedBecause: null },
    ],
    ['by the register', 'failed_when: results.own.rc > 1', { rc: 2 }, { isEnough: false }],
    ['until', 'until: result.rc == 0', { rc: 0 }, { isEnough: true, failedBecause: null }],
    [
      'until sees an exit code',
      'until: result.rc == 3',
      { rc: 3 },
      { isEnough: true, failedBecause: 'it ended with exit code 3' },
    ],
    [
      'until sees what was said before it',
      'failed_when: false\nuntil: "!result.failed"',
      { rc: 3 },
      { isEnough: true, failedBecause: null },
    ],
    [
      'until sees changed_when',
      'changed_when: false\nuntil: result.changed',
      {},
      { isEnough: false },
    ],
  ])('says what it should: %s', (_, words, more, verdict) => {
    expect(judged(words, more)).toMatchObject({ ok: true, value: verdict });
  });

  it('leaves a failure that gave nothing to judge by as it is', () => {
    const nothing = { rc: undefined, stdout: undefined, failed: true, changed: false };
    expect(judged('failed_when: result.rc > 1\nuntil: result.rc == 0', nothing)).toMatchObject({
      ok: true,
      value: { changed: false, failedBecause: 'command has failed', isEnough: false },
    });
  });

  it('that cannot be evaluated is a failure where nothing else has failed', () => {
    expect(judged('failed_when: 1 / result.rc == 1', {})).toMatchObject({ ok: false });
  });

  it('may ask for the item of a loop', () => {
    const words = 'loop: [1, 2]\nfailed_when: result.rc == item';
    expect(judged(words, { rc: 2 }, 2)).toMatchObject({
      value: { failedBecause: expect.anything() },
    });
    expect(judged(words, { rc: 2 }, 1)).toMatchObject({ value: { failedBecause: null } });
  });

  it.each([
    ['nothing', '', undefined],
    ['changed_when', '\n  changed_when: false', undefined],
    ['failed_when', '\n  failed_when: false', true],
    ['until', '\n  until: result.rc == 0', true],
  ])('takes over the exit code of a program: %s', (_, words, anyExitCode) => {
    const [change] = changesOf(stepOn(taskOf(planned(book(`- ${RUN}${words}`))), 'cp1'));
    expect((change as { anyExitCode?: true }).anyExitCode).toBe(anyExitCode);
  });

  it('does not take over the exit code of what takes it back', () => {
    const task = `- command: {argv: [x], undo: [y]}\n  failed_when: false`;
    const { undo } = stepOn(taskOf(planned(book(task))), 'cp1');
    const cases = undo.kind === 'by-cases' ? undo.cases(null, null) : [];
    const [change] = cases.flatMap(({ changes }) => changes);
    expect(change).toMatchObject({ kind: 'run', argv: ['y'] });
    expect(change).not.toHaveProperty('anyExitCode');
  });

  it.each([
    ['', 1, 5_000],
    ['\n  until: result.rc == 0', 4, 5_000],
    ['\n  retries: 3', 4, 5_000],
    ['\n  until: result.rc == 0\n  retries: 0', 1, 5_000],
    ['\n  retries: 10\n  delay: 1m', 11, 60_000],
    ['\n  retries: 10\n  delay: 0', 11, 0],
  ])('is asked as often as in Ansible: %j', (words, attemptsMax, delayMs) => {
    expect(taskOf(planned(book(`- ${RUN}${words}`)))).toMatchObject({ attemptsMax, delayMs });
  });
});

describe('a delegated task', () => {
  const delegated = (to: string, more = '') =>
    planOf(book(`- ${RUN}\n  delegate_to: ${to}${more}`, 'v: w1'));

  const delegates = (to: string, more = '') => {
    const plan = delegated(to, more);
    if (!plan.ok) throw new Error(JSON.stringify(plan.error));
    return Object.fromEntries(taskOf(plan.value).delegates);
  };

  it.each<[string, string, object]>([
    ['a host', 'w1', { cp1: 'w1', cp2: 'w1', cp3: 'w1' }],
    ['a host that is one of its own', 'cp2', { cp1: 'cp2', cp3: 'cp2' }],
    ['a variable', '${{ vars.v }}', { cp1: 'w1', cp2: 'w1', cp3: 'w1' }],
    ['a group', '${{ groups["etcd"][2] }}', { cp1: 'cp3', cp2: 'cp3' }],
    ['its play', '${{ play.hosts[0].name }}', { cp2: 'cp1', cp3: 'cp1' }],
    ['itself', '${{ host.name }}', {}],
    ['this machine', 'localhost', { cp1: 'controller', cp2: 'controller', cp3: 'controller' }],
    [
      'this machine by its name',
      'controller',
      { cp1: 'controller', cp2: 'controller', cp3: 'controller' },
    ],
  ])('is carried out where it says: %s', (_, to, expected) => {
    expect(delegates(to)).toEqual(expected);
  });

  it('that runs once is delegated once', () => {
    expect(delegates('w2', '\n  run_once: true')).toEqual({ cp1: 'w2' });
  });

  it('goes to a host of that name where the inventory has one', () => {
    const inventory =
      'all: {vars: {runback_cluster: c}, children: {etcd: {hosts: {cp1: , localhost: }}}}';
    const plan = planned(book(`- ${RUN}\n  delegate_to: localhost`), { inventory });
    expect(Object.fromEntries(taskOf(plan).delegates)).toEqual({ cp1: 'localhost' });
  });

  it.each([
    ['a misspelt host', 'w11', 'did you mean w1?'],
    ['a group', 'workers', 'there is:'],
    ['what is not there', '${{ groups["none"][0] }}', 'name a host'],
  ])('is refused once, on its line, before any connection: %s', (_, to, help) => {
    const plan = delegated(to);
    expect(refusedFor(plan)).toEqual(['book.yml:7:22 unknown-host']);
    expect(!plan.ok && plan.error[0]?.help).toContain(help);
  });

  it('changes only a host of the same cluster', () => {
    const inventory =
      'all: {hosts: {other: {runback_cluster: b}}, children: {etcd: {hosts: {cp1: {runback_cluster: a}}}}}';
    const to = (host: string) => planOf(book(`- ${RUN}\n  delegate_to: ${host}`), { inventory });
    expect(refusedFor(to('other'))).toEqual(['book.yml:1:1 no-cluster']);
    expect(to('localhost')).toMatchObject({ ok: true, value: { cluster: null } });
  });
});

describe('a task that runs once', () => {
  const task = (when: string) =>
    taskOf(planned(book(`- debug: {message: m}\n  run_once: true\n  when: ${when}`)));

  it('is an error where its first host does not want it and another does', () => {
    expect(task('host.name == "cp2"').bind(scopeOf('cp1'))).toMatchObject({
      ok: false,
      error: {
        code: 'run-once-when',
        message: expect.stringContaining('holds on cp2 and not on cp1'),
      },
    });
  });

  it('is skipped where no host wants it, and done where the first does', () => {
    expect(task('host.name == "w1"').bind(scopeOf('cp1'))).toMatchObject({
      value: { kind: 'skip' },
    });
    expect(task('host.name == "cp1"').bind(scopeOf('cp1'))).toMatchObject({
      value: { kind: 'step' },
    });
  });
});

describe('the conditions of a play', () => {
  it('come before those of its tasks', () => {
    const text = book(
      `- debug: {message: m}\n  when: vars.v == 1`,
      'v: 1',
      '\n    when: host.name == "cp1"',
    );
    const task = taskOf(planned(text));
    expect(task.written.when).toEqual(['host.name == "cp1"', 'vars.v == 1']);
    expect(task.bind(scopeOf('cp1'))).toMatchObject({ value: { kind: 'step' } });
    expect(task.bind(scopeOf('cp2'))).toMatchObject({
      value: { kind: 'skip', why: 'not (host.name == "cp1")' },
    });
  });
});

describe('the arguments of a step', () => {
  const login = defineModule({
    name: 'login',
    summary: 'Logs in.',
    example: '',
    place: 'host',
    args: Type.Object({
      user: Type.String(),
      keys: Type.Array(Type.Object({ key: Type.String({ secret: true }), id: Type.Integer() })),
    }),
    result: Type.Object({}),
    readOnly: true,
    repeatable: true,
    undo: { kind: 'nothing' },
    probe: async ({ keys }) => ok({ length: keys[0]?.key.length ?? 0 }),
    plan: () => ok([]),
    verify: async () => ok({}),
    material: () => ({}),
  });

  it('are shown without what the module declares as secret, and used with it', async () => {
    const text = book(
      '- login: {user: me, keys: [{key: "${{ vars.k }}", id: 1}]}',
      'k: {type: secret}',
    );
    const playbook = parsePlaybook({ file: 'book.yml', text }, new Map([['login', login]]));
    if (!playbook.ok) throw new Error(JSON.stringify(playbook.error));
    const inventory = inventoryOf(HOSTS);
    const values = new Map(inventory.hosts.map(({ name }) => [name, { k: 'hush' }]));
    const plan = makePlan({ playbook: playbook.value, inventory, values, limit: null });
    if (!plan.ok) throw new Error(JSON.stringify(plan.error));
    const step = stepOn(taskOf(plan.value), 'cp1');
    expect(step.shownArgs).toEqual({ user: 'me', keys: [{ key: MASK, id: 1 }] });
    const nobody = async () => err(failure('unreachable', 'nobody', 'nobody is asked', 'go on'));
    const places = { host: nobody, controller: nobody, pause: nobody, run: 'r' as RunId };
    expect(await step.probe(places)).toEqual({
      ok: true,
      value: { length: 4 },
    });
  });
});
