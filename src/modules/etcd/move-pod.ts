import Type, { type Static } from 'typebox';
import type { Change } from '../../core/change.js';
import { type Failure, refused } from '../../core/failure.js';
import { isWithin, join } from '../../core/host-path.js';
import type { Mount } from '../../core/question.js';
import type { Resource } from '../../core/resource.js';
import { err, ok, type Result } from '../../core/result.js';
import { argumentsOf, hostPath, manifestCopies } from '../arguments.js';
import { recordArgument, recordedHost } from './record.js';
import type { SeenPod } from './static-pod.js';
import { refuseCopy } from './trusted-copy.js';

/** Which pods, and every place where their manifests may lie. */
export const podArguments = {
  pods: Type.Array(Type.String({ pattern: '^[a-z0-9.-]+$' }), {
    description: 'Names without `.yaml`, as they are in the folder.',
  }),
  manifests_dir: hostPath('The kubelet’s folder of static pods.'),
  parked_dir: hostPath('Where they are parked: on the same mount, outside that folder.'),
  copies: manifestCopies('Where somebody else may have moved them; they are copied from there.'),
  record: recordArgument(
    'The backup’s record: its own copies, for manifests that are nowhere any more.',
  ),
  host: Type.Optional(
    Type.String({ description: 'Whose manifests are taken from the record: ${{ host.name }}.' }),
  ),
  address: Type.Optional(
    Type.String({ description: 'To find it in a record of other names: ${{ host.address }}.' }),
  ),
  earlier_stops: Type.Optional(
    Type.Boolean({
      description:
        'parked_dir outlives runs: beside a manifest in the folder what lies there is of an earlier stop, and goes to its trash when this one is parked. Default: false, and two are refused.',
    }),
  ),
};

const podArgumentsSchema = argumentsOf(podArguments);
export type PodArguments = Static<typeof podArgumentsSchema>;

/** What is known of the mounts of the two folders. */
export interface SeenPlaces {
  readonly sameMount: boolean;
  readonly readOnly: boolean;
}

export function seenPlaces(manifests: Mount, parked: Mount): SeenPlaces {
  return { sameMount: manifests.mountId === parked.mountId, readOnly: manifests.readOnly };
}

export function refusePlaces(
  { manifests_dir, parked_dir }: PodArguments,
  { sameMount, readOnly }: SeenPlaces,
): Failure | null {
  if (isWithin(parked_dir, manifests_dir)) {
    const message = `${parked_dir} is inside the kubelet’s folder, which reads every file`;
    return refused('parked-inside', message, 'set parked_dir to a directory outside of it');
  }
  if (!sameMount) {
    const message = `${parked_dir} is on another mount than ${manifests_dir}`;
    const next = 'set parked_dir to a directory on the same mount';
    return refused('parked-on-other-mount', message, next);
  }
  if (!readOnly) return null;
  const message = `${manifests_dir} is on a read-only mount: no manifest can be moved there`;
  return refused('manifests-read-only', message, 'see why (dmesg), and mount it writable');
}

/** Out of the kubelet's folder: one rename, or nothing. */
export function parkOne(given: PodArguments, pod: SeenPod): Result<readonly Change[], Failure> {
  if (pod.where !== 'manifests') return ok([]);
  const isTwice = pod.parkedSha256 !== null;
  if (isTwice && given.earlier_stops !== true) return err(bothPlaces(given, pod.name));
  const [from, to] = [inManifests(given, pod.name), inParked(given, pod.name)];
  const aside: Change = { kind: 'remove', path: to, trash: trashIn(given) };
  return ok([
    ...(isTwice ? [aside] : []),
    { kind: 'rename', from, to, effects: effectsOf(pod.name) },
  ]);
}

/** Back into it: from where it was parked, from a copy, from the record, in this order. */
export function returnOne(given: PodArguments, pod: SeenPod): Result<readonly Change[], Failure> {
  if (pod.where === 'manifests') {
    // Somebody wrote one while ours was parked: which of the two is right, only a person knows.
    const isOther = pod.parkedSha256 !== null && pod.parkedSha256 !== pod.sha256;
    return isOther && given.earlier_stops !== true ? err(bothPlaces(given, pod.name)) : ok([]);
  }
  const to = inManifests(given, pod.name);
  const effects = effectsOf(pod.name);
  if (pod.where === 'parked') {
    return ok([{ kind: 'rename', from: inParked(given, pod.name), to, effects }]);
  }
  const trash = trashIn(given);
  if (pod.copy !== null) {
    const { mode, uid, gid } = pod;
    const untrusted = refuseCopy(pod.copy.path, { type: pod.copy.type, uid, mode });
    if (untrusted !== null) return err(untrusted);
    const { text } = pod.copy;
    return ok([{ kind: 'write-file', path: to, text, mode, uid, gid, trash, effects }]);
  }
  const known = recordedHost(given.record ?? null, given.host ?? '', given.address);
  const recorded = known?.manifests[pod.name];
  if (recorded !== undefined) {
    const { text, mode, uid, gid } = recorded;
    return ok([{ kind: 'write-file', path: to, text, mode, uid, gid, trash, effects }]);
  }
  const message = `the manifest of ${pod.name} is nowhere: not in ${given.manifests_dir}, not in ${given.parked_dir}`;
  const next = 'say where it was moved to (parked_copies), or restore from a backup that holds it';
  return err(refused('manifest-nowhere', message, next));
}

function bothPlaces(given: PodArguments, pod: string): Failure {
  const message = `${pod}.yaml is in ${given.manifests_dir} and in ${given.parked_dir}`;
  return refused('manifest-twice', message, 'compare the two and take the wrong one away');
}

/** Nobody else starts or stops a static pod: without one nothing that is moved has an effect. */
export function noKubelet(): Failure {
  const message = 'no kubelet runs on this host, and nobody else starts or stops static pods';
  return refused('no-kubelet', message, 'start it (systemctl start kubelet), then run this again');
}

export function effectsOf(pod: string): readonly Resource[] {
  const own: readonly Resource[] = [{ kind: 'process', name: pod }, { kind: 'ports' }];
  return pod === 'etcd' ? [...own, { kind: 'etcd' }] : own;
}

export function inManifests({ manifests_dir }: PodArguments, pod: string): string {
  return join(manifests_dir, `${pod}.yaml`);
}

function trashIn({ parked_dir }: PodArguments): string {
  return join(parked_dir, 'trash');
}

function inParked({ parked_dir }: PodArguments, pod: string): string {
  return join(parked_dir, `${pod}.yaml`);
}
