import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { expect } from 'vitest';
import { difference, keyNumber, type Lab, listing, must, valueNumber } from '../lab/index.js';
import { type Ended, lastEvent } from './runback.js';
import { keysByMember, listings, type Site } from './site.js';

const DATA = '/var/lib/etcd';
const PODS = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];

export interface Story {
  readonly keys: number;
  /** Tells this lab's values from those of a lab beside it. */
  readonly generation: string;
  /** By how much the revision must rise; 0 where the tools are too old. */
  readonly bump: number;
}

/**
 * The whole way on one lab: a backup, a dry run that changes nothing, wrong writes, a restore, a failure
 * that goes back, and a restore with nothing left on any host. Proved each time by the lab's own eyes.
 */
export async function wholeStory(site: Site, story: Story): Promise<void> {
  const { lab } = site;
  await lab.members.put(story.keys, story.generation);
  const snapshot = await site.backup();
  await dryRunChangesNothing(site, story, snapshot);
  await lab.members.put(200, 'wrong');
  await lab.members.write('/registry/pods/late/comer', 'must be gone');

  const restored = await restore(site, snapshot);
  expect(lastEvent(restored).downtime_ms).toBeGreaterThan(0);
  await proveRestored(lab, story, snapshot, restored);
  expectNoStall(lab);
  await looksRight(site, snapshot);

  await failureGoesBack(site, snapshot);

  await shippedDisaster(site);
  await loseManifests(lab);
  await proveRestored(lab, story, snapshot, await restore(site, snapshot));
}

/**
 * A leader that stops with its followers waits 7 s for one of them to take over, and says so in its log. One whose
 * followers are gone says at once that there is nobody: that is as it should be.
 */
export function expectNoStall(lab: Lab): void {
  for (const host of lab.etcdHosts) {
    const stalls = host.log('etcd').match(/^.*leader transfer took too long.*$/gm);
    expect(stalls ?? [], host.name).toEqual([]);
  }
}

/** The two playbooks that only look find nothing wrong. */
export async function looksRight(site: Site, snapshot: string): Promise<void> {
  for (const words of [['verify.yml'], ['preflight.yml', '-e', `snapshot=["${snapshot}"]`]]) {
    const [playbook = '', ...more] = words;
    site.closeEyes();
    const looked = await site.run(playbook, ...more);
    expect(looked.code, looked.stdout + looked.stderr).toBe(0);
  }
}

/** The guide's third step, as a playbook: everything stops, and the data directories are gone. */
export async function shippedDisaster(site: Site): Promise<void> {
  const broken = await site.run('disaster.yml');
  expect(broken.code, broken.stdout + broken.stderr).toBe(0);
  for (const pod of ['etcd', 'kube-apiserver']) await site.lab.untilGone(pod);
}

export async function restore(
  site: Site,
  snapshot: string,
  ...words: readonly string[]
): Promise<Ended> {
  site.closeEyes();
  const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`, ...words);
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(lastEvent(ended)).toMatchObject({ type: 'run.finished', outcome: 'done', left: [] });
  await site.lab.untilReady();
  return ended;
}

async function dryRunChangesNothing(site: Site, { bump }: Story, snapshot: string): Promise<void> {
  await site.lab.untilCaughtUp();
  const before = listings(site.lab);
  const planned = await site.plan('restore.yml', '-e', `snapshot=${snapshot}`);
  expect(planned.code, planned.stdout + planned.stderr).toBe(0);
  expect(planned.stdout).toContain(bump > 0 ? `The revision rises by ${bump}` : 'cannot raise');
  for (const [name, lines] of listings(site.lab)) {
    expect(difference(before.get(name) ?? [], lines), name).toEqual([]);
  }
}

/** Each member is asked alone, without the others: every key and value, none besides, the predicted ids. */
export async function proveRestored(
  lab: Lab,
  { keys, generation, bump }: Story,
  snapshot: string,
  restored: Ended,
): Promise<void> {
  const wanted = Array.from(
    { length: keys },
    (_, number) => `${keyNumber(number)} ${valueNumber(number, generation)}`,
  );
  for (const [name, found] of await keysByMember(lab)) {
    const all = found.map(({ key, value }) => `${key} ${value}`);
    expect(difference(wanted, all), name).toEqual([]);
    expect(all, name).toHaveLength(keys);
  }
  const record = JSON.parse(readFileSync(`${snapshot}.record.json`, 'utf8'));
  const revision = record.snapshot.revision + bump;
  for (const { name } of lab.etcdHosts) {
    const status = await lab.members.status(name);
    expect(status.clusterId, name).toBe(predictedClusterId(lab, restored));
    expect(Number(status.revision), name).toBe(revision);
    const { compactRevision } = await lab.members.hashkv(name);
    if (bump > 0) expect(Number(compactRevision), name).toBe(revision);
  }
}

/** As etcd makes it from the peer URLs and the token, which is the run's id; decimal, as its gateway says it. */
function predictedClusterId(lab: Lab, restored: Ended): string {
  const first8 = (bytes: Buffer | string) =>
    createHash('sha1').update(bytes).digest().subarray(0, 8);
  const members = lab.etcdHosts.map(({ peerUrl }) =>
    first8(`${peerUrl}${lastEvent(restored).run}`),
  );
  return first8(Buffer.concat(members.sort(Buffer.compare)))
    .readBigUInt64BE()
    .toString();
}

/** One disk will not let go of its data directory when the others have swapped. */
async function failureGoesBack(site: Site, snapshot: string): Promise<void> {
  const { lab } = site;
  const [first, last] = [lab.hosts[0], lab.hosts.at(-1)];
  if (first === undefined || last === undefined) throw new Error('a lab without hosts');
  const old = await lab.members.status(first.name);
  const inodes = lab.hosts.map(inodeOfData);
  const frozen = last.path(DATA);
  await must(['chattr', '+i', frozen]);
  const words = ['playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
  const onEvent = ({ type }: { readonly type: string }) => {
    if (type === 'rollback.started') execFileSync('chattr', ['-i', frozen]);
  };
  const ended = await site.watched({ onEvent }, 'run', ...words);
  expect(ended.code, ended.stdout + ended.stderr).toBe(4);
  expect(lastEvent(ended)).toMatchObject({ outcome: 'rolled-back', left: [] });
  await lab.untilHealthy();
  expect(lab.hosts.map(inodeOfData)).toEqual(inodes);
  for (const { name } of lab.hosts) {
    expect((await lab.members.status(name)).clusterId, name).toBe(old.clusterId);
  }
  await lab.members.write('/registry/after', 'the rollback', first.name);
}

function inodeOfData(host: Lab['hosts'][number]): string | undefined {
  const line = listing(host).find((one) => one.startsWith(`${DATA} `));
  return /inode=(\d+)/.exec(line ?? '')?.[1];
}

/** The worst day: no manifest, no process and no data directory on any host. */
async function loseManifests(lab: Lab): Promise<void> {
  for (const host of lab.hosts) {
    await host.run(['sh', '-c', 'rm -f /etc/kubernetes/manifests/*']);
  }
  for (const pod of PODS) await lab.untilGone(pod);
  for (const host of lab.hosts) await host.run(['rm', '-rf', DATA]);
}
