import { readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { type Lab, live } from '../lab/index.js';
import type { Ended } from './runback.js';
import { Site } from './site.js';
import { withLab } from './with-site.js';

const BOOK = `name: Make a file
vars:
  mode: { type: string, default: '0600' }
plays:
  - hosts: etcd
    become: true
    tasks:
      - name: Make it
        command:
          argv: [install, -m, '\${{ vars.mode }}', /dev/null, /var/lib/made]
          creates: /var/lib/made
          undo: [rm, /var/lib/made]
`;

live('a saved plan', () => {
  let lab: Lab;
  let site: Site;
  let book: string;
  let file: string;

  withLab({ name: 'saved', start: 'hosts-only' }, (made) => {
    lab = made;
  });

  beforeEach(async () => {
    site = new Site(lab);
    book = join(site.directory, 'playbooks/make.yml');
    writeFileSync(book, BOOK);
    file = join(site.directory, 'make.plan');
    const saved = await site.plan('make.yml', '-o', file);
    expect(saved.code, saved.stdout + saved.stderr).toBe(0);
  });

  afterEach(() => {
    for (const host of lab.hosts) rmSync(host.path('/var/lib/made'), { force: true });
    site.close();
  });

  const apply = (): Promise<Ended> => site.command('apply', file, '--yes');
  const made = (): number => lab.hosts.filter((host) => isThere(host.path('/var/lib/made'))).length;

  /** The one failure of a refused apply. */
  function refusal(ended: Ended): { readonly code?: unknown; readonly detail?: unknown } {
    expect(ended.code, ended.stdout + ended.stderr).toBe(3);
    return ended.events.at(-1) ?? {};
  }

  it('is kept from other people, and is done as it was previewed, once', async () => {
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const applied = await apply();
    expect(applied.code, applied.stdout + applied.stderr).toBe(0);
    expect(made()).toBe(3);
    const { run } = JSON.parse(readFileSync(file, 'utf8')) as { run: { id: string } };
    expect(applied.events[0]?.run).toBe(run.id);
    expect(refusal(await apply())).toMatchObject({ code: 'applied-already' });
  });

  it('is refused when a host is no longer as it was, and says which and what', async () => {
    writeFileSync(lab.host('cp2').path('/var/lib/made'), '');
    const { code, detail } = refusal(await apply());
    expect(code).toBe('stale-plan');
    expect(detail).toContain('task 1.1 on cp2: material.creates: false → true');
    expect(detail).not.toContain('cp1');
    expect(made()).toBe(1);
  });

  it('is refused when the playbook was edited since, and says where', async () => {
    writeFileSync(book, BOOK.replace('0600', '0644'));
    const { code, detail } = refusal(await apply());
    expect(code).toBe('stale-plan');
    expect(detail).toContain('make.yml differs from line 3 on');
    expect(made()).toBe(0);
  });

  it('is refused when the inventory was edited since, and says what', async () => {
    const original = readFileSync(lab.inventoryFile, 'utf8');
    writeFileSync(
      lab.inventoryFile,
      original.replace('runback_cluster: ', 'runback_cluster: other-'),
    );
    const { code, detail } = refusal(await apply());
    writeFileSync(lab.inventoryFile, original);
    expect(code).toBe('stale-plan');
    expect(detail).toContain('cp1.runback_cluster');
    expect(made()).toBe(0);
  });

  it('is refused when somebody changed the file itself', async () => {
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll('0600', '0666'));
    const ended = await apply();
    expect(ended.code).toBe(2);
    expect(ended.events.at(-1)).toMatchObject({ code: 'not-a-plan' });
    expect(made()).toBe(0);
  });
});

function isThere(path: string): boolean {
  return statSync(path, { throwIfNoEntry: false }) !== undefined;
}
