import { load } from 'js-yaml';
import type { FolderFile } from '../../core/question.js';
import { readManifest } from '../etcd/manifest.js';
import type { FoundPod, PodFile } from './facts.js';

/** What the kubelet would run: every file that does not begin with a dot, whatever its ending. */
export function podFiles(files: readonly FolderFile[]): readonly PodFile[] {
  return files
    .filter(({ name }) => !name.startsWith('.'))
    .map((file) => ({ ...file, pod: podIn(file.text) }));
}

/** The first file of the folder that is this pod, as the kubelet takes them: by name. */
export function podNamed(
  name: string,
  folder: readonly PodFile[] | null,
  directory: string,
): FoundPod | null {
  const file = folder?.find(({ pod }) => pod?.endsWith(`/${name}`) === true);
  const manifest = file === undefined ? null : readManifest(file.text);
  if (file === undefined || manifest === null) return null;
  return { path: `${directory}/${file.name}`, source: 'manifests', manifest };
}

/** `namespace/name` of a pod; null for any other text. */
function podIn(text: string): string | null {
  try {
    const it = load(text) as RawObject | null | undefined;
    if (it?.kind !== 'Pod' || typeof it.metadata?.name !== 'string') return null;
    return `${it.metadata.namespace ?? 'default'}/${it.metadata.name}`;
  } catch {
    return null;
  }
}

interface RawObject {
  readonly kind?: unknown;
  readonly metadata?: { readonly name?: unknown; readonly namespace?: unknown };
}
