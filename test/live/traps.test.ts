import { expect, it } from 'vitest';
import { type Lab, type LabHost, live, must, untilTrue } from '../lab/index.js';
import {
  MOVED_BY_GLOB,
  MOVED_BY_RENAME,
  restoreByHand,
  saveByHand,
  startByHand,
  stopByHand,
} from './by-hand.js';
import { lastEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

const token = 'etcd-cluster-1';

/**
 * Without the comparison that kubeadm has etcd make before it joins: with it the old member refuses to
 * start. And with voting so slow that nobody votes twice: the histories look alike where they are not.
 */
const SILENT = [
  '/initial-corrupt-check/d',
  's/^\\( *\\)- --data-dir=.*/&\\n\\1- --heartbeat-interval=400\\n\\1- --election-timeout=4000/',
].join(';');

/**
 * A restore with the commands that are found everywhere, into each of their traps. The cluster looks
 * healthy afterwards, or at least alive: verify.yml says what is the matter, and restore.yml mends it.
 */
live('a restore by hand that went into a trap', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'traps' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(200);
    await saveByHand(lab);
    snapshot = await site.backup();
  });

  const restore = (...words: readonly string[]) =>
    site.run('restore.yml', '-e', `snapshot=${snapshot}`, ...words);

  async function expectMended(...words: readonly string[]): Promise<void> {
    const ended = await restore(...words);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    await lab.untilReady();
    expect(await found(site)).toEqual([]);
  }

  /** Alive, though perhaps not as one cluster. */
  const untilAnswering = (hosts = lab.hosts) =>
    untilTrue('an answer of each member', 60_000, async () => {
      for (const { name } of hosts) if (!(await lab.members.isHealthy(name))) return false;
      return true;
    });

  it('is found where every member was restored as the only one', async () => {
    await stopByHand(lab.hosts);
    for (const host of lab.hosts) {
      await restoreByHand(host, { members: [host], token, move: MOVED_BY_GLOB });
    }
    await startByHand(lab.hosts);
    await untilAnswering();
    expect(await found(site)).toEqual(['member-absent', 'clusters-differ']);
    expect((await restore()).code).toBe(3);
    await expectMended('--accept', 'clusters-differ', '--accept', 'member-absent');
  });

  it('is found where the data directories were lost', async () => {
    await stopByHand(lab.hosts);
    for (const host of lab.hosts) await host.run(['sh', '-c', 'rm -rf /var/lib/etcd/*']);
    await startByHand(lab.hosts);
    await lab.untilHealthy();
    expect(await found(site)).toEqual(['no-nodes']);
    await expectMended();
  });

  it('is found where a restored directory was moved into a mount point', async () => {
    const host = lab.host('cp2');
    await stopByHand(lab.hosts);
    await host.run(['mount', '--bind', '/var/lib/etcd', '/var/lib/etcd']);
    for (const one of lab.hosts) {
      await restoreByHand(one, { members: lab.hosts, token, move: MOVED_BY_RENAME });
    }
    await startByHand(lab.hosts);
    // The third starts from its old data, with an id that the two others do not know.
    await untilAnswering([lab.host('cp1'), lab.host('cp3')]);
    expect(await found(site)).toContain('restored-inside');
    await host.run(['umount', '-l', '/var/lib/etcd']);
    await expectMended();
  });

  it('is found where a member was down, and the token is the one of last time', async () => {
    const all = { members: lab.hosts, token, move: MOVED_BY_GLOB };
    const [cp1, cp2, cp3] = lab.hosts as [LabHost, LabHost, LabHost];
    await stopByHand(lab.hosts);
    for (const host of lab.hosts) {
      await must(['sed', '-i', SILENT, host.path('/tmp/etcd.yaml.bak')]);
      await restoreByHand(host, all);
    }
    await startByHand(lab.hosts);
    await lab.untilHealthy();
    await writeOneByOne(lab, 20, 'lost');
    await cp3.powerOff();
    await stopByHand([cp1, cp2]);
    for (const host of [cp1, cp2]) await restoreByHand(host, all);
    await startByHand([cp1, cp2]);
    await untilAnswering([cp1, cp2]);
    await writeOneByOne(lab, 80, 'newer');
    await cp3.boot();
    await lab.untilHealthy();
    expect(await found(site)).toEqual(['members-differ']);
    await expectMended();
  });

  it('is found where an API server was left running', async () => {
    // Nobody waits a minute for an API server to be old: it counts as old sooner.
    const usual = '          history: true\n';
    site.edit('verify.yml', usual, `${usual}          head_start: 2s\n`);
    const since = Date.now();
    await untilTrue('an older API server', 20_000, () => Date.now() - since > 3_000);
    await stopByHand(lab.hosts, (host, pod) => host.name === 'cp2' && pod === 'kube-apiserver');
    for (const host of lab.hosts) {
      await restoreByHand(host, { members: lab.hosts, token, move: MOVED_BY_GLOB });
    }
    await startByHand(lab.hosts);
    await lab.untilHealthy();
    await lab.untilReady();
    expect(await found(site)).toEqual(['api-server-outlived-restore']);
  });
});

/** Each write is an entry of raft's log. */
async function writeOneByOne(lab: Lab, count: number, what: string): Promise<void> {
  for (let number = 0; number < count; number++) {
    await lab.members.write(`/registry/pods/${what}/${number}`, what);
  }
}

/** The codes of what verify.yml found: those of the gate, or of the step that refused. */
async function found(site: Site): Promise<readonly string[]> {
  const ended = await site.run('verify.yml');
  if (ended.code === 0) return [];
  expect(ended.code, ended.stdout + ended.stderr).toBe(3);
  const { code, findings } = lastEvent(ended).failure as Failure;
  return findings?.filter(({ severity }) => severity === 'error').map((one) => one.code) ?? [code];
}

interface Failure {
  readonly code: string;
  readonly findings?: readonly { readonly code: string; readonly severity: string }[];
}
