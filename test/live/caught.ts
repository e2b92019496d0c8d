import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { LabHost, Trap } from '../lab/index.js';
import type { Ended, RunEvent, Watch } from './runback.js';
import type { Site } from './site.js';

const MANIFESTS = '/etc/kubernetes/manifests';

/** A moment of restore.yml, named by the program that is about to do it on one host. */
export interface Moment {
  readonly when: string;
  readonly task: string;
  readonly program: string;
  readonly words: string;
}

/** The moments of a restore at which a test cuts in, in their order. */
export const MOMENTS = {
  sending: {
    when: 'while the snapshot is sent',
    task: '3.7',
    program: 'mv',
    words: '-f -T -- */.snapshot.db.*.part */snapshot.db',
  },
  preparing: {
    when: 'while the new data directory is built',
    task: '3.8',
    program: 'etcdctl',
    words: 'snapshot restore *',
  },
  parking: {
    when: 'while the API server is parked',
    task: '4.1',
    program: 'mv',
    words: `-T -- ${MANIFESTS}/kube-apiserver.yaml *`,
  },
  parkingEtcd: {
    when: 'while etcd is parked',
    task: '5.',
    program: 'mv',
    words: `-T -- ${MANIFESTS}/etcd.yaml *`,
  },
  swapping: {
    when: 'between the two renames of the swap',
    task: '5.7',
    program: 'mv',
    words: '-T -- */etcd /var/lib/etcd',
  },
  starting: {
    when: 'between swap and start',
    task: '5.9',
    program: 'mv',
    words: `-T -- */etcd.yaml ${MANIFESTS}/etcd.yaml`,
  },
  final: {
    when: 'behind the point of no return',
    task: '6.1',
    program: 'mv',
    words: `-T -- */kube-apiserver.yaml ${MANIFESTS}/kube-apiserver.yaml`,
  },
} as const satisfies { readonly [name: string]: Moment };

/** A run that is under way, with one of its steps frozen in the middle. */
export interface Caught {
  readonly run: string;
  readonly pid: number;
  readonly trap: Trap;
  readonly ended: Promise<Ended>;
}

/** Starts a command of runback and waits until one host's step is caught: alive, begun and not ended. */
export async function runUntilCaught(
  site: Site,
  host: LabHost,
  moment: Moment,
  words: readonly string[],
  watch: Watch = {},
): Promise<Caught> {
  const trap = host.trap(moment.program, moment.words);
  const [verb = '', ...rest] = words;
  let [run, pid] = ['', 0];
  const ended = site.watched(
    {
      ...watch,
      onStarted: (started) => {
        pid = started;
      },
      onEvent: (event: RunEvent) => {
        if (event.type === 'run.started') run = event.run ?? '';
        watch.onEvent?.(event);
      },
    },
    verb,
    ...rest,
  );
  const early = ended.then((end) => {
    throw new Error(`it ended before the trap: ${end.code}\n${end.stdout}${end.stderr}`);
  });
  try {
    await Promise.race([trap.untilCaught(), early]);
  } catch (problem) {
    trap.remove();
    throw problem;
  }
  early.catch(() => {});
  return { run, pid, trap, ended };
}

/** Steps of a run that are in flight: by the host's own notes begun and without a receipt, and alive. */
export function stepsInFlight(site: Site, host: LabHost, run: string): readonly string[] {
  const steps = host.path(join('/var/lib/runback', site.lab.name, 'runs', run, 'steps'));
  if (!existsSync(steps)) return [];
  return readdirSync(steps).filter((id) => {
    const file = (name: string) => join(steps, id, name);
    const hasBegun = existsSync(file('start')) && readFileSync(file('start'), 'utf8') !== 'void\n';
    if (!hasBegun || existsSync(file('receipt'))) return false;
    const [pid] = readFileSync(file('who'), 'utf8').split(' ');
    return host.processes().some(({ pidInHost }) => pidInHost === Number(pid));
  });
}
