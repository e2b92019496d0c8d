import { readFileSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, type LabOptions, live, up } from '../lab/index.js';
import { lastEvent } from '../live/runback.js';
import { Site } from '../live/site.js';
import {
  looksRight,
  proveRestored,
  restore,
  type Story,
  shippedDisaster,
} from '../live/whole-story.js';
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
  /** What must hold besides, behind the first restore. */
  readonly alsoRestored?: (site: Site, snapshot: string) => Promise<void>;
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

    beforeAll(async () => {
      lab = await up({ name: `shape-${name}`, ...given.lab });
      await given.prepare?.(lab);
      site = new Site(lab);
      // What cannot be proved to be gone is not waited for longer than a test has time.
      site.editAll('restore.yml', 'static_pods_gone:', 'static_pods_gone:\n          within: 8s');
      if (given.inventory !== undefined) {
        const written = readFileSync(lab.inventoryFile, 'utf8');
        writeFileSync(lab.inventoryFile, given.inventory(written, lab));
      }
      await lab.members.put(story.keys, story.generation);
      snapshot = await site.backup();
      await writeWrongly(lab);
    });

    afterAll(async () => {
      site?.close();
      await lab?.down();
    });

    for (const phase of given.phases ?? PHASES) {
      it(`goes back when it fails ${phase.when}`, async () => {
        await lab.untilReady();
        await lab.untilCaughtUp();
        const before = await lookBefore(lab, data);
        const forced = await phase.force(lab, snapshot);
        const words = ['-e', `snapshot=${forced.snapshot ?? snapshot}`, '-e', 'quorum_within=10s'];
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
      const before = await Promise.all(lab.hosts.map((host) => dataInodes(host, data)));
      const restored = await restore(site, snapshot);
      await proveRestored(lab, story, snapshot, restored);
      const after = await Promise.all(lab.hosts.map((host) => dataInodes(host, data)));
      for (const [index, inodes] of after.entries()) expect(inodes).not.toEqual(before[index]);
      await looksRight(site, snapshot);
      await given.alsoRestored?.(site, snapshot);
      await writeWrongly(lab);
    });

    it('is restored when nothing runs any more, and cleaned', async () => {
      await shippedDisaster(site);
      const restored = await restore(site, snapshot);
      await proveRestored(lab, story, snapshot, restored);
      const run = String(lastEvent(restored).run);
      const cleaned = await site.command('clean', run, '--yes');
      expect(cleaned.code, cleaned.stdout + cleaned.stderr).toBe(0);
      for (const host of lab.hosts) {
        const places = ['/var/lib', '/opt/data', '/opt/disks', '/etc/kubernetes'];
        // Receipts stay: they say what was done, and hold nothing.
        const left = await host.run(['find', ...places, '-name', run, '-not', '-path', '*/runs/*']);
        expect(left.stdout, host.name).toBe('');
      }
    });
  });
}

async function writeWrongly(lab: Lab): Promise<void> {
  await lab.members.put(100, 'wrong');
  await lab.members.write('/registry/pods/late/comer', 'must be gone');
}
