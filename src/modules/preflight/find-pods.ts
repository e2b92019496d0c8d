import type { Questions } from '../../core/ask.js';
import type { Question, Stat } from '../../core/question.js';
import { readManifest } from '../etcd/manifest.js';
import { recordedHost } from '../etcd/record.js';
import { refuseCopy } from '../etcd/trusted-copy.js';
import type { Facts, FoundPod, PodFile } from './facts.js';
import type { Where } from './first-look.js';
import { podNamed } from './pod-files.js';

const bytesMax = 500_000;

/** Copies that somebody put aside: the real disaster has an empty folder. */
export function copyQuestions({ copies }: Where): Questions {
  const questions: { [name: string]: Question } = {};
  for (const path of copies.flatMap((copy) => [of(copy, 'etcd'), of(copy, 'kube-apiserver')])) {
    questions[`stat ${path}`] = { kind: 'stat', path };
    questions[`read ${path}`] = { kind: 'read', path, bytesMax };
  }
  return questions;
}

/**
 * From the kubelet's folder, else from a copy that may be trusted, else from the backup's record. What does
 * not belong on this host is only looked for where it would run.
 */
export function findPods(
  where: Where,
  folder: readonly PodFile[] | null,
  answers: { readonly [name: string]: unknown },
): Pick<Facts, 'etcd' | 'apiserver'> {
  const find = (name: string, belongs: boolean): FoundPod | null =>
    podNamed(name, folder, where.manifests_dir) ??
    (belongs ? (copyOf(name, where, answers) ?? recorded(name, where)) : null);
  return {
    etcd: find('etcd', where.is_member),
    apiserver: find('kube-apiserver', where.is_control_plane),
  };
}

function copyOf(
  name: string,
  { copies }: Where,
  answers: { readonly [name: string]: unknown },
): FoundPod | null {
  for (const path of copies.map((copy) => of(copy, name))) {
    const stat = answers[`stat ${path}`] as Stat | null | undefined;
    const file = answers[`read ${path}`] as { readonly text: string } | null | undefined;
    if (stat == null || file == null || refuseCopy(path, stat) !== null) continue;
    const manifest = readManifest(file.text);
    if (manifest !== null) return { path, source: 'copy', manifest };
  }
  return null;
}

function recorded(name: string, { record, host, address }: Where): FoundPod | null {
  const file = recordedHost(record, host, address)?.manifests[name];
  const manifest = file === undefined ? null : readManifest(file.text);
  return file === undefined || manifest === null
    ? null
    : { path: file.path, source: 'record', manifest };
}

function of(copy: string, pod: string): string {
  return copy.replaceAll('POD', pod);
}
