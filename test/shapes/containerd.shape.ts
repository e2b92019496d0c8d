import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { type Lab, type LabHost, live, up } from '../lab/index.js';
import { untilTrue } from '../lab/until.js';
import { lastEvent, type RunEvent } from '../live/runback.js';
import { Site } from '../live/site.js';
import { wholeStory } from '../live/whole-story.js';

const MANIFESTS = '/etc/kubernetes/manifests';

live('pods in real containers', () => {
  let lab: Lab;
  let site: Site;

  beforeAll(async () => {
    lab = await up({ name: 'cont', runtime: 'containerd', etcd: '3.5', etcdTools: 'none' });
    site = new Site(lab);
  });

  afterAll(async () => {
    site?.close();
    await lab?.down();
  });

  it('are backed up, restored, taken back, and restored from nothing, with programs out of their image', () =>
    wholeStory(site, { keys: 600, generation: 'held', bump: 1_000_000_000 }));

  it('that hang are ended through crictl, and the restore goes on', async () => {
    const host = lab.host('cp2');
    const snapshot = await site.backup();
    await host.run([
      'sed',
      '-i',
      's/^spec:/spec:\\n  terminationGracePeriodSeconds: 600/',
      `${MANIFESTS}/etcd.yaml`,
    ]);
    await untilTrue(
      'an etcd with more grace',
      60_000,
      () => logOf(host).split('started kube-system_etcd').length > 2,
    );
    await lab.untilHealthy();
    let stopped = 0;
    const onEvent = ({ type, name }: RunEvent) => {
      if (type === 'task.started' && name === 'Prove that they are gone on every host') {
        stopped ||= host.signal('etcd', 'SIGSTOP');
      }
    };
    const words = [
      'playbooks/restore.yml',
      '--yes',
      '-e',
      `snapshot=${snapshot}`,
      '-e',
      'pods_end_after=10s',
    ];
    const ended = await site.watched({ onEvent }, 'run', ...words);
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
  });

  it('start no more once they are proved gone, however short their manifest was there', async () => {
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
  });

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
});

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
