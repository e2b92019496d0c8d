import { readFileSync, writeFileSync } from 'node:fs';
import { type Lab, untilTrue } from '../lab/index.js';
import { MANY_PLACES } from './many-places.js';
import { HALF_PAIR, PHASES } from './phases.js';
import { shape } from './shape.js';

const MANIFEST = '/etc/kubernetes/manifests/etcd.yaml';
const STOPPED_MS_MAX = 40_000;

shape('places', MANY_PLACES);

shape('walmount', {
  is: 'member/wal a link; --wal-dir a mount point itself; member/wal a mount point in a data directory that is one',
  lab: { etcd: '3.5', hosts: { cp2: { wal: 'directory' }, cp3: { data: 'mount' } } },
  prepare: async (lab) => {
    const disk = 'mkdir -p /opt/disks/wal/lost+found';
    const [link, flag, own] = [
      '/opt/data/wal',
      '/var/lib/etcd-wal/wal',
      '/var/lib/etcd/member/wal',
    ];
    await whileStopped(
      lab,
      'cp1',
      `mkdir -p /opt/data; mv ${own} ${link}; ln -s ${link} ${own}`,
      (text) => withVolume(text, link),
    );
    for (const [host, path] of [
      ['cp2', flag],
      ['cp3', own],
    ] as const) {
      // As people do who give a WAL a disk when it is there already: etcd itself cannot begin in a mount point.
      const move = `mv ${path}/* /opt/disks/wal; mount --bind /opt/disks/wal ${path}`;
      await whileStopped(lab, host, `${disk}; ${move}`);
    }
  },
  phases: [...PHASES, ...HALF_PAIR],
  // The link is gone with cp1's data directory, and the record knows of it.
  fromNothing: ['--accept', 'layout-differs'],
});

/** Changes something about a member's files, and perhaps its manifest, while its etcd is stopped. */
async function whileStopped(
  lab: Lab,
  name: string,
  script: string,
  edit: (manifest: string) => string = (text) => text,
): Promise<void> {
  const host = lab.host(name);
  const parked = '/root/etcd.yaml';
  await host.run(['mv', MANIFEST, parked]);
  await untilTrue(
    `the end of etcd on ${name}`,
    STOPPED_MS_MAX,
    () => host.processes('etcd').length === 0,
  );
  const done = await host.run(['sh', '-ec', script]);
  if (done.code !== 0) throw new Error(`${name}: ${script}: ${done.stderr}`);
  writeFileSync(host.path(parked), edit(readFileSync(host.path(parked), 'utf8')));
  await host.run(['mv', parked, MANIFEST]);
  await lab.untilHealthy();
}

/** The manifest with a hostPath volume that the container sees under the host's own path. */
function withVolume(manifest: string, path: string): string {
  return manifest
    .replace(
      '    volumeMounts:\n',
      `    volumeMounts:\n    - mountPath: ${path}\n      name: wal\n`,
    )
    .replace(
      '  volumes:\n',
      `  volumes:\n  - hostPath:\n      path: ${path}\n      type: DirectoryOrCreate\n    name: wal\n`,
    );
}
