import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { type LabHost, untilTrue } from '../lab/index.js';
import { lastEvent, type RunEvent } from '../live/runback.js';
import type { Site } from '../live/site.js';
import { BUILDING, MARKING, PHASES } from './phases.js';
import { shape } from './shape.js';

const MANIFESTS = '/etc/kubernetes/manifests';

shape('containerd', {
  is: 'pods in real containers, and no etcdctl and etcdutl but those in etcd’s image',
  lab: { runtime: 'containerd', etcd: '3.5', etcdTools: 'none' },
  // The restoring program lies in the run's own place, where nobody can set a trap beforehand.
  phases: PHASES.map((phase) => (phase === BUILDING ? MARKING : phase)),
  cases: {
    'ends pods that hang through crictl, and the restore goes on': endsWhatHangs,
    'starts no pod once it is proved gone, however short its manifest was there': startsNoMore,
  },
});

async function endsWhatHangs(site: Site, snapshot: string): Promise<void> {
  const { lab } = site;
  const host = lab.host('cp2');
  const grace = 's/^spec:/spec:\\n  terminationGracePeriodSeconds: 600/';
  await host.run(['sed', '-i', grace, `${MANIFESTS}/etcd.yaml`]);
  const starts = () => logOf(host).split('started kube-system_etcd').length;
  const before = starts();
  await untilTrue('an etcd with more grace', 60_000, () => starts() > before);
  await lab.untilHealthy();
  let stopped = 0;
  const onEvent = ({ type, name }: RunEvent) => {
    if (type === 'task.started' && name === 'Prove that they are gone on every host') {
      stopped ||= host.signal('etcd', 'SIGSTOP');
    }
  };
  const words = ['-e', `snapshot=${snapshot}`, '-e', 'pods_end_after=10s'];
  const ended = await site.watched({ onEvent }, 'run', 'playbooks/restore.yml', '--yes', ...words);
  expect(ended.code, ended.stdout + ended.stderr).toBe(0);
  expect(stopped).toBe(1);
  const gone = ended.events.filter(
    (event) =>
      event.type === 'step.finished' &&
      event.outcome === 'changed' &&
      /gone/.test(String(event.name)),
  );
  expect(gone.map(({ host: at }) => at)).toEqual(['cp2']);
  expect(lastEvent(ended)).toMatchObject({ outcome: 'done', left: [] });
  await lab.untilReady();
}

async function startsNoMore(site: Site): Promise<void> {
  const { lab } = site;
  const host = lab.host('cp3');
  writeFileSync(join(site.directory, 'playbooks/gone.yml'), GONE);
  for (let round = 0; round < 5; round++) {
    await host.run(['sh', '-c', `mkdir -p /root/aside; mv ${MANIFESTS}/etcd.yaml /root/aside/`]);
    await untilTrue('an end of etcd', 60_000, () => host.processes('etcd').length === 0);
    await host.run(['mv', '/root/aside/etcd.yaml', `${MANIFESTS}/etcd.yaml`]);
    const proved = await site.run('gone.yml', '--limit', 'cp3');
    expect(proved.code, proved.stdout + proved.stderr).toBe(0);
    const then = await etcdsOf(host);
    await aRoundOfTheKubelet(host);
    expect(await etcdsOf(host)).toEqual(then);
    expect(host.processes('etcd')).toEqual([]);
    await host.run(['sh', '-c', `mv /etc/kubernetes/runback/*/etcd.yaml ${MANIFESTS}/`]);
    await lab.untilHealthy();
  }
}

/** Every container of etcd's that the runtime knows, ended ones too. */
async function etcdsOf(host: LabHost): Promise<string> {
  const { stdout } = await host.run(['crictl', 'ps', '-a', '-q', '--name', '^etcd$']);
  return stdout;
}

/** What the kubelet was about to do when it is asked for something else is done when that is. */
async function aRoundOfTheKubelet(host: LabHost): Promise<void> {
  const scheduler = `${MANIFESTS}/kube-scheduler.yaml`;
  const starts = () => logOf(host).split('started kube-system_kube-scheduler').length;
  const before = starts();
  await host.run(['sh', '-c', `echo '# changed' >> ${scheduler}`]);
  await untilTrue('another scheduler', 60_000, () => starts() > before);
}

function logOf(host: LabHost): string {
  return host.log('kubelet');
}

const GONE = `
name: Gone
plays:
  - name: Park
    hosts: etcd
    become: true
    tasks:
      - name: Park
        static_pods:
          state: parked
          pods: [etcd]
          manifests_dir: ${MANIFESTS}
          parked_dir: /etc/kubernetes/runback/\${{ run.id }}
      - name: Prove
        static_pods_gone:
          pods: [etcd]
          manifests_dir: ${MANIFESTS}
          parked_dir: /etc/kubernetes/runback/\${{ run.id }}
`;
