import Type, { type Static } from 'typebox';
import type { Change } from '../core/change.js';
import type { EvidenceKind } from '../core/evidence.js';
import { type Failure, refused } from '../core/failure.js';
import { isWithin, join } from '../core/host-path.js';
import type { Json } from '../core/json.js';
import { defineModule } from '../core/module.js';
import type { Resource } from '../core/resource.js';
import { err, ok, type Result } from '../core/result.js';
import { argumentsOf, duration, hostPath, milliseconds } from './arguments.js';
import { RecordedFile } from './etcd/record.js';
import { type SeenPod, seePods } from './etcd/static-pod.js';

const args = argumentsOf({
  state: Type.Union([Type.Literal('parked'), Type.Literal('running')], {
    description: 'parked: out of the kubelet’s folder. running: in it, and up.',
  }),
  pods: Type.Array(Type.String({ pattern: '^[a-z0-9.-]+$' }), {
    description: 'Names without `.yaml`, as they are in the folder.',
  }),
  manifests_dir: hostPath('The kubelet’s folder of static pods.'),
  parked_dir: hostPath('Where they are parked: on the same mount, outside that folder.'),
  copies: Type.Optional(
    Type.Array(hostPath('POD stands for the name: /tmp/POD.yaml.bak'), {
      description: 'Where somebody else may have moved them; they are copied from there.',
    }),
  ),
  recorded: Type.Optional(
    Type.Record(Type.String(), RecordedFile, {
      description: 'The backup’s own copies, for manifests that are nowhere any more.',
    }),
  ),
  within: duration('How long they may take to come up. Default: 2m.'),
  needs: Type.Optional(
    Type.Array(Type.String(), { description: 'Proofs that must hold first: [swapped].' }),
  ),
});

type Args = Static<typeof args>;

interface Before {
  readonly pods: readonly SeenPod[];
  readonly sameMount: boolean;
  readonly [key: string]: Json;
}

/**
 * A static pod runs while its manifest lies in the kubelet's folder: parking is one rename, and coming
 * back another. Only the named manifests are touched: a VIP or a CNI may live there too.
 */
export const staticPods = defineModule({
  name: 'static_pods',
  summary:
    'Moves manifests of static pods out of the kubelet’s folder, or back, and waits until they run.',
  place: 'host',
  args,
  result: Type.Object({ pods: Type.Array(Type.String()) }),
  readOnly: false,
  needs: (written) => (written as { needs?: EvidenceKind[] }).needs ?? [],
  downtime: (written) => ((written as { state?: string }).state === 'parked' ? 'starts' : null),
  mayAlter: (given) => [
    { kind: 'path', path: given.parked_dir },
    ...given.pods.flatMap((pod): readonly Resource[] => [
      { kind: 'path', path: inManifests(given, pod) },
      ...effectsOf(pod),
    ]),
  ],
  repeatable: true,
  undo: { kind: 'derived', settle: (given, before: Before) => settleQuestions(given, before) },

  async probe({ pods, manifests_dir, parked_dir, copies = [] }, ask) {
    const seen = await seePods(pods, { manifests_dir, parked_dir, copies }, ask);
    if (!seen.ok) return seen;
    const mounts = await ask.host({
      manifests: { kind: 'mount', path: manifests_dir },
      parked: { kind: 'mount', path: parked_dir },
    });
    if (!mounts.ok) return mounts;
    const sameMount = mounts.value.manifests.mountId === mounts.value.parked.mountId;
    return ok<Before>({ pods: seen.value, sameMount });
  },

  plan(given, before) {
    const misplaced = refusePlaces(given, before.sameMount);
    if (misplaced !== null) return err(misplaced);
    const changes: Change[] = [];
    for (const pod of before.pods) {
      const one = given.state === 'parked' ? parkOne(given, pod) : returnOne(given, pod);
      if (!one.ok) return one;
      changes.push(...one.value);
    }
    const isParking = given.state === 'parked' && changes.length > 0;
    const room: Change = { kind: 'make-directory', path: given.parked_dir, mode: 0o700 };
    return ok(isParking ? [room, ...changes] : changes);
  },

  async verify(given, _before, _receipts, ask) {
    const places = { manifests_dir: given.manifests_dir, parked_dir: given.parked_dir, copies: [] };
    const seen = await seePods(given.pods, places, ask);
    if (!seen.ok) return seen;
    if (given.state === 'parked') {
      const left = seen.value.filter((pod) => pod.where === 'manifests');
      if (left.length === 0) return ok({ pods: [...given.pods] });
      const message = `still in the kubelet’s folder: ${left.map((pod) => pod.name).join(', ')}`;
      return err(refused('not-parked', message, 'see who puts them back'));
    }
    const timeoutMs = milliseconds(given.within, 120);
    const ports = seen.value.flatMap((pod) => pod.ports);
    const waited = await ask.host({
      up: { kind: 'wait-running', processes: given.pods, ports, timeoutMs },
    });
    if (!waited.ok) return waited;
    const { up } = waited.value;
    if (up.reached) return ok({ pods: [...given.pods] });
    const message = `not up after ${timeoutMs / 1_000} s: ${up.lastSeen}`;
    const next = 'look at the kubelet and at /var/log/pods on this host';
    return err(refused('not-running', message, next));
  },
  material: ({ pods }) =>
    pods.map(({ name, where, sha256, mode, uid, gid, running }) => ({
      name,
      where,
      sha256,
      mode,
      uid,
      gid,
      running,
    })),
});

function refusePlaces({ manifests_dir, parked_dir }: Args, sameMount: boolean): Failure | null {
  if (isWithin(parked_dir, manifests_dir)) {
    const message = `${parked_dir} is inside the kubelet’s folder, which reads every file`;
    return refused('parked-inside', message, 'set parked_dir to a directory outside of it');
  }
  if (sameMount) return null;
  const message = `${parked_dir} is on another mount than ${manifests_dir}`;
  return refused(
    'parked-on-other-mount',
    message,
    'set parked_dir to a directory on the same mount',
  );
}

function parkOne(given: Args, pod: SeenPod): Result<readonly Change[], Failure> {
  if (pod.where !== 'manifests') return ok([]);
  if (pod.isParkedToo) return err(bothPlaces(given, pod.name));
  const [from, to] = [inManifests(given, pod.name), inParked(given, pod.name)];
  return ok([{ kind: 'rename', from, to, effects: effectsOf(pod.name) }]);
}

function returnOne(given: Args, pod: SeenPod): Result<readonly Change[], Failure> {
  if (pod.where === 'manifests') return ok([]);
  const to = inManifests(given, pod.name);
  const effects = effectsOf(pod.name);
  if (pod.where === 'parked') {
    return ok([{ kind: 'rename', from: inParked(given, pod.name), to, effects }]);
  }
  const trash = join(given.parked_dir, 'trash');
  const recorded = given.recorded?.[pod.name];
  if (pod.copyText !== null) {
    return ok([{ kind: 'write-file', path: to, text: pod.copyText, mode: 0o600, trash, effects }]);
  }
  if (recorded !== undefined) {
    const { text, mode, uid, gid } = recorded;
    return ok([{ kind: 'write-file', path: to, text, mode, uid, gid, trash, effects }]);
  }
  const message = `the manifest of ${pod.name} is nowhere: not in ${given.manifests_dir}, not in ${given.parked_dir}`;
  const next = 'say where it was moved to (parked_copies), or restore from a backup that holds it';
  return err(refused('manifest-nowhere', message, next));
}

function bothPlaces(given: Args, pod: string): Failure {
  const message = `${pod}.yaml is in ${given.manifests_dir} and in ${given.parked_dir}`;
  return refused('manifest-twice', message, 'compare the two and take the wrong one away');
}

/** After an undo: what ran before must run again, and what did not must be gone. */
function settleQuestions(given: Args, before: Before) {
  const timeoutMs = milliseconds(given.within, 120);
  const ran = before.pods.filter((pod) => pod.running);
  const idle = before.pods.filter((pod) => !pod.running).map((pod) => pod.name);
  const ports = ran.flatMap((pod) => pod.ports);
  return {
    ...(ran.length === 0
      ? {}
      : {
          up: {
            kind: 'wait-running',
            processes: ran.map((pod) => pod.name),
            ports,
            timeoutMs,
          } as const,
        }),
    ...(idle.length === 0
      ? {}
      : { down: { kind: 'wait-gone', processes: idle, ports: [], timeoutMs } as const }),
  };
}

function effectsOf(pod: string): readonly Resource[] {
  const own: readonly Resource[] = [{ kind: 'process', name: pod }, { kind: 'ports' }];
  return pod === 'etcd' ? [...own, { kind: 'etcd' }] : own;
}

function inManifests({ manifests_dir }: Args, pod: string): string {
  return join(manifests_dir, `${pod}.yaml`);
}

function inParked({ parked_dir }: Args, pod: string): string {
  return join(parked_dir, `${pod}.yaml`);
}
