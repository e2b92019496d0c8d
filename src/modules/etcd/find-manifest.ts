import type { Places } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import type { Question, Stat } from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import { type BackupRecord, recordedHost } from './record.js';
import { refuseCopy } from './trusted-copy.js';

const manifestBytesMax = 1_000_000;

export interface FoundManifest {
  readonly text: string;
  readonly source: 'manifests' | 'parked' | 'record';
  readonly path: string;
}

export interface WhereToLook {
  readonly manifest: string;
  readonly copies: readonly string[];
  readonly record: BackupRecord | null;
  readonly host: string;
  readonly address: string | undefined;
}

/** From whatever is left: the kubelet's folder, copies that somebody put aside, the backup's record. */
export async function findManifest(
  where: WhereToLook,
  ask: Places,
): Promise<Result<FoundManifest, Failure>> {
  const paths = [where.manifest, ...where.copies.map((path) => path.replaceAll('POD', 'etcd'))];
  const questions: { [name: string]: Question } = {
    running: { kind: 'processes', names: ['etcd'] },
  };
  for (const path of paths) {
    questions[`stat ${path}`] = { kind: 'stat', path };
    questions[`read ${path}`] = { kind: 'read', path, bytesMax: manifestBytesMax };
  }
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  for (const [index, path] of paths.entries()) {
    const stat = seen.value[`stat ${path}`] as Stat | null;
    const file = seen.value[`read ${path}`] as { readonly text: string } | null;
    if (stat === null || file === null) continue;
    if (index === 0) return ok({ text: file.text, source: 'manifests', path });
    const untrusted = refuseCopy(path, stat);
    return untrusted === null ? ok({ text: file.text, source: 'parked', path }) : err(untrusted);
  }
  // Before the record is believed: a member that runs from something else would not be stopped by us.
  const running = seen.value.running as readonly unknown[];
  if (running.length > 0) return err(notAStaticPod(paths));
  const recorded = recordedHost(where.record, where.host, where.address)?.manifests.etcd;
  if (recorded === undefined) return err(noManifest(where, paths));
  return ok({ text: recorded.text, source: 'record', path: 'record' });
}

function notAStaticPod(paths: readonly string[]): Failure {
  const message = 'etcd runs here without a static pod’s manifest, perhaps under systemd';
  const next =
    'this version restores stacked kubeadm clusters only: restore this one by hand, or name the place of the manifest (manifests_dir, parked_copies)';
  return refused('etcd-not-static-pod', message, next, `looked at ${paths.join(', ')}`);
}

function noManifest({ record }: WhereToLook, paths: readonly string[]): Failure {
  const message = 'nothing says what the etcd member on this host is';
  const next =
    'name the place of its manifest (manifests_dir, parked_copies), or give a backup with a record of this host';
  const known = record?.hosts.map((host) => host.name).join(', ') ?? 'none was given';
  const detail = `looked at ${paths.join(', ')}; hosts in the record: ${known}`;
  return refused('no-manifest', message, next, detail);
}
