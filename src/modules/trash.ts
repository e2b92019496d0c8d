import { join, nameOf, parentOf } from '../core/host-path.js';
import type { RunId } from '../core/names.js';
import type { Mount } from '../core/question.js';

/** Root's own place on every host, where locks and receipts are too. */
export const STATE_DIR = '/var/lib/runback';

/**
 * Where the old things of a mount go, since a rename never leaves one: into root's own place where that is
 * on the same mount, else into a hidden folder at the mount's top. Each lies there under its change's id.
 */
export function trashOn(mount: Mount, ofStateDir: Mount, run: RunId): string {
  const isOne = mount.mountId === ofStateDir.mountId;
  const folder = isOne ? join(STATE_DIR, 'trash') : join(mount.mountPoint, '.runback-trash');
  return join(folder, run);
}

/** Beside its name, hidden: on the same mount, with the directory's own security label. */
export function preparedBeside(path: string): string {
  return join(parentOf(path), `.${nameOf(path)}.runback`);
}
