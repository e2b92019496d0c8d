import { expect } from 'vitest';
import type { Lab } from '../lab/index.js';
import { lastEvent } from '../live/runback.js';
import { HALF_PAIR, PHASES } from './phases.js';
import type { Shape } from './shape.js';

/** No policy is asked: a kernel without SELinux keeps the attribute like any other. */
const LABEL = 'system_u:object_r:container_file_t:s0:c1,c2';
const WAL_LABEL = 'system_u:object_r:var_lib_t:s0';

/** As many places for data as three hosts can have; CI tells a part of its story. */
export const MANY_PLACES: Shape = {
  is: 'a mount point; a link and a WAL on a disk of its own; another owner, labels, other ports and a WAL directory',
  lab: {
    hosts: {
      cp1: { data: 'mount' },
      cp2: { data: 'link', wal: 'mount' },
      cp3: {
        owner: { uid: 994, gid: 992 },
        ports: { client: 12379, peer: 12380, metrics: 12381, apiserver: 16443 },
        wal: 'directory',
      },
    },
  },
  prepare: async (lab) => {
    await on(lab, 'cp3', 'chcon', '-R', LABEL, '/var/lib/etcd');
    await on(lab, 'cp3', 'chcon', '-R', WAL_LABEL, '/var/lib/etcd-wal/wal');
  },
  phases: [...PHASES, ...HALF_PAIR],
  whenBroken: async (site, snapshot) => {
    // A reboot behind which the disk was not mounted.
    await on(site.lab, 'cp1', 'umount', '/var/lib/etcd');
    const looked = await site.run('preflight.yml', '-e', `snapshot=["${snapshot}"]`);
    await on(site.lab, 'cp1', 'mount', '--bind', '/opt/disks/etcd', '/var/lib/etcd');
    expect(looked.code, looked.stdout + looked.stderr).toBe(3);
    expect(lastEvent(looked).failure).toMatchObject({
      message: 'one error stands in the way: layout-differs (cp1)',
    });
  },
  alsoRestored: async ({ lab }) => {
    const snap = '/var/lib/etcd/member/snap';
    const data = await on(lab, 'cp3', 'stat', '-c', '%u:%g %a %C', '/var/lib/etcd', `${snap}/db`);
    expect(data).toBe(`994:992 700 ${LABEL}\n994:992 600 ${LABEL}\n`);
    const wal = '/var/lib/etcd-wal/wal';
    const first = `${wal}/0000000000000000-0000000000000000.wal`;
    const labels = await on(lab, 'cp3', 'stat', '-c', '%u:%g %C', wal, first);
    expect(labels).toBe(`994:992 ${WAL_LABEL}\n994:992 ${WAL_LABEL}\n`);
  },
};

async function on(lab: Lab, name: string, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.host(name).run(argv);
  expect(code, `${argv.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}
