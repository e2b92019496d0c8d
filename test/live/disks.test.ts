import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, type LabHost, live } from '../lab/index.js';
import { MOMENTS, runUntilCaught } from './caught.js';
import { type Ended, lastEvent } from './runback.js';
import type { Site } from './site.js';
import { SmallDisk } from './small-disk.js';
import { withSite } from './with-site.js';

const KEYS = 200;
const LATER = '/registry/after/the-backup';

live('disks that are full, or cannot be written', () => {
  let lab: Lab;
  let site: Site;
  let words: readonly string[];
  let small: LabHost;

  withSite({ name: 'disks', diskMiB: { cp3: 400 } }, async (made) => {
    ({ lab, site } = made);
    small = lab.host('cp3');
    await lab.members.put(KEYS);
    const snapshot = await site.backup();
    words = ['run', 'playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
    await lab.members.write(LATER, 'still there');
  });

  it('refuses to begin where /etc/kubernetes is read-only', async () => {
    await readOnly(lab.host('cp2'), true);
    const ended = await run(words);
    await readOnly(lab.host('cp2'), false);
    expect(ended.code, ended.stdout + ended.stderr).toBe(3);
    expect(lastEvent(ended).failure).toMatchObject({
      code: 'preflight',
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'read-only', host: 'cp2' }),
      ]),
    });
    expect(ended.events.some(({ outcome }) => outcome === 'changed')).toBe(false);
  });

  it('says what is left when it becomes read-only half-way, and goes back when it is mended', async () => {
    const host = lab.host('cp2');
    // cp1 is the first that starts; cp2 can then neither start nor take its manifests back.
    const caught = await runUntilCaught(site, lab.host('cp1'), MOMENTS.starting, words);
    await readOnly(host, true);
    caught.trap.remove();
    const ended = await caught.ended;
    expect(ended.code, ended.stdout + ended.stderr).toBe(6);
    expect(lastEvent(ended).failure).toMatchObject({
      code: 'undo-failed',
      host: 'cp2',
      next: expect.stringContaining('runback rollback'),
    });
    expect(lastEvent(ended).left).toContainEqual(expect.stringContaining('cp2'));
    await readOnly(host, false);
    await expectWayBack(caught.run);
  });

  it('refuses to begin where what a restore writes would leave too little', async () => {
    await fill(small, 100);
    const ended = await run(words);
    await free(small);
    expect(ended.code, ended.stdout + ended.stderr).toBe(3);
    expect(lastEvent(ended).failure).toMatchObject({
      findings: expect.arrayContaining([
        expect.objectContaining({ code: 'no-room', host: 'cp3', acceptable: false }),
      ]),
    });
    expect(ended.events.some(({ outcome }) => outcome === 'changed')).toBe(false);
  });

  it('refuses to begin on a host that cannot write down what is done there', async () => {
    await fill(small);
    const ended = await run(words);
    await free(small);
    expect(ended.code, ended.stdout + ended.stderr).toBe(3);
    expect(lastEvent(ended).failure).toMatchObject({ code: 'host-disk', host: 'cp3' });
  });

  it('loses nothing when a disk fills up while the new data directory is built', async () => {
    const caught = await runUntilCaught(site, small, MOMENTS.preparing, words);
    await fill(small);
    caught.trap.remove();
    const ended = await caught.ended;
    // Not even the receipt could be written there.
    expect(ended.code, ended.stdout + ended.stderr).toBe(7);
    expect(lastEvent(ended).failure).toMatchObject({ code: 'outcome-unknown', host: 'cp3' });
    await free(small);
    await expectWayBack(caught.run);
  });

  it('contacts nobody when the run cannot be recorded', async () => {
    const disk = await SmallDisk.at(join(site.directory, 'full'), 256);
    try {
      disk.fill();
      const ended = await run([...words, '--state-dir', disk.path], disk);
      expect(ended.code, ended.stdout + ended.stderr).toBe(3);
      expect(lastEvent(ended)).toMatchObject({ type: 'failure', code: 'disk-enospc' });
      expect(ended.events.some(({ type }) => type === 'host.connected')).toBe(false);
    } finally {
      disk.close();
    }
  });

  it('starts nothing more when the run directory fills up, and goes back when there is room', async () => {
    const disk = await SmallDisk.at(join(site.directory, 'filling'), 4_096);
    try {
      const more = [...words, '--state-dir', disk.path];
      const through = disk.through(site.directory);
      const caught = await runUntilCaught(site, lab.host('cp2'), MOMENTS.parking, more, {
        through,
      });
      disk.fill();
      caught.trap.remove();
      const ended = await caught.ended;
      expect(ended.code, ended.stdout + ended.stderr).toBe(6);
      expect(lastEvent(ended).failure).toMatchObject({ kind: 'disk' });
      expect(lastEvent(ended).left).toEqual(expect.arrayContaining(['4.1 cp1', '4.1 cp2']));
      const journal = readFileSync(disk.outside(`runs/${caught.run}/journal.jsonl`), 'utf8');
      for (const id of lab.hosts.flatMap((host) => stepsOn(host, caught.run))) {
        expect(journal, 'what was started is on record').toContain(id);
      }
      disk.free();
      await expectWayBack(caught.run, ['--state-dir', disk.path], disk);
    } finally {
      disk.close();
    }
  });

  function run(argv: readonly string[], disk?: SmallDisk): Promise<Ended> {
    const [verb = '', ...rest] = argv;
    const watch = disk === undefined ? {} : { through: disk.through(site.directory) };
    return site.watched(watch, verb, ...rest);
  }

  async function expectWayBack(
    id: string,
    more: readonly string[] = [],
    disk?: SmallDisk,
  ): Promise<void> {
    const back = await run(['rollback', id, '--yes', ...more], disk);
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect(lastEvent(back)).toMatchObject({ outcome: 'done', left: [] });
    await lab.untilHealthy();
    await lab.untilReady();
    for (const { name } of lab.hosts) {
      const keys = await lab.members.allKeys(name);
      expect(keys.find(({ key }) => key === LATER)?.value, name).toBe('still there');
      expect(keys, name).toHaveLength(KEYS + 1);
    }
  }

  function stepsOn(host: LabHost, id: string): readonly string[] {
    return readdirSync(host.path(`/var/lib/runback/${lab.name}/runs/${id}/steps`));
  }
});

async function readOnly(host: LabHost, on: boolean): Promise<void> {
  const folder = '/etc/kubernetes';
  if (!on) await host.run(['umount', folder]);
  else
    await host.run([
      'sh',
      '-c',
      `mount --bind ${folder} ${folder} && mount -o remount,bind,ro ${folder}`,
    ]);
}

/** To the last byte, or leaving so many MiB. */
async function fill(host: LabHost, leftMiB = 0): Promise<void> {
  const free = 'df -Pm /var/lib | tail -n 1 | { read -r _ _ _ free _; echo "$free"; }';
  const most = `head -c "$(( $(${free}) - ${leftMiB} ))M" /dev/zero >/var/lib/filler`;
  const script = leftMiB === 0 ? 'cat /dev/zero >/var/lib/filler' : most;
  await host.run(['sh', '-c', script]);
}

async function free(host: LabHost): Promise<void> {
  await host.run(['rm', '/var/lib/filler']);
}
