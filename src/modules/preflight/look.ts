import type { Places } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { ok, type Result } from '../../core/result.js';
import { withAddress } from '../etcd/edit-manifest.js';
import { type Moved, movedTo, readdressed } from '../etcd/readdress.js';
import type { Facts, FoundPod } from './facts.js';
import { copyQuestions, findPods } from './find-pods.js';
import { findUnit, memberOf } from './find-unit.js';
import { type FirstLook, firstQuestions, type Where } from './first-look.js';
import { localAddresses } from './local-addresses.js';
import { lookAtFenced } from './look-at-fenced.js';
import { nestedIn } from './look-back.js';
import { lookCloser } from './look-closer.js';
import { podFiles } from './pod-files.js';

/**
 * Two round trips: what is always there to be asked, then what the manifests name. A third for those left
 * out, and one for what is odd in the data directory.
 */
export async function look(where: Where, ask: Places): Promise<Result<Facts, Failure>> {
  const seen = await ask.host({ ...copyQuestions(where), ...firstQuestions(where) });
  if (!seen.ok) return seen;
  const first = seen.value as FirstLook;
  const runs = (name: string) => first.processes.some((one) => one.name === name);
  const folder = first.folder === null ? null : podFiles(first.folder);
  const unit = await findUnit(where, first, ask);
  if (!unit.ok) return unit;
  const inFolder = findPods(where, folder, seen.value);
  const found = { ...inFolder, etcd: memberOf(inFolder.etcd, unit.value) };
  const moved = movedTo(found.etcd?.manifest ?? null, where.host, where.new_addresses);
  const pods = moved === null ? found : asMoved(found, moved);
  const addresses = localAddresses(seen.value);
  const closer = await lookCloser(where, first, pods, ask);
  if (!closer.ok) return closer;
  const fenced = await lookAtFenced(
    oldPlaceToo(where, moved, addresses),
    pods,
    closer.value.live,
    ask,
  );
  if (!fenced.ok) return fenced;
  const { past, dataDir } = closer.value;
  const nested = await nestedIn(dataDir ?? '', past.strays, ask);
  if (!nested.ok) return nested;
  return ok({
    host: where.host,
    address: where.address,
    run: where.run,
    isMember: where.is_member,
    isControlPlane: where.is_control_plane,
    manifestsDir: where.manifests_dir,
    parkedDir: where.parked_dir,
    workDir: where.work_dir,
    record: where.record,
    keepsSafety: where.safety_snapshot,
    clock: first.clock,
    folder,
    ...pods,
    unitRefusal: unit.value.refusal,
    unitIsDisabled: unit.value.isDisabled,
    apiserverRuns: runs('kube-apiserver'),
    kubelet: {
      isRunning: runs('kubelet'),
      config: (first.kubeletConfig ?? first.otherConfig)?.text ?? null,
      health: closer.value.health,
    },
    isSelinuxEnforcing: first.selinux?.text.trim() === '1',
    ...closer.value,
    fenced: fenced.value,
    addresses,
    moved: moved === null ? null : { ...moved, apiserverFlags: naming(found.apiserver, moved) },
    past: { ...past, nested: nested.value },
  });
}

type Pods = Pick<Facts, 'etcd' | 'apiserver'>;

/** Every check is made against the addresses that will be. */
function asMoved({ etcd, apiserver }: Pods, moved: Moved): Pods {
  const as = (pod: FoundPod | null) =>
    pod === null ? null : { ...pod, manifest: readdressed(pod.manifest, moved) };
  return { etcd: as(etcd), apiserver: as(apiserver) };
}

/** The API server's flags that name the old address: nobody rewrites those. */
function naming(pod: FoundPod | null, { was, is }: Moved): readonly (readonly [string, string])[] {
  return [...(pod?.manifest.flags ?? [])].filter(
    ([, value]) => withAddress(value, was, is) !== value,
  );
}

/** The machine that had the address may live on there, with the old data. */
function oldPlaceToo(
  where: Where,
  moved: Moved | null,
  addresses: readonly string[] | null,
): Where {
  if (moved === null || addresses?.includes(moved.was) === true) return where;
  const old = { name: `the old ${where.host}`, address: moved.was };
  return { ...where, fenced: [...where.fenced, old] };
}
