import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Lab, LabHost, Trap } from '../lab/index.js';
import type { RunEvent, Watch } from '../live/runback.js';

/** Where a restore can fail, and what makes it. */
export interface Phase {
  readonly when: string;
  readonly force: (lab: Lab, snapshot: string) => Promise<Forced>;
}

export interface Forced extends Watch {
  /** What the run must say, so that it failed where it was meant to. */
  readonly failure: object;
  /** Another snapshot than the shape's own. */
  readonly snapshot?: string;
  /** Called when the run has ended. */
  readonly mend: () => Promise<void>;
}

const MANIFESTS = '/etc/kubernetes/manifests';

/** A program of the last host fails once, just when it would do this; the others have done it by then, or not. */
export function breaking(when: string, programs: readonly string[], words: string): Phase {
  return {
    when,
    force: async (lab) => {
      const host = lastOf(lab);
      const traps = programs
        .filter((name) => host.has(name))
        .map((name) => host.breakOnce(name, words));
      return {
        failure: { kind: 'command-failed', host: host.name },
        mend: async () => removeAll(traps, host),
      };
    },
  };
}

/** A process with the name of a component that nobody stops: somebody's own, beside the pod. */
function lingering(name: string): Phase {
  return {
    when: `because ${name} cannot be proved to be gone`,
    force: async (lab) => {
      const host = lastOf(lab);
      const program = `/opt/lab/lingering/${name}`;
      const start = `mkdir -p /opt/lab/lingering && cp "$(command -v sleep)" ${program}`;
      await host.run([
        'sh',
        '-c',
        `${start} && setsid ${program} 600 </dev/null >/dev/null 2>&1 &`,
      ]);
      const end = async () => {
        for (const { pid, argv } of host.processes(name)) {
          if (argv[0] === program) process.kill(pid, 'SIGKILL');
        }
      };
      return { failure: { code: 'not-gone', host: host.name }, mend: end };
    },
  };
}

const withoutQuorum: Phase = {
  when: 'because there is no quorum',
  force: async (lab) => {
    const host = lastOf(lab);
    const ports = [...new Set(lab.hosts.flatMap((one) => [one.ports.client, one.ports.peer]))];
    let done: Promise<void> | undefined;
    return {
      onEvent: ({ type, name, host: at }: RunEvent) => {
        const isStart = type === 'step.finished' && name === 'Start etcd on every member';
        // Once: going back tells of the same step again.
        if (isStart && at === lab.hosts[0]?.name) done ??= host.blockPorts(ports);
        if (type === 'rollback.started') done = done?.then(() => host.unblockPorts());
      },
      failure: { code: 'no-quorum' },
      mend: async () => {
        if (done === undefined) throw new Error('etcd was never started');
        await done;
      },
    };
  },
};

const otherContent: Phase = {
  when: 'because the content is not the backup’s',
  force: async (_lab, snapshot) => {
    const directory = mkdtempSync(join(tmpdir(), 'runback-other-'));
    const other = join(directory, 'snapshot.db');
    cpSync(snapshot, other);
    const record = JSON.parse(readFileSync(`${snapshot}.record.json`, 'utf8'));
    record.snapshot.content_sha256 = 'f'.repeat(64);
    writeFileSync(`${other}.record.json`, JSON.stringify(record), { mode: 0o600 });
    return {
      snapshot: other,
      failure: { code: 'content-differs' },
      mend: async () => rmSync(directory, { recursive: true }),
    };
  },
};

/** Every phase of a restore of static pods, in its order. */
export const PHASES: readonly Phase[] = [
  breaking('while the new data are built', ['etcdutl', 'etcdctl'], 'snapshot restore *'),
  breaking('while an API server is parked', ['mv'], `-T -- ${MANIFESTS}/kube-apiserver.yaml *`),
  breaking('while etcd is parked', ['mv'], `-T -- ${MANIFESTS}/etcd.yaml *`),
  lingering('etcd'),
  breaking('while the old data are put aside', ['mv'], '-T -- /* */etcd.before*'),
  // Neither back again nor a mark beside it: the built one, into its place.
  breaking(
    'while the new data come into their place',
    ['mv'],
    '-T -- *Z-*/etcd /*|-T -- *Z-*/etcd/member* /*',
  ),
  breaking('while etcd is started', ['mv'], `-T -- */etcd.yaml ${MANIFESTS}/etcd.yaml`),
  withoutQuorum,
  otherContent,
];

/** Between data and WAL: where there is a WAL of its own. */
export const HALF_PAIR: readonly Phase[] = [
  breaking('between the old data and the old WAL', ['mv'], '-T -- /* */wal.before*'),
  breaking('between the new WAL and the new data', ['mv'], '-T -- *Z-*/wal /*|-T -- *Z-*/wal/* /*'),
];

function lastOf(lab: Lab): LabHost {
  const host = lab.hosts.at(-1);
  if (host === undefined) throw new Error('a lab without hosts');
  return host;
}

function removeAll(traps: readonly Trap[], { name }: LabHost): void {
  const wereSprung = traps.some((trap) => trap.isSprung());
  for (const trap of traps) trap.remove();
  if (!wereSprung) throw new Error(`on ${name} nothing was broken`);
}
