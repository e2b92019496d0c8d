import type { Places } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { ok, type Result } from '../../core/result.js';
import type { Facts } from './facts.js';
import { copyQuestions, findPods } from './find-pods.js';
import { type FirstLook, firstQuestions, type Where } from './first-look.js';
import { lookAtFenced } from './look-at-fenced.js';
import { lookCloser } from './look-closer.js';
import { podFiles } from './pod-files.js';

/** Two round trips: what is always there to be asked, then what the manifests name. A third for those left out. */
export async function look(where: Where, ask: Places): Promise<Result<Facts, Failure>> {
  const seen = await ask.host({ ...copyQuestions(where), ...firstQuestions(where) });
  if (!seen.ok) return seen;
  const first = seen.value as FirstLook;
  const runs = (name: string) => first.processes.some((one) => one.name === name);
  const folder = first.folder === null ? null : podFiles(first.folder);
  const pods = findPods(where, folder, seen.value);
  const closer = await lookCloser(where, first, pods, ask);
  if (!closer.ok) return closer;
  const fenced = await lookAtFenced(where, pods, closer.value.live, ask);
  if (!fenced.ok) return fenced;
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
    clock: first.clock,
    folder,
    ...pods,
    etcdRuns: runs('etcd'),
    apiserverRuns: runs('kube-apiserver'),
    kubelet: {
      isRunning: runs('kubelet'),
      config: first.kubeletConfig?.text ?? null,
      health: closer.value.health,
    },
    isSelinuxEnforcing: first.selinux?.text.trim() === '1',
    ...closer.value,
    fenced: fenced.value,
  });
}
