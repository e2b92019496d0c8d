import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { keyNumber, type Lab, live, must, valueNumber } from '../lab/index.js';
import { othersOf, startOther } from './other-etcd.js';
import { lastEvent } from './runback.js';
import { keysByMember, type Site } from './site.js';
import { withSite } from './with-site.js';

const DATA = '/var/lib/etcd';
const KEYS = 300;

live('etcd from a unit of systemd, on hosts of its own', () => {
  let lab: Lab;
  let site: Site;
  let snapshot: string;
  let backedUp: readonly string[];
  /** Etcds for events beside the members, as kubespray has them: nobody's business here. */
  let others: readonly string[];

  withSite({ name: 'external', topology: 'external' }, async (made) => {
    ({ lab, site } = made);
    await lab.members.put(KEYS);
    await startOther(lab.host('e1'), 'words');
    await startOther(lab.host('e2'), 'environment');
    others = othersOf(lab);
    expect(others).toHaveLength(2);
    snapshot = await site.backup();
    backedUp = (await lab.members.allKeys('e1')).map(({ key }) => key);
    await lab.members.write('/registry/pods/late/comer', 'must be gone');
  });

  it('is backed up with all that its members are started from', () => {
    const { hosts } = JSON.parse(readFileSync(`${snapshot}.record.json`, 'utf8'));
    const files = Object.fromEntries(
      hosts.map(({ name, manifests }: { name: string; manifests: object }) => [
        name,
        Object.keys(manifests).sort(),
      ]),
    );
    const pods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
    const unit = ['/etc/etcd.env', '/etc/systemd/system/etcd.service'];
    expect(files).toEqual({ e1: unit, e2: unit, e3: unit, cp1: pods, cp2: pods });
  });

  it('goes back when one host cannot swap: every unit and every API server runs as before', async () => {
    const old = await lab.members.status('e1');
    const before = await units();
    const frozen = lab.host('e3').path(DATA);
    await must(['chattr', '+i', frozen]);
    const onEvent = ({ type }: { readonly type: string }) => {
      if (type === 'rollback.started') execFileSync('chattr', ['-i', frozen]);
    };
    site.closeEyes();
    const words = ['playbooks/restore.yml', '--yes', '-e', `snapshot=${snapshot}`];
    const ended = await site.watched({ onEvent }, 'run', ...words);
    expect(ended.code, ended.stdout + ended.stderr).toBe(4);
    expect(lastEvent(ended)).toMatchObject({ outcome: 'rolled-back', left: [] });
    const swaps = ended.events.filter(({ name }) => name === 'Swap the data directories');
    expect(swaps.map(({ outcome }) => outcome)).toEqual(
      expect.arrayContaining(['changed', 'failed']),
    );
    await lab.untilHealthy();
    await lab.untilReady();
    expect(await units()).toEqual(before);
    expect(othersOf(lab)).toEqual(others);
    expect((await lab.members.status('e1')).clusterId).toBe(old.clusterId);
    expect(await lab.members.read('/registry/pods/late/comer')).toBe('must be gone');
  });

  it('is restored, as the user etcd, and proved by verify', async () => {
    // The lab's own eyes are a client that no inventory names.
    const refused = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(JSON.stringify(lastEvent(refused).failure)).toContain('unknown-client (e1');
    site.closeEyes();
    const ended = await site.run('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(ended.code, ended.stdout + ended.stderr).toBe(0);
    for (const [name, keys] of await keysByMember(lab)) {
      expect(
        keys.map(({ key }) => key),
        name,
      ).toEqual(backedUp);
      for (let number = 0; number < KEYS; number++) {
        const found = keys.find((one) => one.key === keyNumber(number));
        expect(found?.value, `${name} ${keyNumber(number)}`).toBe(valueNumber(number, 'first'));
      }
    }
    for (const host of lab.etcdHosts) {
      const { stdout } = await host.run(['stat', '-c', '%U %a', DATA, `${DATA}/member/snap/db`]);
      expect(stdout, host.name).toBe('etcd 700\netcd 600\n');
    }
    expect(othersOf(lab)).toEqual(others);
    await lab.untilReady();
    site.closeEyes();
    const verified = await site.run('verify.yml', '-e', `compare_with=["${snapshot}"]`);
    expect(verified.code, verified.stdout + verified.stderr).toBe(0);
  });

  it('is stopped and started by its units, can be restored meanwhile, and only the others run on', async () => {
    const before = await units();
    const stopped = await site.run('stop-control-plane.yml');
    expect(stopped.code, stopped.stdout + stopped.stderr).toBe(0);
    for (const unit of await units()) expect(unit).toMatch(/^(e\d|cp\d) .*inactive.* $/);
    expect(othersOf(lab)).toEqual(others);
    const planned = await site.plan('restore.yml', '-e', `snapshot=${snapshot}`);
    expect(planned.code, planned.stdout + planned.stderr).toBe(0);
    const started = await site.run('start-control-plane.yml');
    expect(started.code, started.stdout + started.stderr).toBe(0);
    await lab.untilHealthy();
    await lab.untilReady();
    expect(await units()).toEqual(before);
    expect(othersOf(lab)).toEqual(others);
  });

  /** By host: what systemd says of etcd, and which API servers run. */
  async function units(): Promise<readonly string[]> {
    return Promise.all(
      lab.hosts.map(async (host) => {
        const show = ['systemctl', 'show', '-p', 'ActiveState', '-p', 'UnitFileState', 'etcd'];
        const { stdout } = await host.run(show);
        const pods = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
        const running = pods.filter((pod) => host.processes(pod).length > 0);
        return `${host.name} ${stdout.trim().split('\n').join(' ')} ${running.join(' ')}`;
      }),
    );
  }
});
