import { describe, expect, it } from 'vitest';
import { planned, planOf, refusedFor, scopeOf, taskOf } from './sources.js';

function book(play: string, task = 'debug: {message: m}', vars = ''): string {
  return `name: A\nvars: {${vars}}\nplays:\n  - {${play}, tasks: [{${task}}]}\n`;
}

describe('the hosts of a play', () => {
  it.each([
    ['etcd', ['cp1', 'cp2', 'cp3']],
    ['cp2', ['cp2']],
    ['etcd:workers', ['cp1', 'cp2', 'cp3', 'w1', 'w2']],
    ['etcd,w1', ['cp1', 'cp2', 'cp3', 'w1']],
    ['all:!etcd', ['w1', 'w2']],
    ['!etcd:all', ['w1', 'w2']],
    ['all:&workers:!w1', ['w2']],
    ['cp*', ['cp1', 'cp2', 'cp3']],
    ['w?', ['w1', 'w2']],
  ])('are those of «%s»', (pattern, hosts) => {
    expect(planned(book(`hosts: '${pattern}'`)).plays[0]?.hosts).toEqual(hosts);
  });

  it.each([
    ['nosuch', 'unknown-group'],
    ['etdc', 'unknown-group'],
    ['none', 'no-hosts'],
    ['x*', 'no-hosts'],
  ])('are refused when there are none: %s', (pattern, code) => {
    expect(refusedFor(planOf(book(`hosts: '${pattern}'`)))).toEqual([`book.yml:4:13 ${code}`]);
  });

  it('are fewer under --limit, but never those of a whole cluster', () => {
    expect(planned(book('hosts: etcd'), { limit: 'cp2' }).plays[0]?.hosts).toEqual(['cp2']);
    const whole = book('hosts: etcd, become: true, whole: true');
    expect(refusedFor(planOf(whole, { limit: 'cp2' }))).toEqual(['book.yml:4:13 whole-limit']);
    expect(refusedFor(planOf(book('hosts: etcd'), { limit: 'cp9' }))).toEqual([
      '--limit:1:1 unknown-group',
    ]);
  });
});

describe('the cluster', () => {
  const changing = book('hosts: etcd', 'command: {argv: [/bin/true], undo: nothing}');
  const inventory = (vars: string) => `all: {hosts: {cp9: }, children: {etcd: {hosts: {${vars}}}}}`;

  it.each([
    ['cp2', ['cp1', 'cp2', 'cp3']],
    ['w2', ['cp1', 'cp2', 'cp3', 'w2']],
    ['workers', ['cp1', 'cp2', 'cp3', 'w1', 'w2']],
  ])('is locked where every run on it meets, and where %s is changed', (hosts, lockHosts) => {
    const plan = planned(book(`hosts: ${hosts}`, 'command: {argv: [/bin/true], undo: nothing}'));
    expect(plan).toMatchObject({ cluster: 'prod', lockHosts });
  });

  it('is locked on all of its hosts where no group says who its control plane is', () => {
    const text = 'all: {vars: {runback_cluster: a}, hosts: {a1: , b2: }}';
    const plan = planned(book('hosts: a1', 'command: {argv: [/bin/true], undo: nothing}'), {
      inventory: text,
    });
    expect(plan.lockHosts).toEqual(['a1', 'b2']);
  });

  it('is not locked when nothing can change', () => {
    expect(planned(book('hosts: etcd'))).toMatchObject({ cluster: null, lockHosts: [] });
  });

  it.each([
    ['no name', 'cp1: , cp2: '],
    ['a name for some', 'cp1: {runback_cluster: a}, cp2: '],
    ['two names', 'cp1: {runback_cluster: a}, cp2: {runback_cluster: b}'],
    ['a name that is a path', 'cp1: {runback_cluster: ../a}'],
    ['a name that is a number', 'cp1: {runback_cluster: 7}'],
  ])('is refused with %s', (_, vars) => {
    expect(refusedFor(planOf(changing, { inventory: inventory(vars) }))).toEqual([
      'book.yml:1:1 no-cluster',
    ]);
  });
});

describe('the hash of a plan', () => {
  const text = book('hosts: etcd', 'debug: {message: m}', 'v: 1, pw: {type: secret}');
  const hash = planned(text).hash;

  it('is the same for the same texts and values', () => {
    expect(planned(text).hash).toBe(hash);
  });

  it('is another for another text, value or host', () => {
    expect(planned(`${text}# a word\n`).hash).not.toBe(hash);
    expect(planned(text, { e: { v: '2' } }).hash).not.toBe(hash);
    expect(planned(text, { limit: 'cp1' }).hash).not.toBe(hash);
  });

  it('gives no secret away', () => {
    expect(planned(text, { varsFile: { pw: 'hush' } }).hash).toBe(hash);
  });
});

const START =
  'static_pods: {state: running, pods: [etcd], manifests_dir: /m, parked_dir: /p, needs: ["gone:etcd", "gone:kube-apiserver", staged]}';

describe('a task', () => {
  it('that runs once runs on the first host, and proves nothing for the others', () => {
    const task = taskOf(planned(book('hosts: etcd', 'run_once: true, debug: {message: m}')));
    expect(task).toMatchObject({ hosts: ['cp1'], runOnce: true, gives: [] });
  });

  it('needs a proof that an earlier task gives on the same hosts', () => {
    const found = refusedFor(planOf(book('hosts: etcd, become: true', START)));
    expect(found).toEqual(Array(3).fill('book.yml:4:41 evidence'));
  });

  it('needs no proof of its own hosts for what runs on others', () => {
    const gone = 'static_pods_gone: {pods: [kube-apiserver], manifests_dir: /m, parked_dir: /p}';
    const missing = (play: string) => {
      const text = `${book(`${play}, become: true`, gone)}  - hosts: etcd
    become: true
    tasks: [{${START}}]
`;
      const found = planOf(text);
      return found.ok ? [] : found.error.map(({ message }) => /proof (\S+?),/.exec(message)?.[1]);
    };
    const rest = ['gone:etcd', 'staged'];
    expect(missing('hosts: workers, whole: true')).toEqual(rest);
    expect(missing('hosts: etcd')).toEqual(rest);
    expect(missing('hosts: workers')).toEqual(['gone:etcd', 'gone:kube-apiserver', 'staged']);
  });

  it('never takes the proof that etcd is gone from other hosts', () => {
    const gone = 'static_pods_gone: {pods: [etcd], manifests_dir: /m, parked_dir: /p}';
    const text = `${book('hosts: workers, become: true, whole: true', gone)}  - hosts: etcd
    become: true
    tasks: [{set_aside: {path: /var/lib/etcd, into: /a/aside}}]
`;
    expect(refusedFor(planOf(text))).toEqual([expect.stringMatching(/ evidence$/)]);
  });

  it('is bound to a host only with its own values', () => {
    const text = book(
      'hosts: etcd',
      "debug: {message: '${{ host.address }} ${{ vars.v }}'}",
      'v: 1',
    );
    const task = taskOf(planned(text));
    const shown = ['cp1', 'cp2'].map((host) => {
      const bound = task.bind(scopeOf(host));
      return bound.ok && bound.value.kind === 'step' ? bound.value.step.shownArgs : null;
    });
    expect(shown).toEqual([{ message: '10.0.0.1 1' }, { message: 'cp2 1' }]);
  });

  it('is skipped where its condition does not hold', () => {
    const task = taskOf(
      planned(book('hosts: etcd', 'when: \'host.name != "cp1"\', debug: {message: m}')),
    );
    expect(task.bind(scopeOf('cp1'))).toMatchObject({ ok: true, value: { kind: 'skip' } });
    expect(task.bind(scopeOf('cp2'))).toMatchObject({ ok: true, value: { kind: 'step' } });
  });

  it('says which guard is missing when a result is not there', () => {
    const two =
      "name: A\nplays:\n  - hosts: etcd\n    tasks:\n      - {debug: {message: m}, register: said}\n      - {debug: {message: '${{ results.said.message }}'}}\n";
    const bound = taskOf(planned(two), 1).bind(
      scopeOf('cp1', { said: { ran: false, changed: false, failed: false } }),
    );
    expect(bound).toMatchObject({
      ok: false,
      error: {
        code: 'cannot-evaluate',
        host: 'cp1',
        next: expect.stringContaining('results.NAME.ran'),
        at: { line: 6 },
      },
    });
  });

  it('refuses a value that its argument does not take, on the host where it is', () => {
    const text = book('hosts: etcd', "assert: {that: '${{ vars.l }}', message: m}", 'l: [1]');
    const bound = taskOf(planned(text)).bind(scopeOf('cp1'));
    expect(bound).toMatchObject({ ok: false, error: { code: 'wrong-argument', host: 'cp1' } });
  });
});
