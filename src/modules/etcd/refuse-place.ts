import { type Failure, refused } from '../../core/failure.js';
import { isCleanAbsolute } from '../../core/host-path.js';
import type { Mount, Stat } from '../../core/question.js';

/** What is known of a data directory and of the directories inside it that may lie elsewhere. */
export interface SeenDataDir {
  readonly path: string;
  readonly stat: Stat | null;
  readonly mount: Mount;
  readonly parentMount: Mount;
  readonly inside: readonly { readonly path: string; readonly stat: Stat | null; mount: Mount }[];
}

/** A swap is two renames of a real directory: what cannot be renamed, or would move house, is refused. */
export function refuseDataDir({
  path,
  stat,
  mount,
  parentMount,
  inside,
}: SeenDataDir): Failure | null {
  if (stat?.type === 'link') {
    const message = `the data directory ${path} is a symbolic link`;
    const next = 'this version swaps real directories only: put the real path into the manifest';
    return refused('data-dir-is-a-link', message, next);
  }
  if (stat !== null && stat.type !== 'directory') {
    const message = `the data directory ${path} is not a directory`;
    return refused('data-dir-is-no-directory', message, 'see what it is, and take it away');
  }
  if (mount.mountId !== parentMount.mountId) {
    const message = `the data directory ${path} is a mount point of its own (${mount.fsType})`;
    const next = 'this version cannot swap a mounted data directory: restore it by hand';
    return refused('data-dir-is-a-mount', message, next);
  }
  // Restored files would land on the data directory's own disk, without a word.
  const elsewhere = inside.find(
    (one) => one.stat?.type === 'link' || one.mount.mountId !== mount.mountId,
  );
  if (elsewhere === undefined) return null;
  const how = elsewhere.stat?.type === 'link' ? 'a symbolic link' : 'a mount point of its own';
  const message = `${elsewhere.path}, inside the data directory, is ${how}`;
  const next = 'this version restores one directory on one disk: restore this member by hand';
  return refused('data-on-another-disk', message, next);
}

export function refuseStaging(
  staging: string,
  mount: Mount,
  dataDir: string,
  dataMount: Mount,
): Failure | null {
  if (mount.mountId !== dataMount.mountId) {
    const message = `${staging} and ${dataDir} are on different mounts (${mount.mountPoint}, ${dataMount.mountPoint})`;
    const next = 'set work_dir to a directory beside the data directory';
    return refused('staging-on-other-mount', message, next);
  }
  if (!mount.readOnly) return null;
  return refused('staging-read-only', `${staging} is read-only`, 'mount it writable');
}

export function refuseFiles(files: readonly (readonly [string, Stat | null])[]): Failure | null {
  const missing = files.filter(([, stat]) => stat === null).map(([path]) => path);
  if (missing.length === 0) return null;
  const message = `certificates that the manifest names are missing: ${missing.join(', ')}`;
  return refused('certificate-missing', message, 'restore the PKI first');
}

/** Paths from a manifest are data: one with `..` in it could lead anywhere. */
export function refuseUnclean(paths: readonly string[]): Failure | null {
  const unclean = paths.find((path) => !isCleanAbsolute(path) || path === '/');
  if (unclean === undefined) return null;
  const message = `the manifest names the path ${JSON.stringify(unclean)}`;
  const next = 'write absolute paths without . and .. into the manifest';
  return refused('path-not-clean', message, next);
}
