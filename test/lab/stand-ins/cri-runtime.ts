import { mkdirSync } from 'node:fs';
import { hostname } from 'node:os';
import { makeSource } from './container.js';
import { type Container, type Cri, containers, type Sandbox, sandboxes } from './cri.js';
import type { StaticPod } from './manifest.js';
import type { RunningPod, Runtime } from './runtime.js';

/** As the real kubelet's relist: an end that it did not ask for is noticed within this. */
const LOOK_MS = 1_000;
/** What has ended stays to be looked at for a while. The real kubelet's collection: minutes. */
const COLLECT_MS = 20_000;
const COMPONENTS = '/opt/lab/components';
const LOGS = '/var/log/pods';
/** Where the pod itself is kept, for the kubelet that adopts it. The real one has other annotations. */
const POD = 'runback-lab/pod';

/**
 * Pods under a real container runtime, through its CRI, with the kubelet's own names and labels. A sandbox
 * is used again for the next container of the same pod; ended ones are collected later.
 */
export function criRuntime(cri: Cri, cgroup: string, say: (line: string) => void): Runtime {
  const exits = new Map<string, () => void>();
  const exited = (id: string) => {
    const onExit = exits.get(id);
    exits.delete(id);
    onExit?.();
  };
  const ending = new Set<string>();
  // One thing after the other for each pod: a sandbox that is being stopped is not used again.
  const inTurn = inTurnByName();
  const trouble = (problem: unknown) => say(`the container runtime: ${String(problem)}`);
  setInterval(() => void look(cri, exits, ending, exited).catch(trouble), LOOK_MS);
  setInterval(() => void collect(cri, exits).catch(trouble), COLLECT_MS);
  return {
    start: (pod, onExit) =>
      inTurn(pod.uid, async () => {
        for (const mount of pod.mounts) makeSource(mount);
        const config = sandboxConfig(pod, cgroup, await attemptOf(cri, pod));
        const sandbox = await readySandbox(cri, pod, config);
        const id = await createContainer(cri, pod, sandbox, config);
        exits.set(id, onExit);
        await cri.call('StartContainer', { containerId: id });
        return containerOf(cri, pod, { id, sandbox }, { exited, trouble, ending });
      }),
    clear(pod) {
      void inTurn(pod.uid, () => stopSandboxes(cri, pod)).catch(trouble);
    },
    async adopt(found) {
      const running = await containers(cri, { state: { state: 'CONTAINER_RUNNING' } });
      for (const one of running) {
        const text = one.annotations[POD];
        if (text === undefined) continue;
        const pod = JSON.parse(text) as StaticPod;
        const worker = found(pod);
        exits.set(one.id, worker.exited);
        const ids = { id: one.id, sandbox: one.podSandboxId };
        worker.ran(containerOf(cri, pod, ids, { exited, trouble, ending }));
      }
    },
  };
}

interface Watching {
  readonly exited: (id: string) => void;
  readonly trouble: (problem: unknown) => void;
  /** Containers that the kubelet itself is ending: their end is told by who ends them. */
  readonly ending: Set<string>;
}

function containerOf(
  cri: Cri,
  pod: StaticPod,
  { id, sandbox }: { id: string; sandbox: string },
  { exited, trouble, ending }: Watching,
): RunningPod {
  const stop = async () => {
    ending.add(id);
    try {
      const timeout = String(pod.gracePeriodMs / 1_000);
      await cri.call('StopContainer', { containerId: id, timeout }, 3_600_000);
      await cri.call('StopPodSandbox', { podSandboxId: sandbox }, 60_000);
      exited(id);
    } finally {
      // Somebody else may have taken it away meanwhile: then the next look tells its end.
      ending.delete(id);
    }
  };
  return { what: `container ${id.slice(0, 13)}`, end: () => void stop().catch(trouble) };
}

/** The kubelet is told of no end: it looks. */
async function look(
  cri: Cri,
  exits: ReadonlyMap<string, () => void>,
  ending: ReadonlySet<string>,
  exited: (id: string) => void,
) {
  const known = [...exits.keys()].filter((id) => !ending.has(id));
  if (known.length === 0) return;
  const alive = (await containers(cri)).filter(({ state }) => state !== 'CONTAINER_EXITED');
  for (const id of known) if (!alive.some((one) => one.id === id)) exited(id);
}

/** Sandboxes that nothing runs in go, with what ended in them. */
async function collect(cri: Cri, exits: Map<string, () => void>): Promise<void> {
  const all = await containers(cri);
  for (const sandbox of await sandboxes(cri, { state: { state: 'SANDBOX_NOTREADY' } })) {
    const inside = all.filter((one) => one.podSandboxId === sandbox.id);
    if (inside.some(({ id, state }) => exits.has(id) || state === 'CONTAINER_RUNNING')) continue;
    await cri.call('RemovePodSandbox', { podSandboxId: sandbox.id });
  }
}

async function readySandbox(cri: Cri, pod: StaticPod, config: object): Promise<string> {
  const ready = (await sandboxesOf(cri, pod)).find(({ state }) => state === 'SANDBOX_READY');
  if (ready !== undefined) return ready.id;
  mkdirSync(logsOf(pod), { recursive: true });
  const answer = await cri.call<{ podSandboxId: string }>('RunPodSandbox', { config }, 60_000);
  return answer.podSandboxId;
}

async function stopSandboxes(cri: Cri, pod: StaticPod): Promise<void> {
  for (const { id, state } of await sandboxesOf(cri, pod)) {
    if (state !== 'SANDBOX_READY') continue;
    await cri.call('StopPodSandbox', { podSandboxId: id }, 60_000);
  }
}

function inTurnByName() {
  const last = new Map<string, Promise<unknown>>();
  return <T>(name: string, work: () => Promise<T>): Promise<T> => {
    const mine = (last.get(name) ?? Promise.resolve()).then(work, work);
    last.set(name, mine);
    return mine;
  };
}

function sandboxesOf(cri: Cri, pod: StaticPod): Promise<readonly Sandbox[]> {
  return sandboxes(cri, { labelSelector: { 'io.kubernetes.pod.uid': pod.uid } });
}

async function attemptOf(cri: Cri, pod: StaticPod): Promise<number> {
  const earlier = (await sandboxesOf(cri, pod)).map(({ metadata }) => metadata.attempt);
  return earlier.length === 0 ? 0 : Math.max(...earlier) + 1;
}

async function createContainer(
  cri: Cri,
  pod: StaticPod,
  sandbox: string,
  sandboxConfig: object,
): Promise<string> {
  const earlier = (await containers(cri, { podSandboxId: sandbox })) as readonly Container[];
  const attempt = earlier.length;
  mkdirSync(`${logsOf(pod)}/${pod.container}`, { recursive: true });
  const { containerId } = await cri.call<{ containerId: string }>('CreateContainer', {
    podSandboxId: sandbox,
    config: containerConfig(pod, attempt),
    sandboxConfig,
  });
  return containerId;
}

function sandboxConfig(pod: StaticPod, cgroup: string, attempt: number) {
  return {
    metadata: { name: nameOf(pod), uid: pod.uid, namespace: pod.namespace, attempt },
    logDirectory: logsOf(pod),
    labels: { ...pod.labels, ...labelsOf(pod) },
    annotations: {
      ...pod.annotations,
      'kubernetes.io/config.hash': pod.uid,
      'kubernetes.io/config.source': 'file',
    },
    linux: {
      cgroupParent: `${cgroup}/kubepods/burstable/pod${pod.uid}`,
      securityContext: { namespaceOptions: NAMESPACES, seccomp: UNCONFINED },
    },
  };
}

function containerConfig(pod: StaticPod, attempt: number) {
  const { command, mounts } = programOf(pod);
  return {
    metadata: { name: pod.container, attempt },
    image: { image: pod.image },
    command,
    mounts: mounts.map(({ hostPath, mountPath, readOnly }) => ({
      hostPath,
      containerPath: mountPath,
      readonly: readOnly,
    })),
    labels: { ...labelsOf(pod), 'io.kubernetes.container.name': pod.container },
    annotations: {
      'io.kubernetes.container.restartCount': String(attempt),
      'io.kubernetes.pod.terminationGracePeriod': String(pod.gracePeriodMs / 1_000),
      [POD]: JSON.stringify(pod),
    },
    logPath: `${pod.container}/${attempt}.log`,
    linux: {
      resources: { cpuShares: '102' },
      securityContext: {
        namespaceOptions: NAMESPACES,
        seccomp: UNCONFINED,
        ...(pod.uidNumber === undefined
          ? {}
          : {
              runAsUser: { value: String(pod.uidNumber) },
              runAsGroup: { value: String(pod.uidNumber) },
            }),
      },
    },
  };
}

/** The machine's kernel may lack what a default profile wants; nothing here is kept in by it. */
const UNCONFINED = { profileType: 'Unconfined' };
/** hostNetwork: true, as all static pods of kubeadm. */
const NAMESPACES = { network: 'NODE', pid: 'CONTAINER', ipc: 'POD' };

/** What is played has no image of its own: the program comes in through a mount of the host's. */
function programOf(pod: StaticPod) {
  const mounts = pod.mounts.map((mount) => ({ ...mount, readOnly: false }));
  const [name = '', ...argv] = pod.command;
  if (name === 'etcd') return { command: pod.command, mounts };
  const play = [`${COMPONENTS}/${name}`, `${COMPONENTS}/${name}-stand-in.cjs`, ...argv];
  const lab = { hostPath: '/opt/lab', mountPath: '/opt/lab', readOnly: true };
  return { command: play, mounts: [...mounts, lab] };
}

function labelsOf(pod: StaticPod) {
  return {
    'io.kubernetes.pod.name': nameOf(pod),
    'io.kubernetes.pod.namespace': pod.namespace,
    'io.kubernetes.pod.uid': pod.uid,
  };
}

/** A static pod is called after its node as well. */
function nameOf(pod: StaticPod): string {
  return `${pod.name}-${hostname()}`;
}

function logsOf(pod: StaticPod): string {
  return `${LOGS}/${pod.namespace}_${nameOf(pod)}_${pod.uid}`;
}
