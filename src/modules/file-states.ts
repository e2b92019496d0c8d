import type { Change } from '../core/change.js';
import { type Failure, refused } from '../core/failure.js';
import { isWithin, parentOf } from '../core/host-path.js';
import type { Json } from '../core/json.js';
import type { Access, FileType } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';
import {
  type AccessArguments,
  accessAfter,
  ownerFields,
  sameAccess,
  type Wanted,
} from './access.js';
import { preparedBeside } from './trash.js';

export interface FileArguments extends AccessArguments {
  readonly path: string;
  readonly state: 'directory' | 'file' | 'touch' | 'link' | 'absent';
  readonly target?: string;
}

/** What the host has under the path, and around it. */
export interface SeenFile {
  readonly now: (Access & { readonly type: FileType; readonly inode: string }) | null;
  readonly target: string | null;
  /** Directories that are missing on the way, outermost first, the path itself last. */
  readonly missing: readonly string[];
  /** The first thing on the way that is no directory. */
  readonly obstacle: string | null;
  readonly isMount: boolean;
  readonly wanted: Wanted;
  readonly trash: string;
  readonly [key: string]: Json;
}

type Planned = Result<readonly Change[], Failure>;

/** What leads from what is there to the wanted state: nothing where it is already so. */
export function planFile(given: FileArguments, seen: SeenFile): Planned {
  if (seen.obstacle !== null) {
    const message = `${seen.obstacle} is no directory, and ${given.path} would lie in it`;
    return err(refused('no-directory', message, 'name another path, or move that away'));
  }
  switch (given.state) {
    case 'directory':
      return planDirectory(given.path, seen);
    case 'file':
    case 'touch':
      return planPlainFile(given, seen);
    case 'link':
      return planLink(given.path, given.target ?? '', seen);
    case 'absent':
      return planAbsent(given.path, seen);
  }
}

/** Each missing directory is a change of its own, so that each is taken back for itself. */
function planDirectory(path: string, seen: SeenFile): Planned {
  const { now, missing, wanted } = seen;
  if (now !== null) {
    return now.type === 'directory'
      ? setAccess(path, seen)
      : err(other(path, now.type, 'directory'));
  }
  const mode = wanted.mode ?? 0o755;
  return ok(
    missing.map((one) => ({
      kind: 'make-directory',
      path: one,
      mode,
      ...ownerFields(wanted),
      missing: [one],
    })),
  );
}

function planPlainFile({ path, state }: FileArguments, seen: SeenFile): Planned {
  const { now, wanted, trash } = seen;
  if (now !== null) {
    return now.type === 'file' ? setAccess(path, seen) : err(other(path, now.type, 'file'));
  }
  if (state === 'file') {
    const next = 'use state: touch for an empty one, or the module copy';
    return err(refused('missing', `there is no file ${path}`, next));
  }
  const absent = refuseWithoutPlace(path, seen);
  if (absent !== null) return err(absent);
  const mode = wanted.mode ?? 0o644;
  return ok([{ kind: 'write-file', path, text: '', mode, ...ownerFields(wanted), trash }]);
}

function planLink(path: string, target: string, seen: SeenFile): Planned {
  const { now, trash } = seen;
  if (now === null) {
    const absent = refuseWithoutPlace(path, seen);
    return absent === null ? ok([{ kind: 'make-link', path, target, trash }]) : err(absent);
  }
  if (now.type !== 'link') return err(other(path, now.type, 'link'));
  if (seen.target === target) return ok([]);
  const staged = preparedBeside(path);
  const was = { target: seen.target ?? '' };
  return ok([
    { kind: 'make-link', path: staged, target, trash },
    { kind: 'replace', from: staged, to: path, holds: { target }, was, trash },
  ]);
}

function planAbsent(path: string, { now, isMount, trash }: SeenFile): Planned {
  if (now === null) return ok([]);
  if (now.type === 'directory' && parentOf(path) === '/') {
    const message = `${path} is a directory at the root, where the system's own are`;
    return err(refused('not-to-be-moved', message, 'name what lies deeper'));
  }
  if (isWithin(trash, path)) {
    const message = `${path} holds ${trash}, where it would be moved to`;
    return err(refused('not-to-be-moved', message, 'name what lies outside of it'));
  }
  if (isMount) {
    const message = `${path} is a mount point of its own`;
    return err(refused('is-a-mount', message, 'unmount it by hand, or name what lies in it'));
  }
  return ok([{ kind: 'remove', path, trash }]);
}

function setAccess(path: string, { now, wanted }: SeenFile): Planned {
  if (now === null) return ok([]);
  const { mode, uid, gid } = now;
  const access = accessAfter(wanted, now);
  if (sameAccess(access, now)) return ok([]);
  return ok([{ kind: 'set-access', path, access, was: { mode, uid, gid } }]);
}

function refuseWithoutPlace(path: string, { missing }: SeenFile): Failure | null {
  if (missing.length <= 1) return null;
  const next = `make it first: file: {path: ${parentOf(path)}, state: directory}`;
  return refused('no-directory', `there is no directory ${parentOf(path)}`, next);
}

function other(path: string, type: string, wanted: string): Failure {
  const message = `${path} is a ${type}, not a ${wanted}`;
  return refused('other-type', message, 'look at it, and move it away or name another path');
}
