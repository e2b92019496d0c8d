import { readFileSync, writeFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { type Lab, type LabOptions, live } from '../lab/index.js';
import { lastEvent } from '../live/runback.js';
import type { Site } from '../live/site.js';
import {
  looksRight,
  proveRestored,
  restore,
  type Story,
  shippedDisaster,
} from '../live/whole-story.js';
import { withSite } from '../live/with-site.js';
import { dataInodes, expectAsBefore, lookBefore } from './before.js';
import { PHASES, type Phase } from './phases.js';

export interface Shape {
  /** What is other than usual, in a sentence. */
  readonly is: string;
  readonly lab?: Omit<LabOptions, 'name'>;
  /** What is done to the hosts of the lab, which is up and healthy, before anything else. */
  readonly prepare?: (lab: Lab) => Promise<void>;
  /** The lab's inventory, as this shape has it. */
  readonly inventory?: (text: string, lab: Lab) => string;
  /** Its directories whose inodes a rollback must bring back; those that are not there do not count. */
  readonly data?: readonly string[];
  /** Where it can fail; every phase of a cluster of static pods, when absent. */
  readonly phases?: readonly Phase[];
  /** Words for the restore from nothing: what is lost for good may have to be accepted. */
  readonly fromNothing?: readonly string[];
  /** What is tried when everything is broken, before the restore from nothing. */
  readonly whenBroken?: (site: Site, snapshot: string) => Promise<void>;
  /** What must hold besides, behind the first restore. */
  readonly alsoRestored?: (site: Site, snapshot: string) => Promise<void>;
  /** What else can happen to it alone, each by its name, while it runs. */
  readonly cases?: { readonly [name: string]: (site: Site, snapshot: string) => Promise<void> };
}

const KEYS = 300;
const DATA = [
  '/var/lib/etcd',
  '/var/lib/etcd/member',
  '/var/lib/etcd/member/snap',
  '/var/lib/etcd-wal/wal',
];
/** etcd 3.4.23 cannot raise the revision, 3.5.16 can. */
const BUMPS = { '3.4': 0, '3.5': 1_000_000_000 } as const;

/** What is done with every shape. `name` is that of its lab: short, small letters, digits and hyphens. */
export function shape(name: string, given: Shape): void {
  live(`${name}: ${given.is}`, () => {
    const { data = DATA } = given;
    const story: Story = { keys: KEYS, generation: name, bump: BUMPS[given.lab?.etcd ?? '3.4'] };
    let lab: Lab;
    let site: Site;
    let snapshot: string;

    withSite({ name: `shape-${name}`, ...given.lab }, async (made) => {
      ({ lab, site } = made);
      await given.prepare?.(lab);
      // What cannot be proved to be gone is not waited for longer than a test has time.
      for (const proof of ['static_pods_gone:', 'etcd_member_gone:']) {
        site.editAll('restore.yml', proof, `${proof}\n          within: 20s`);
      }
      if (given.inventory !== undefined) {
        const written = readFileSync(lab.inventoryFile, 'utf8');
        writeFileSync(lab.inventoryFile, given.inventory(written, lab));
      }
      await lab.members.put(story.keys, story.generation);
      snapshot = await site.backup();
      await writeWrongly(lab);
    });

    for (const phase of given.phases ?? PHASES) {
      it(`goes back when it fails ${phase.when}`, async () => {
        await lab.untilReady();
        await lab.untilCaughtUp();
        const before = await lookBefore(lab, data);
        site.closeEyes();
        const forced = await phase.force(lab, snapshot);
        const words = ['-e', `snapshot=${forced.snapshot ?? snapshot}`, '-e', 'quorum_within=20s'];
        const ended = await site
          .watched(forced, 'run', 'playbooks/restore.yml', '--yes', ...words)
          .finally(() => forced.mend());
        expect(ended.code, ended.stdout + ended.stderr).toBe(4);
        expect(lastEvent(ended)).toMatchObject({ outcome: 'rolled-back', left: [] });
        expect(lastEvent(ended).failure).toMatchObject(forced.failure);
        await expectAsBefore(lab, before);
      });
    }

    it('is restored while it runs, and looks right', async () => {
      const before = await Promise.all(lab.etcdHosts.map((host) => dataInodes(host, data)));
      const restored = await restore(site, snapshot);
      await proveRestored(lab, story, snapshot, restored);
      const after = await Promise.all(lab.etcdHosts.map((host) => dataInodes(host, data)));
      for (const [index, inodes] of after.entries()) expect(inodes).not.toEqual(before[index]);
      await looksRight(site, snapshot);
      await looksRightAfterwards(site);
      await given.alsoRestored?.(site, snapshot);
      await writeWrongly(lab);
    });

    for (const [name, holds] of Object.entries(given.cases ?? {})) {
      it(name, () => holds(site, snapshot));
    }

    it('is restored when nothing runs any more, and cleaned', async () => {
      await shippedDisaster(site);
      await given.whenBroken?.(site, snapshot);
      const restored = await restore(site, snapshot, ...(given.fromNothing ?? []));
      await proveRestored(lab, story, snapshot, restored);
      const run = String(lastEvent(restored).run);
      const cleaned = await site.command('clean', run, '--yes');
      expect(cleaned.code, cleaned.stdout + cleaned.stderr).toBe(0);
      for (const host of lab.hosts) {
        const places = ['/var/lib', '/opt/data', '/opt/disks', '/etc/kubernetes'];
        // Receipts stay: they say what was done, and hold nothing.
        const left = await host.run(['find', ...places, '-name', run, '-not', '-path', '*/runs/*']);
        expect(left.stdout, host.name).toBe('');
        const hidden = await host.run(['find', ...places, '-name', '.runback', '-empty']);
        expect(hidden.stdout, host.name).toBe('');
      }
    });
  });
}

/** The look that a restore ends with, once more, when every node has reported. */
async function looksRightAfterwards(site: Site): Promise<void> {
  const { lab } = site;
  const renewTime = `${new Date().toISOString().slice(0, -1)}000Z`;
  const status = { conditions: [{ type: 'Ready', status: 'True' }] };
  for (const { name } of lab.apiHosts) {
    const node = JSON.stringify({ metadata: { name }, status });
    await lab.members.write(`/registry/minions/${name}`, node);
    const metadata = { name, namespace: 'kube-node-lease' };
    const lease = JSON.stringify({ metadata, spec: { holderIdentity: name, renewTime } });
    await lab.members.write(`/registry/leases/kube-node-lease/${name}`, lease);
  }
  const looked = await site.run('after-restore.yml');
  expect(looked.code, looked.stdout + looked.stderr).toBe(0);
  const report = looked.events.filter(({ name }) => name === 'Say what came back').at(-1);
  if (report === undefined)
    throw new Error(`nothing was said of what came back:\n${looked.stdout}`);
  const { findings } = report.result as { findings: readonly { message: string }[] };
  // Plain processes have no runtime that could be asked.
  const hasRuntime = lab.options.runtime === 'containerd';
  const wanted = hasRuntime ? [] : ['not looked at: what its container runtime runs'];
  expect([...new Set(findings.map(({ message }) => message))]).toEqual(wanted);
}

async function writeWrongly(lab: Lab): Promise<void> {
  await lab.members.put(100, 'wrong');
  await lab.members.write('/registry/pods/late/comer', 'must be gone');
}
