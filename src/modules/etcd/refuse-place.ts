import { type Failure, refused } from '../../core/failure.js';
import { isCleanAbsolute, isWithin, join } from '../../core/host-path.js';
import type { Mount, Stat } from '../../core/question.js';

/** Renames and fsync over a network are promises of somebody else, and root may be nobody there. */
const FAR_AWAY = /^(nfs4?|cifs|smb3?|smbfs|fuse\.(sshfs|glusterfs))$/;

export function refuseData(path: string, mount: Mount): Failure | null {
  return refuseFileSystem(`the data directory ${path}`, mount);
}

/** Restored files would land on the data directory's own disk, without a word. */
export function refuseMember(dataDir: string, member: Mount): Failure | null {
  const path = join(dataDir, 'member');
  const isLink = member.realPath !== path;
  if (!isLink && member.mountPoint !== path) return null;
  const how = isLink ? 'a symbolic link' : 'a mount point of its own';
  const message = `${path}, inside the data directory, is ${how}`;
  const next = 'mount or link the data directory itself, or restore this member by hand';
  return refused('data-on-another-disk', message, next);
}

export function refuseWal(dataDir: string, walDir: string, mount: Mount): Failure | null {
  const own = join(dataDir, 'member/wal');
  const isTangled =
    walDir !== own && (isWithin(dataDir, walDir) || isWithin(walDir, join(dataDir, 'member')));
  if (!isTangled) return refuseFileSystem(`the WAL directory ${walDir}`, mount);
  const message = `the WAL directory ${walDir} and the data directory ${dataDir} lie in each other`;
  return refused('wal-in-the-way', message, 'give the WAL a directory of its own');
}

/** A link in the data directory is read by etcd, in its container: both must mean the same place. */
export function refuseLink(path: string, target: string, isSeenInside: boolean): Failure | null {
  if (isCleanAbsolute(target) && isSeenInside) return null;
  const message = `${path} is a link to ${target}, which etcd's container has not as the host has it`;
  const next = 'mount its target into the pod under the same path, and link to it absolutely';
  return refused('wal-link-unclear', message, next);
}

export function refuseNoDirectory(path: string, stat: Stat | null): Failure | null {
  if (stat === null || stat.type === 'directory') return null;
  const message = `the data directory ${path} is not a directory`;
  return refused('data-dir-is-no-directory', message, 'see what it is, and take it away');
}

function refuseFileSystem(what: string, { fsType, mountPoint, readOnly }: Mount): Failure | null {
  if (FAR_AWAY.test(fsType)) {
    const message = `${what} is on a network file system (${fsType}, ${mountPoint})`;
    const next = 'etcd wants a disk of its own: move it to one, or restore this member by hand';
    return refused('data-on-network', message, next);
  }
  if (!readOnly) return null;
  const message = `${what} is on a read-only mount (${mountPoint})`;
  return refused(
    'staging-read-only',
    message,
    'see in the kernel’s log why, and mount it writable',
  );
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
