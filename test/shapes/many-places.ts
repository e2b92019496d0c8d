import { expect } from 'vitest';
import type { Lab } from '../lab/index.js';
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
    await onThird(lab, 'chcon', '-R', LABEL, '/var/lib/etcd');
    await onThird(lab, 'chcon', '-R', WAL_LABEL, '/var/lib/etcd-wal/wal');
  },
  phases: [...PHASES, ...HALF_PAIR],
  alsoRestored: async ({ lab }) => {
    const snap = '/var/lib/etcd/member/snap';
    const data = await onThird(lab, 'stat', '-c', '%u:%g %a %C', '/var/lib/etcd', `${snap}/db`);
    expect(data).toBe(`994:992 700 ${LABEL}\n994:992 600 ${LABEL}\n`);
    const wal = '/var/lib/etcd-wal/wal';
    const first = `${wal}/0000000000000000-0000000000000000.wal`;
    const labels = await onThird(lab, 'stat', '-c', '%u:%g %C', wal, first);
    expect(labels).toBe(`994:992 ${WAL_LABEL}\n994:992 ${WAL_LABEL}\n`);
  },
};

async function onThird(lab: Lab, ...argv: readonly string[]): Promise<string> {
  const { code, stdout, stderr } = await lab.host('cp3').run(argv);
  expect(code, `${argv.join(' ')}: ${stderr}`).toBe(0);
  return stdout;
}
