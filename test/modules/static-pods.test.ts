import { describe, expect, it } from 'vitest';
import { staticPods } from '../../src/modules/static-pods.js';
import { staticPodsCheck } from '../../src/modules/static-pods-check.js';
import { staticPodsGone } from '../../src/modules/static-pods-gone.js';
import { addressOf, manifestOf, record } from './cluster.js';
import { planOf, refusalOf, resultOf, thereAndBack } from './steps.js';
import { places, type Table, TableHost } from './table-host.js';

const MANIFESTS = '/etc/kubernetes/manifests';
const PARKED = '/etc/kubernetes/runback/run';
const ETCD = `${MANIFESTS}/etcd.yaml`;
const dirs = { manifests_dir: MANIFESTS, parked_dir: PARKED };
const park = { state: 'parked' as const, pods: ['etcd'], ...dirs };
const start = { state: 'running' as const, pods: ['etcd'], ...dirs };
const text = manifestOf('cp1');
const mine = { text, mode: 0o600, uid: 0, gid: 0 };
const LISTENS = [
  { address: '127.0.0.1', port: 2379 },
  { address: '192.0.2.11', port: 2379 },
  { address: '192.0.2.11', port: 2380 },
  { address: '127.0.0.1', port: 2381 },
];
const effects = [{ kind: 'process', name: 'etcd' }, { kind: 'ports' }, { kind: 'etcd' }];

const reached = { reached: true, waitedMs: 20 } as const;
const base: Table = {
  processes: ['kubelet'],
  says: { 'wait-running': () => reached, 'wait-gone': () => reached },
};
/** By what its own etcd is known. */
const member = {
  told: '/var/lib/etcd',
  directory: '/var/lib/etcd',
  urls: ['https://192.0.2.11:2380', 'https://192.0.2.11:2379'],
  ports: [2379, 2380, 2381],
};
const silence = {
  kind: 'wait-gone',
  member,
  processes: ['etcd'],
  ports: [],
  sandboxes: ['etcd'],
  quietMs: 0,
  timeoutMs: 150_000,
} as const;
const withFiles = (files: Table['files'], more: Table = {}): Table => ({
  ...base,
  ...more,
  files: { [MANIFESTS]: { type: 'directory' }, '/etc/kubernetes': { type: 'directory' }, ...files },
});

describe('static_pods parks', () => {
  it('by one rename, and goes back by another', async () => {
    const { changes, result } = await thereAndBack(staticPods, park, withFiles({ [ETCD]: mine }));
    expect(changes).toEqual([
      { kind: 'make-directory', path: PARKED, mode: 0o700 },
      { kind: 'rename', from: ETCD, to: `${PARKED}/etcd.yaml`, effects },
    ]);
    expect(result).toEqual({ pods: ['etcd'] });
  });

  it('only what is named: a VIP may live there too', async () => {
    const table = withFiles({ [ETCD]: mine, [`${MANIFESTS}/kube-vip.yaml`]: mine });
    const { changes } = await thereAndBack(staticPods, park, table);
    expect(JSON.stringify(changes)).not.toContain('kube-vip');
  });

  it('where an earlier stop has left one, which goes to the trash and comes back with the other', async () => {
    const parked = `${PARKED}/etcd.yaml`;
    const table = withFiles({ [ETCD]: mine, [parked]: { text: 'of an earlier stop' } });
    const given = { ...park, earlier_stops: true };
    const { changes, host } = await thereAndBack(staticPods, given, table);
    expect(changes.slice(1)).toEqual([
      { kind: 'remove', path: parked, trash: `${PARKED}/trash` },
      { kind: 'rename', from: ETCD, to: parked, effects },
    ]);
    expect(host.files.get(parked)?.text).toBe('of an earlier stop');
    expect(await planOf(staticPods, { ...start, earlier_stops: true }, places(table))).toEqual([]);
  });

  it('nothing when it is parked, or nowhere', async () => {
    const parked = withFiles({ [`${PARKED}/etcd.yaml`]: mine });
    expect(await resultOf(staticPods, park, places(parked))).toEqual({ pods: ['etcd'] });
    expect(await resultOf(staticPods, park, places(withFiles({})))).toEqual({ pods: ['etcd'] });
  });

  it('nothing when there is nothing to park, even without a kubelet', async () => {
    expect(await planOf(staticPods, park, places(withFiles({}, { processes: [] })))).toEqual([]);
  });

  it('is not taken back where the kubelet has died: what is about to end is not started again', async () => {
    const seen = async (processes: readonly string[]) => {
      const table = withFiles({ [ETCD]: mine }, { processes });
      const before = await staticPods.probe(park, places(table));
      if (!before.ok) throw new Error(before.error.message);
      return staticPods.material(before.value);
    };
    expect(await seen(['etcd'])).not.toEqual(await seen(['kubelet', 'etcd']));
  });

  it('and waits until it is quiet where the pod did not run: it may be about to start', async () => {
    const table = withFiles({ [ETCD]: mine });
    const asked = async (processes: readonly string[]) => {
      const { host } = await thereAndBack(staticPods, park, { ...table, processes });
      return host.asked.filter(({ kind }) => kind === 'wait-gone');
    };
    expect(await asked(['kubelet', 'etcd'])).toEqual([]);
    expect(await asked(['kubelet'])).toEqual([{ ...silence, quietMs: 5_000 }]);
  });

  it('and does not take its word for it when it goes on starting', async () => {
    const late = { reached: false, waitedMs: 90_000, lastSeen: 'etcd' } as const;
    const says = { ...base.says, 'wait-gone': () => late };
    const failure = await refusalOf(
      staticPods,
      park,
      places(withFiles({ [`${PARKED}/etcd.yaml`]: mine }, { says })),
    );
    expect(failure).toMatchObject({ code: 'not-quiet', message: expect.stringContaining('etcd') });
  });

  const refusals: { readonly [what: string]: readonly [string, Table, object?] } = {
    'into the kubelet’s own folder': [
      'parked-inside',
      withFiles({ [ETCD]: mine }),
      { parked_dir: `${MANIFESTS}/parked` },
    ],
    'onto another mount': [
      'parked-on-other-mount',
      withFiles({ [ETCD]: mine }, { mounts: ['/etc/kubernetes/runback'] }),
    ],
    'over another manifest': [
      'manifest-twice',
      withFiles({ [ETCD]: mine, [`${PARKED}/etcd.yaml`]: { text: 'other' } }),
    ],
    'without a kubelet, which alone would stop it': [
      'no-kubelet',
      withFiles({ [ETCD]: mine }, { processes: ['etcd'] }),
    ],
  };
  for (const [what, [code, table, more]] of Object.entries(refusals)) {
    it(`never ${what}`, async () => {
      const failure = await refusalOf(staticPods, { ...park, ...more }, places(table));
      expect(failure.code).toBe(code);
    });
  }
});

describe('static_pods starts', () => {
  it('what is parked, by the reverse rename', async () => {
    const table = withFiles({ [PARKED]: { type: 'directory' }, [`${PARKED}/etcd.yaml`]: mine });
    const { changes } = await thereAndBack(staticPods, start, table);
    expect(changes).toEqual([{ kind: 'rename', from: `${PARKED}/etcd.yaml`, to: ETCD, effects }]);
  });

  it('nothing when the manifest is there, and waits until it runs', async () => {
    const host = new TableHost(withFiles({ [ETCD]: mine }));
    await resultOf(staticPods, start, places(host));
    expect(host.asked.at(-1)).toEqual({
      kind: 'wait-running',
      member,
      processes: ['etcd'],
      ports: LISTENS,
      timeoutMs: 120_000,
    });
  });

  it('from a copy that root put aside, which stays where it is', async () => {
    const given = { ...start, copies: ['/tmp/POD.yaml.bak'] };
    const table = withFiles({ '/tmp/etcd.yaml.bak': { ...mine, mode: 0o644 } });
    const { changes, host } = await thereAndBack(staticPods, given, table);
    expect(changes).toEqual([
      {
        kind: 'write-file',
        path: ETCD,
        text,
        mode: 0o644,
        uid: 0,
        gid: 0,
        trash: `${PARKED}/trash`,
        effects,
      },
    ]);
    expect(host.files.has('/tmp/etcd.yaml.bak')).toBe(true);
  });

  it('from the record, when the manifest is nowhere any more', async () => {
    const given = { ...start, record: record(), host: 'cp1', address: addressOf('cp1') };
    const { changes } = await thereAndBack(staticPods, given, withFiles({}));
    expect(changes).toMatchObject([{ kind: 'write-file', path: ETCD, text, mode: 0o600 }]);
  });

  it('from the record of a host that had another name', async () => {
    const given = { ...start, record: record(), host: 'master-0', address: addressOf('cp2') };
    const changes = await planOf(staticPods, given, places(withFiles({})));
    expect(changes).toMatchObject([{ text: manifestOf('cp2') }]);
  });

  const refusals: { readonly [what: string]: readonly [string, Table, object?] } = {
    'a manifest that is nowhere': ['manifest-nowhere', withFiles({})],
    'a host that the record does not know': [
      'manifest-nowhere',
      withFiles({}),
      { record: record(), host: 'cp9', address: '192.0.2.99' },
    ],
    'beside a manifest that somebody wrote meanwhile': [
      'manifest-twice',
      withFiles({ [ETCD]: { text: 'other' }, [`${PARKED}/etcd.yaml`]: mine }),
    ],
    'a copy that anybody may have put there': [
      'copy-not-trusted',
      withFiles({ '/tmp/etcd.yaml.bak': { ...mine, uid: 1_000 } }),
      { copies: ['/tmp/POD.yaml.bak'] },
    ],
    'anything without a kubelet': [
      'no-kubelet',
      withFiles({ [`${PARKED}/etcd.yaml`]: mine }, { processes: [] }),
    ],
    'what does not come up': [
      'not-running',
      withFiles(
        { [ETCD]: mine },
        {
          says: {
            'wait-running': () => ({
              reached: false,
              waitedMs: 1,
              lastSeen: 'port 2379 is closed',
            }),
          },
        },
      ),
    ],
  };
  for (const [what, [code, table, more]] of Object.entries(refusals)) {
    it(`never ${what}`, async () => {
      const failure = await refusalOf(staticPods, { ...start, ...more }, places(table));
      expect(failure.code).toBe(code);
    });
  }
});

describe('static_pods on its way back', () => {
  const parkedHere = { [`${PARKED}/etcd.yaml`]: mine };
  const late = { reached: false, waitedMs: 45_000, lastSeen: 'etcd' } as const;

  /** What it asks of a host that is so now, when it was otherwise before; and what it waits for then. */
  async function goingBack(
    state: 'parked' | 'running',
    { before, now }: { readonly before: Table; readonly now: Table },
  ) {
    const given = { ...park, state };
    const seen = await staticPods.probe(given, places(before));
    if (!seen.ok || staticPods.undo.kind !== 'derived') throw new Error('it cannot be undone');
    const host = new TableHost(now);
    const doubts = await staticPods.undo.beforehand?.(given, seen.value, places(host));
    if (doubts?.ok !== true) throw new Error('it does not look');
    return {
      doubts: doubts.value,
      waits: host.asked.filter(({ kind }) => kind.startsWith('wait-')),
      settles: staticPods.undo.settle?.(given, seen.value, doubts.value),
    };
  }

  const up = {
    kind: 'wait-running',
    member,
    processes: ['etcd'],
    ports: LISTENS,
    except: [],
    timeoutMs: 120_000,
  };
  const runs = { processes: ['kubelet', 'etcd'] };

  it('waits for what ran before, and for nothing else', async () => {
    const before = withFiles({ [ETCD]: mine }, runs);
    const { doubts, waits, settles } = await goingBack('parked', {
      before,
      now: withFiles(parkedHere),
    });
    expect(doubts).toMatchObject({ lingering: [] });
    expect(waits).toEqual([]);
    expect(settles).toEqual({ up });
  });

  it('demands nothing of a pod that was in the folder and did not run yet', async () => {
    const { settles } = await goingBack('parked', {
      before: withFiles({ [ETCD]: mine }),
      now: withFiles(parkedHere),
    });
    expect(settles).toEqual({});
  });

  it('lets the kubelet end what it was told to end before it brings it back', async () => {
    const before = withFiles({ [ETCD]: mine }, runs);
    const { waits } = await goingBack('parked', { before, now: withFiles(parkedHere, runs) });
    expect(waits).toContainEqual({ ...silence, timeoutMs: 45_000 });
  });

  it('does not count a process that it still may end', async () => {
    const says = { ...base.says, 'wait-gone': () => late };
    const { settles } = await goingBack('parked', {
      before: withFiles({ [ETCD]: mine }, runs),
      now: withFiles(parkedHere, { ...runs, says }),
    });
    const except = [{ pid: 100, name: 'etcd', startTicks: '1' }];
    expect(settles).toEqual({ up: { ...up, except } });
  });

  it('lets the kubelet start what it was told to start before it is parked again', async () => {
    const { waits, settles } = await goingBack('running', {
      before: withFiles(parkedHere),
      now: withFiles({ [ETCD]: mine }),
    });
    expect(waits).toContainEqual({
      kind: 'wait-running',
      member,
      processes: ['etcd'],
      ports: [],
      timeoutMs: 45_000,
    });
    expect(settles).toEqual({ down: silence });
  });

  it('waits until it is quiet where that was never seen', async () => {
    const says = { ...base.says, 'wait-running': () => late };
    const { settles } = await goingBack('running', {
      before: withFiles(parkedHere),
      now: withFiles({ [ETCD]: mine }, { says }),
    });
    expect(settles).toEqual({ down: { ...silence, quietMs: 60_000 } });
  });

  it('waits a moment where it was parked again by an undo that nobody saw the end of', async () => {
    const { waits, settles } = await goingBack('running', {
      before: withFiles(parkedHere),
      now: withFiles(parkedHere),
    });
    expect(waits).toEqual([]);
    expect(settles).toEqual({ down: { ...silence, quietMs: 5_000 } });
  });

  it('waits for no kubelet that is dead', async () => {
    const { waits, settles } = await goingBack('running', {
      before: withFiles(parkedHere),
      now: withFiles({ [ETCD]: mine }, { processes: [] }),
    });
    expect(waits).toEqual([]);
    expect(settles).toEqual({ down: { ...silence, quietMs: 5_000 } });
  });
});

describe('static_pods_gone', () => {
  const args = { pods: ['etcd'], ...dirs };
  const parked = { [`${PARKED}/etcd.yaml`]: mine };

  it('proves gone what it names, as it is written', () => {
    expect(staticPodsGone.gives?.({ pods: ['etcd', 'kube-apiserver'] })).toEqual([
      'gone:etcd',
      'gone:kube-apiserver',
    ]);
  });

  it('waits for the process and for the ports of the parked manifest', async () => {
    const host = new TableHost(withFiles(parked));
    expect(await resultOf(staticPodsGone, args, places(host))).toEqual({
      gone: ['etcd'],
      waited_ms: 20,
      runtime_not_asked: '',
    });
    expect(host.asked).toContainEqual({
      kind: 'wait-gone',
      member,
      processes: ['etcd'],
      ports: LISTENS,
      sandboxes: ['etcd'],
      timeoutMs: 90_000,
    });
  });

  it('says when the container runtime could not be asked', async () => {
    const note = 'crictl is not on this host';
    const says = { 'wait-gone': () => ({ ...reached, note }) };
    expect(await resultOf(staticPodsGone, args, places(withFiles(parked, { says })))).toMatchObject(
      {
        runtime_not_asked: note,
      },
    );
  });

  it('takes the ports from a copy when none is parked', async () => {
    const host = new TableHost(withFiles({ '/tmp/etcd.yaml.bak': mine }));
    await resultOf(staticPodsGone, { ...args, copies: ['/tmp/POD.yaml.bak'] }, places(host));
    expect(host.asked).toContainEqual(expect.objectContaining({ ports: LISTENS }));
  });

  const late = () => ({ reached: false, waitedMs: 90_000, lastSeen: 'etcd port:2379' }) as const;

  it('says what is still there, and to look at the kubelet', async () => {
    const table = withFiles(parked, { says: { 'wait-gone': late } });
    const failure = await refusalOf(staticPodsGone, args, places(table));
    expect(failure.code).toBe('not-gone');
    expect(failure.message).toContain('etcd port:2379');
    expect(failure.next).toContain('crictl');
  });

  it('says that a dead kubelet stops nothing', async () => {
    const table = withFiles(parked, { says: { 'wait-gone': late }, processes: ['etcd'] });
    const failure = await refusalOf(staticPodsGone, args, places(table));
    expect(failure.next).toContain('no kubelet runs here');
  });

  describe('with end_after, what does not end by itself', () => {
    const given = { ...args, end_after: '60s' };
    const crictl = { crictl: '/usr/local/bin/crictl' };
    const stuck = (more: Table = {}, says: Table['says'] = {}): Table =>
      withFiles(parked, {
        tools: crictl,
        ...more,
        says: { 'wait-gone': late, 'wait-http': () => reached, ...says },
      });

    it('is stopped through crictl, by its own labels and no others', async () => {
      const host = new TableHost(stuck());
      const [change, ...others] = await planOf(staticPodsGone, given, places(host));
      expect(others).toEqual([]);
      expect(change).toMatchObject({ kind: 'run', argv: ['sh'], effects });
      const script = change?.kind === 'run' ? (change.script ?? '') : '';
      expect(script).toMatch(/for pod in etcd; do.*--label component="\$pod"/s);
      expect(script.indexOf('crictl stop')).toBeGreaterThan(0);
      expect(script.indexOf('crictl rmp --force')).toBeGreaterThan(script.indexOf('crictl stop'));
      const waits = host.asked.filter(({ kind }) => kind === 'wait-gone');
      expect(waits).toMatchObject([{ timeoutMs: 60_000 }]);
    });

    it('is proved gone afterwards, and never before', async () => {
      const looks = [late(), reached];
      const says = { 'wait-gone': () => looks.shift() ?? reached };
      const { result } = await thereAndBack(staticPodsGone, given, stuck({}, says));
      expect(result).toMatchObject({ gone: ['etcd'] });
      await expect(thereAndBack(staticPodsGone, given, stuck())).rejects.toThrow('not-gone');
    });

    it('is left alone beside a kubelet that is dead or hangs, without crictl, and without time', async () => {
      const hangs = () => ({ reached: false, waitedMs: 2_000, lastSeen: 'no answer' }) as const;
      const tables = [
        stuck({ processes: [] }),
        stuck({}, { 'wait-http': hangs }),
        stuck({ tools: {} }),
      ];
      for (const table of tables) {
        expect((await refusalOf(staticPodsGone, given, places(table))).code).toBe('not-gone');
      }
      const short = { ...given, within: '20s' };
      expect((await refusalOf(staticPodsGone, short, places(stuck()))).code).toBe('not-gone');
    });
  });

  it('refuses while a manifest is in the kubelet’s folder', async () => {
    const failure = await refusalOf(staticPodsGone, args, places(withFiles({ [ETCD]: mine })));
    expect(failure.code).toBe('not-parked');
  });
});

describe('static_pods_check', () => {
  const APISERVER = `${MANIFESTS}/kube-apiserver.yaml`;
  const args = { pods: ['etcd', 'kube-apiserver'], ...dirs, copies: ['/tmp/POD.yaml.bak'] };
  const copyOf = (more: object) => ({ '/tmp/kube-apiserver.yaml.bak': { ...mine, ...more } });

  it('is content when every manifest can be had, wherever it lies', async () => {
    const running = withFiles(
      { [ETCD]: mine, [APISERVER]: mine },
      { processes: ['kubelet', 'etcd'] },
    );
    expect(await resultOf(staticPodsCheck, args, places(running))).toEqual({
      running: ['etcd'],
      elsewhere: [],
    });
    const moved = withFiles({ [ETCD]: mine, ...copyOf({}) });
    expect(await resultOf(staticPodsCheck, args, places(moved))).toEqual({
      running: [],
      elsewhere: ['kube-apiserver'],
    });
    const recorded = { ...args, pods: ['etcd'], record: record(), host: 'cp1' };
    expect(await resultOf(staticPodsCheck, recorded, places(withFiles({})))).toMatchObject({
      elsewhere: ['etcd'],
    });
  });

  const refusals: { readonly [what: string]: readonly [string, Table, object?] } = {
    'a manifest that is lost': ['manifest-nowhere', withFiles({ [ETCD]: mine })],
    'a copy that somebody else owns': [
      'copy-not-trusted',
      withFiles({ [ETCD]: mine, ...copyOf({ uid: 1_000 }) }),
    ],
    'a dead kubelet': [
      'no-kubelet',
      withFiles({ [ETCD]: mine, [APISERVER]: mine }, { processes: ['etcd'] }),
    ],
    'a parking place inside the kubelet’s folder': [
      'parked-inside',
      withFiles({ [ETCD]: mine, [APISERVER]: mine }),
      { parked_dir: `${MANIFESTS}/parked` },
    ],
    'a parking place on another mount': [
      'parked-on-other-mount',
      withFiles({ [ETCD]: mine, [APISERVER]: mine }, { mounts: ['/etc/kubernetes/runback'] }),
    ],
    'a folder on a read-only mount': [
      'manifests-read-only',
      withFiles(
        { [ETCD]: mine, [APISERVER]: mine },
        { mounts: ['/etc/kubernetes'], readOnly: ['/etc/kubernetes'] },
      ),
    ],
  };
  for (const [what, [code, table, more]] of Object.entries(refusals)) {
    it(`refuses ${what}, before anything is moved`, async () => {
      const failure = await refusalOf(staticPodsCheck, { ...args, ...more }, places(table));
      expect(failure.code).toBe(code);
    });
  }
});
