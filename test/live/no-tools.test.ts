import { execFileSync } from 'node:child_process';
import { dirname } from 'node:path';
import { expect, it } from 'vitest';
import { keyNumber, type Lab, live, must } from '../lab/index.js';
import { etcd35 } from '../prepare/tools.mjs';
import { type Ended, lastEvent } from './runback.js';
import { keysByMember, type Site } from './site.js';
import { withSite } from './with-site.js';

const KEYS = 300;

live('hosts without etcdctl and etcdutl, as kubeadm leaves them', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;

  withSite({ name: 'bare', etcd: '3.5', etcdTools: 'none' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
  });

  it('are backed up and verified with what lies beside the running etcd, and keep nothing of it', async () => {
    const tried = await lab
      .host('cp1')
      .run(['sh', '-c', 'command -v etcdctl || command -v etcdutl']);
    expect(tried.stdout).toBe('');
    snapshot = await site.backup();
    const verified = await site.run('verify.yml');
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
    expect(verified.stdout).toContain('"tool-elsewhere"');
    expect(await programsOnHosts()).toEqual([]);
  });

  it('have them taken away again when a restore goes back', async () => {
    const frozen = lab.host('cp3').path('/var/lib/etcd');
    await must(['chattr', '+i', frozen]);
    const onEvent = ({ type }: { readonly type: string }) => {
      if (type === 'rollback.started') execFileSync('chattr', ['-i', frozen]);
    };
    const words = ['playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
    const ended = await site.watched({ onEvent }, 'run', ...words);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(copied(ended)).toEqual([
      'cp1 changed',
      'cp1 undone',
      'cp2 changed',
      'cp2 undone',
      'cp3 changed',
      'cp3 undone',
    ]);
    expect((await programsOnHosts()).filter((path) => !path.includes('/trash/'))).toEqual([]);
    await lab.untilHealthy();
  });

  it('cannot be restored when nothing runs, and can with what is sent to them', async () => {
    const broken = await site.run('disaster.yml');
    expect(broken.code, broken.stdout + broken.stderr).toBe(0);
    const words = ['-e', `snapshot=${snapshot}`];
    const refused = await site.run('restore.yml', ...words);
    expect(refused.code).toBe(3);
    expect(refused.stdout).toContain('tool-missing');
    const folder = dirname((await etcd35()).etcdctl.path);
    const ended = await site.run('restore.yml', ...words, '-e', `etcd_tools=["${folder}"]`);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    expect(lastEvent(ended)).toMatchObject({ outcome: 'done', left: [] });
    const wanted = Array.from({ length: KEYS }, (_, number) => keyNumber(number)).sort();
    for (const [name, found] of await keysByMember(lab)) {
      expect(found.map(({ key }) => key).sort(), name).toEqual(wanted);
    }
  });

  /** Every copy of a program of etcd's that a run has put somewhere. */
  async function programsOnHosts(): Promise<readonly string[]> {
    const find = ['find', '/var/lib/runback', '-name', 'etcd*', '-type', 'f', '-perm', '-100'];
    const all = await Promise.all(lab.hosts.map((host) => host.run(find)));
    return all.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean));
  }

  function copied(ended: Ended): readonly string[] {
    const task = ended.events.find(({ name }) => name === 'Have the etcd programs at hand')?.task;
    return ended.events
      .filter((event) => event.type === 'step.finished' && event.task === task)
      .map(({ host, outcome }) => `${host} ${outcome}`)
      .sort();
  }
});
