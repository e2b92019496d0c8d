import { cpSync, existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, live, untilTrue } from '../lab/index.js';
import { kubectl } from '../prepare/tools.mjs';
import { runUntilCaught } from './caught.js';
import { type Ended, lastEvent, type RunEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const SECRET = Buffer.from('a password').toString('base64');

live('what comes after a restore', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;
  let restored: Ended;

  withSite({ name: 'after', workers: 3 }, async (made) => {
    ({ lab, site } = made);
    await fill(lab);
    for (const host of lab.hosts) writeFileSync(host.path('/opt/lab/kubelet-reports'), '');
    runtime(lab);
    await lab.host('w2').powerOff();
    snapshot = await site.backup();
    await lab.members.write('/registry/configmaps/default/late', 'only in the safety snapshot');
  });

  it('starts API servers, waits for each, restarts kubelets, hears nodes, then starts controllers', async () => {
    const before = pidsOf(lab);
    restored = await site.run('restore.yml', '-e', `snapshot=${snapshot}`, '-e', 'nodes_within=3s');
    expect(restored.code, restored.stdout + restored.stderr).toBe(0);
    const order = [
      'Start the API servers',
      'Wait until every API server is ready',
      'Restart the kubelets of the control plane',
      'Wait until the nodes report',
      'Start the controller manager and the scheduler',
      'Restart the kubelet of the first worker',
      'Restart the kubelets of a quarter of the workers',
      'Say what came back',
    ];
    const done = restored.events.filter(({ type }) => type === 'step.finished');
    const names = [...new Set(done.map(({ name }) => name ?? ''))];
    expect(names.filter((name) => order.includes(name))).toEqual(order);
    for (const [host, pids] of pidsOf(lab)) {
      if (host !== 'w2') expect(pids, host).not.toEqual(before.get(host));
    }
    const ready = done.filter(({ name }) => name === order[1]).map(({ result }) => result);
    const servers = lab.apiHosts.map(({ address }) => `https://${address}:6443`);
    expect(ready.map((one) => (one as { server: string }).server).sort()).toEqual(servers.sort());
    const nodes = done.find(({ name }) => name === order[3])?.result as { silent: string[] };
    expect(nodes.silent).toEqual(['gone-1', 'w2']);
  });

  it('meets workers only then, and is done without the one that is off, which it names', async () => {
    const { events } = restored;
    const at = (wanted: (event: RunEvent) => boolean) => events.findIndex(wanted);
    const first = at(({ type, name }) => type === 'task.started' && name === FIRST_WORKER);
    const met = at(({ type, host }) => type === 'host.connected' && host?.startsWith('w') === true);
    expect(met).toBeGreaterThan(first);
    const end = lastEvent(restored) as unknown as { not_reached: readonly { host: string }[] };
    expect(end.not_reached.map(({ host }) => host)).toEqual(['w2']);
    const left = reportIn(restored).findings.find(({ code }) => code === 'workers-not-restarted');
    expect(left).toMatchObject({ evidence: 'w2' });
    expect(left?.message).toContain('1 of 3 workers');
    expect(left?.remedy).toContain('restart-kubelets.yml -i INVENTORY --limit w2');
    const status = await site.command('status', lastEvent(restored).run ?? '');
    expect(status.events.at(-1)).toMatchObject({ outcome: 'done', not_reached: [{ host: 'w2' }] });
    expect(locksOf(lab)).toEqual([]);
  });

  it('tells what came back and what did not, and lets no Secret out', () => {
    const { findings, counts } = reportIn(restored);
    expect(counts).toEqual({ namespaces: 2, deployments: 1, services: 1, nodes: 7 });
    expect(findings.map(({ code, host }) => `${code} ${host ?? ''}`.trim()).sort()).toEqual([
      'caches-stale',
      'dead-masterlease',
      'node-silent',
      'node-stale',
      'partly-not-asked cp2',
      'partly-not-asked cp3',
      'phantom-pods cp1',
      'secrets-not-all-readable cp1',
      'secrets-not-all-readable cp2',
      'secrets-not-all-readable cp3',
      'signing-requests-pending',
      'workers-not-restarted',
    ]);
    const evidence = (code: string) => findings.find((one) => one.code === code)?.evidence;
    expect(evidence('phantom-pods')).toBe('default/made-later');
    expect(evidence('dead-masterlease')).toBe('10.9.9.9');
    expect(evidence('secrets-not-all-readable')).toContain('/registry/secrets/default/z-old');
    const run = join(site.directory, '.runback/runs', lastEvent(restored).run ?? '');
    const texts = readdirSync(run).map((name) => readFileSync(join(run, name), 'utf8'));
    for (const text of [restored.stdout, restored.stderr, ...texts]) {
      expect(text).not.toContain(SECRET);
    }
  });

  it('keeps what was replaced as a snapshot, goes back to it, and is taken up among the workers', async () => {
    const work = `/var/lib/runback/work/${lastEvent(restored).run}`;
    const holders = lab.apiHosts.filter((host) =>
      readdirSync(host.path(work)).includes('safety.db'),
    );
    expect(holders).toHaveLength(1);
    expect(restored.stdout).toContain(`on ${holders[0]?.name}: ${work}/safety.db`);
    expect(restored.stdout).toContain(`runback clean ${lastEvent(restored).run}`);
    const safety = join(site.directory, 'safety.db');
    cpSync(holders[0]?.path(`${work}/safety.db`) ?? '', safety);
    const words = ['-e', `snapshot=${safety}`, '-e', 'record=optional', '-e', 'nodes_within=1s'];
    const command = ['run', 'playbooks/restore.yml', '--yes', ...words];
    const caught = await runUntilCaught(site, lab.host('w3'), RESTARTING, command);
    process.kill(caught.pid, 'SIGKILL');
    await caught.ended;
    caught.trap.remove();
    const before = pidsOf(lab);
    const back = await site.command('resume', caught.run, '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(
      back.events.filter(({ host, type }) => type === 'host.connected' && host === 'w1'),
    ).toEqual([]);
    expect(pidsOf(lab).get('w1')).toEqual(before.get('w1'));
    expect(locksOf(lab)).toEqual([]);
    expect(await lab.members.read('/registry/configmaps/default/late')).toBe(
      'only in the safety snapshot',
    );
  });

  it('restarts the kubelets of those that are back, then of all, and looks with kubectl where curl is not let in', async () => {
    await lab.host('w2').boot();
    await untilKubelets(lab);
    const before = pidsOf(lab);
    const one = await site.run('restart-kubelets.yml', '--limit', 'w2');
    expect(one.code, one.stdout + one.stderr).toBe(0);
    const changed = [...pidsOf(lab)].filter(([host, pids]) => `${pids}` !== `${before.get(host)}`);
    expect(changed.map(([host]) => host)).toEqual(['w2']);
    const [first, ...others] = lab.apiHosts;
    if (first === undefined) throw new Error('a lab without hosts');
    cpSync((await kubectl()).path, first.path('/usr/local/bin/kubectl'));
    writeFileSync(first.path('/opt/lab/cluster-admins-unbound'), '');
    const inventory = join(site.directory, 'workers.yml');
    const text = readFileSync(lab.inventoryFile, 'utf8');
    const all = /kube_control_plane:\n[\s\S]*?(?= {4}etcd:)/;
    const groups = ['kube_control_plane:', '      hosts:', `        ${first.name}:`, ''];
    writeFileSync(inventory, text.replace(all, groups.join('\n')));
    const ended = await site.run('restart-kubelets.yml', '-i', inventory);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    for (const [host, pids] of pidsOf(lab)) {
      const isWorker = ![first, ...others].some(({ name }) => name === host);
      if (isWorker) expect(pids, host).not.toEqual(before.get(host));
      else expect(pids, host).toEqual(before.get(host));
    }
    const { findings } = reportIn(ended);
    expect(findings.map(({ code }) => code)).not.toContain('api-not-asked');
    expect(findings.map(({ code }) => code)).toContain('phantom-pods');
  });
});

const FIRST_WORKER = 'Restart the kubelet of the first worker';
const RESTARTING = {
  when: 'while a worker restarts its kubelet',
  task: '8.2',
  program: 'systemctl',
  words: 'restart kubelet.service',
};

interface Report {
  readonly findings: readonly {
    readonly code: string;
    readonly host: string | null;
    readonly evidence: string;
    readonly message: string;
    readonly remedy: string;
  }[];
  readonly counts: { readonly [kind: string]: number };
}

function reportIn(ended: Ended): Report {
  const said = ended.events.filter(({ name }) => name === 'Say what came back').at(-1);
  return said?.result as unknown as Report;
}

/** Hosts on which somebody still has the lock. */
function locksOf(lab: Lab): readonly string[] {
  const lock = `/var/lib/runback/${lab.name}/lock/run`;
  return lab.hosts.filter((host) => existsSync(host.path(lock))).map(({ name }) => name);
}

async function untilKubelets(lab: Lab): Promise<void> {
  await untilTrue('a kubelet on every host', 20_000, () =>
    [...pidsOf(lab).values()].every((pids) => pids.length > 0),
  );
}

/** Process numbers of each host's kubelet. */
function pidsOf(lab: Lab): ReadonlyMap<string, readonly number[]> {
  return new Map(
    lab.hosts.map((host) => [host.name, host.processes('kubelet').map((one) => one.pid)]),
  );
}

/** A small cluster: some of it well, and one of everything that a restore may bring back by mistake. */
async function fill(lab: Lab): Promise<void> {
  const put = (folder: string, place: string, more: object = {}): Promise<string> => {
    const [name, namespace] = place.split('/').reverse();
    const metadata = {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      uid: `uid-${name}`,
    };
    return lab.members.write(`/registry/${folder}/${place}`, JSON.stringify({ metadata, ...more }));
  };
  for (const name of ['default', 'kube-system']) await put('namespaces', name);
  await put('deployments', 'default/web');
  await put('services/specs', 'default/kubernetes');
  await put('pods', 'default/web-1', { spec: { containers: [] } });
  await put('secrets', 'default/a-new', { data: { password: SECRET } });
  const conditions = [{ type: 'Ready', status: 'True' }];
  const long = { renewTime: '2026-01-02T03:04:05.000000Z' };
  for (const name of [...lab.hosts.map((host) => host.name), 'gone-1']) {
    await put('minions', name, { status: { conditions } });
    await put('leases', `kube-node-lease/${name}`, { spec: { holderIdentity: name, ...long } });
  }
  const spec = { signerName: 'kubernetes.io/kubelet-serving', username: 'system:node:cp1' };
  await put('certificatesigningrequests', 'csr-1', { spec, status: {} });
  await lab.members.write('/registry/secrets/default/z-old', `k8s:enc:aescbc:v1:lost:${SECRET}`);
  await lab.members.write('/registry/masterleases/10.9.9.9', 'an API server that was');
}

/** A container runtime on the first host only, which runs one pod that the API does not know. */
function runtime(lab: Lab): void {
  const pod = (name: string) => ({
    metadata: { name, uid: name, namespace: 'default', attempt: 0 },
  });
  const list = JSON.stringify({ items: [pod('web-1'), pod('made-later')] }, null, 2);
  const [first] = lab.hosts;
  // Asked for one component's it has none: those run as processes here, and not in sandboxes.
  const only = `[ "$*" = 'pods --state ready -o json' ] || exit 0`;
  const script = `#!/bin/sh\n${only}\ncat <<'list'\n${list}\nlist\n`;
  writeFileSync(first?.path('/usr/local/bin/crictl') ?? '', script, { mode: 0o755 });
}
