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

/** The last host that has this of a control plane: the others have done their part by then, or not. */
type Part = 'member' | 'API server';

/** A program of the last host fails once, just when it would do this. */
export function breaking(
  when: string,
  programs: readonly string[],
  words: string,
  of: Part = 'member',
): Phase {
  return {
    when,
    force: async (lab) => {
      const host = lastOf(lab, of);
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

/**
 * A process with the name of a component that nobody stops: somebody's own, beside the real one. `until` it is seen
 * that it stays, or to the end: a kubelet is given its time to end it before it is told the opposite.
 */
function lingering(name: string, of: Part, until: 'rollback' | 'end'): Phase {
  return {
    when: `because ${name} cannot be proved to be gone`,
    force: async (lab) => {
      const host = lastOf(lab, of);
      const program = `/opt/lab/lingering/${name}`;
      const start = `mkdir -p /opt/lab/lingering && cp "$(command -v sleep)" ${program}`;
      await host.run([
        'sh',
        '-c',
        `${start} && setsid ${program} 600 </dev/null >/dev/null 2>&1 &`,
      ]);
      const end = () => {
        for (const { pid, argv } of host.processes(name)) {
          if (argv[0] === program) process.kill(pid, 'SIGKILL');
        }
      };
      return {
        onEvent: ({ type }: RunEvent) => {
          if (type === 'rollback.started' && until === 'rollback') end();
        },
        failure: { code: 'not-gone', host: host.name },
        mend: async () => end(),
      };
    },
  };
}

const withoutQuorum: Phase = {
  when: 'because there is no quorum',
  force: async (lab) => {
    const host = lastOf(lab, 'member');
    const ports = [...new Set(lab.etcdHosts.flatMap((one) => [one.ports.client, one.ports.peer]))];
    let done: Promise<void> | undefined;
    return {
      onEvent: ({ type, name, host: at }: RunEvent) => {
        const isStart = type === 'step.finished' && name === 'Start etcd on every member';
        // Once: going back tells of the same step again.
        if (isStart && at === lab.etcdHosts[0]?.name) done ??= host.blockPorts(ports);
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

export const BUILDING = breaking(
  'while the new data are built',
  ['etcdutl', 'etcdctl'],
  'snapshot restore *',
);

/** The data are built, and nothing says so yet. */
export const MARKING = breaking(
  'when the new data are built, and not marked as whole',
  ['mv'],
  '-T -- *.restoring *.restored',
);

/** How a restore can fail as long as the cluster still serves, until its API servers are gone. */
const BEFORE_STOP: readonly Phase[] = [
  BUILDING,
  breaking(
    'while an API server is parked',
    ['mv'],
    `-T -- ${MANIFESTS}/kube-apiserver.yaml *`,
    'API server',
  ),
  lingering('kube-apiserver', 'API server', 'rollback'),
];

const SWAP: readonly Phase[] = [
  lingering('etcd', 'member', 'end'),
  breaking('while the old data are put aside', ['mv'], '-T -- /* */etcd.before*'),
  // Neither back again nor a mark beside it: the built one, into its place.
  breaking(
    'while the new data come into their place',
    ['mv'],
    '-T -- *Z-*/etcd /*|-T -- *Z-*/etcd/member* /*',
  ),
];

/** Every phase of a restore of static pods, in its order. */
export const PHASES: readonly Phase[] = [
  ...BEFORE_STOP,
  breaking('while etcd is parked', ['mv'], `-T -- ${MANIFESTS}/etcd.yaml *`),
  ...SWAP,
  breaking('while etcd is started', ['mv'], `-T -- */etcd.yaml ${MANIFESTS}/etcd.yaml`),
  withoutQuorum,
  otherContent,
];

/** The same where etcd runs from a unit of systemd. */
export const UNIT_PHASES: readonly Phase[] = [
  ...BEFORE_STOP,
  breaking('while the unit is stopped', ['systemctl'], 'stop etcd*'),
  ...SWAP,
  breaking('while the unit is started', ['systemctl'], '--no-block start etcd*'),
  withoutQuorum,
  otherContent,
];

/** Between data and WAL: where there is a WAL of its own. */
export const HALF_PAIR: readonly Phase[] = [
  breaking('between the old data and the old WAL', ['mv'], '-T -- /* */wal.before*'),
  breaking('between the new WAL and the new data', ['mv'], '-T -- *Z-*/wal /*|-T -- *Z-*/wal/* /*'),
];

function lastOf(lab: Lab, of: Part): LabHost {
  const host = (of === 'member' ? lab.etcdHosts : lab.apiHosts).at(-1);
  if (host === undefined) throw new Error('a lab without hosts');
  return host;
}

function removeAll(traps: readonly Trap[], { name }: LabHost): void {
  const wereSprung = traps.some((trap) => trap.isSprung());
  for (const trap of traps) trap.remove();
  if (!wereSprung) throw new Error(`on ${name} nothing was broken`);
}
