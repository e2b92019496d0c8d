import { existsSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { type Lab, listing, live } from '../lab/index.js';
import { type Ended, lastEvent } from './runback.js';
import type { Site } from './site.js';
import { withSite } from './with-site.js';

/** Puts a file away where a run puts things, fails or not as it is told. */
const book = (program: string) => `name: Put away
plays:
  - hosts: etcd
    become: true
    tasks:
      - name: Put it there
        command:
          argv: [install, -D, /var/lib/precious, '/var/lib/runback/work/\${{ run.id }}/precious']
          undo: [rm, '/var/lib/runback/work/\${{ run.id }}/precious']
      - name: Make a place for an archive
        file: { path: '/var/lib/kept/\${{ run.id }}', state: directory, mode: "0700" }
      - name: Keep one
        archive: { paths: [/var/lib/precious], to: '/var/lib/kept/\${{ run.id }}/all.tar.gz' }
      - name: Then
        command: { argv: [${program}], undo: nothing }
    on_failure: stop
`;

live('clean', () => {
  let lab: Lab;
  let site: Site;

  withSite({ name: 'clean', start: 'hosts-only', members: 1 }, (made) => {
    ({ lab, site } = made);
  });

  const host = () => lab.host('cp1');

  async function run(program: string): Promise<Ended> {
    writeFileSync(host().path('/var/lib/precious'), 'old data');
    await host().run(['mkdir', '-p', '/var/lib/runback/work', '/var/lib/kept']);
    writeFileSync(join(site.directory, 'playbooks/put.yml'), book(program));
    return site.run('put.yml');
  }

  const left = (id: string): readonly string[] =>
    listing(host()).filter((line) => line.includes(id) && !line.includes('/var/lib/kept/'));

  it('lists what a run left, with sizes, and takes nothing away without a yes', async () => {
    const done = await run('/bin/true');
    expect(done.code, done.stdout + done.stderr).toBe(0);
    const id = lastEvent(done).run ?? '';
    const before = left(id);
    expect(before.length).toBeGreaterThan(3);
    const asked = await site.command('clean');
    expect(asked.code).toBe(3);
    expect(asked.events.map(({ type, path }) => [type, path])).toEqual([
      ['footprint', `/var/lib/runback/work/${id}`],
      ['footprint', `/var/lib/runback/clean/runs/${id}`],
      ['left_alone', `/var/lib/kept/${id}`],
    ]);
    expect(left(id)).toEqual(before);
    const cleaned = await site.command('clean', '--yes');
    expect(cleaned.code, cleaned.stdout + cleaned.stderr).toBe(0);
    expect(left(id)).toEqual([]);
    expect(existsSync(host().path(`/var/lib/kept/${id}/all.tar.gz`))).toBe(true);
    const again = await site.command('clean', '--yes');
    expect(again.code).toBe(0);
    const back = await site.command('rollback', '--yes');
    expect(back.events.at(-1)).toMatchObject({ code: 'cleaned' });
    expect(back.code).toBe(3);
  });

  it('refuses a run that is not over: what it left is its way on and its way back', async () => {
    const stopped = await run('/bin/false');
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(5);
    const id = lastEvent(stopped).run ?? '';
    const refused = await site.command('clean', '--yes');
    expect(refused.code).toBe(3);
    expect(refused.events.at(-1)).toMatchObject({ code: 'not-over' });
    expect(left(id).length).toBeGreaterThan(3);
    const back = await site.command('rollback', '--yes');
    expect(back.code, back.stdout + back.stderr).toBe(0);
    expect((await site.command('clean', '--yes')).code).toBe(0);
    expect(left(id)).toEqual([]);
  });
});
