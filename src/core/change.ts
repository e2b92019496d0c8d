import type { Argv } from './argv.js';
import { join, nameOf, parentOf } from './host-path.js';
import type { ChangeId } from './names.js';
import type { Access, Compression, Question } from './question.js';
import type { Resource } from './resource.js';

/**
 * The closed set of things that can be done to a host. A module only describes them; the engine alone
 * has them carried out, so that intent, receipt, redaction, dry run and undo are written once.
 *
 * `effects` names what follows besides the path itself: moving a manifest ends a process.
 */
export type Change =
  | {
      readonly kind: 'run';
      readonly argv: Argv;
      readonly environment?: { readonly [name: string]: string };
      /** The directory that it runs in; `/` when absent. */
      readonly directory?: string;
      /** A script for the program: it finds it in a file, whose path is its last argument. */
      readonly script?: string;
      readonly timeoutMs: number;
      /** May it be started again when nobody knows whether it ran? */
      readonly repeatable: boolean;
      /** An exit code above 0 is the task's to judge (`failed_when`, `until`): it is no failure by itself. */
      readonly anyExitCode?: true;
      readonly effects: readonly Resource[];
    }
  | {
      /**
       * Writes a whole file: temporary name, fsync, rename. An old file goes to the run's trash first,
       * under the change's id. No change when the file already holds these bytes.
       */
      readonly kind: 'write-file';
      readonly path: string;
      readonly text: string;
      readonly mode: number;
      readonly uid?: number;
      readonly gid?: number;
      readonly trash: string;
      readonly effects?: readonly Resource[];
    }
  | {
      /**
       * Makes one directory and its missing parents. No change when it is there.
       * Its receipt's stdout names the directories that it made, outermost first, one a line.
       */
      readonly kind: 'make-directory';
      readonly path: string;
      readonly mode: number;
      readonly uid?: number;
      readonly gid?: number;
      /** What was missing when the host was asked: what may be taken away when nobody saw the end. */
      readonly missing?: readonly string[];
    }
  | {
      /** Takes away directories that are empty, deepest first; one that is not empty stays. Only for undo. */
      readonly kind: 'remove-empty-directories';
      readonly paths: readonly string[];
    }
  | {
      /** Renames within one mount. Refuses when `from` is missing or `to` exists. */
      readonly kind: 'rename';
      readonly from: string;
      readonly to: string;
      readonly effects?: readonly Resource[];
    }
  | {
      /** A rename into the run's own trash, under the change's id: nothing is ever lost by us. */
      readonly kind: 'remove';
      readonly path: string;
      readonly trash: string;
      readonly effects?: readonly Resource[];
    }
  | {
      /** Gives a tree that this run made its owner and the top directory its mode. */
      readonly kind: 'set-owner';
      readonly path: string;
      readonly uid: number;
      readonly gid: number;
      readonly mode: number;
    }
  | {
      /** Gives one file or directory its mode and owner. `was`: what it goes back to. */
      readonly kind: 'set-access';
      readonly path: string;
      readonly access: Access;
      readonly was: Access;
    }
  | {
      /** Makes a symbolic link. Refuses when something is there. */
      readonly kind: 'make-link';
      readonly path: string;
      readonly target: string;
      readonly trash: string;
    }
  | {
      /**
       * Puts what was prepared beside it into the place of a file or link, in one rename: at no moment is
       * nothing there. The old one waits in the run's trash, under the change's id.
       */
      readonly kind: 'replace';
      readonly from: string;
      readonly to: string;
      /** How what is put there is known again before it is taken back. */
      readonly holds: Holds;
      /** What was there; null: nothing, and nothing may be. */
      readonly was: Holds | null;
      readonly trash: string;
    }
  | {
      /** A copy on the host itself. Temporary name, fsync, digest, rename. */
      readonly kind: 'copy-file';
      readonly from: string;
      readonly to: string;
      readonly sha256: string;
      readonly access: Access;
      readonly trash: string;
    }
  | {
      /**
       * A tar of these paths, 0600. Temporary name, fsync, read back, rename; refuses when something is
       * there. Its receipt's stdout is the archive's digest.
       */
      readonly kind: 'archive';
      readonly paths: readonly string[];
      readonly to: string;
      readonly compression: Compression;
      readonly trash: string;
    }
  | {
      /** Tells systemd what to do with a unit. */
      readonly kind: 'service';
      readonly unit: string;
      readonly verb: ServiceVerb;
      /**
       * True of a unit that is ready only when others of other hosts are: a start, forward or back, is told
       * to systemd and not waited for, whatever became of it before.
       */
      readonly waitsForOthers?: true;
    }
  | {
      /** Controller → host. Temporary name, fsync, rename; three digests must agree. */
      readonly kind: 'send';
      readonly from: string;
      readonly to: string;
      readonly sha256: string;
      readonly sizeBytes: number;
      readonly mode: number;
      readonly uid?: number;
      readonly gid?: number;
      /** Where an undo puts it; beside it when absent. */
      readonly trash?: string;
    }
  | {
      /** Host → controller, 0600. Temporary name, fsync, rename; three digests must agree. */
      readonly kind: 'fetch';
      readonly from: string;
      readonly to: string;
    }
  | {
      /** A bounded question between two changes; the bundle goes on only when it is reached. */
      readonly kind: 'wait';
      readonly question: Extract<Question, { kind: `wait-${string}` }>;
    };

/** A file by its bytes, a link by where it leads. */
export type Holds = { readonly sha256: string } | { readonly target: string };

/** daemon-reload: systemd reads the files of this unit, and of all others, anew. */
export type ServiceVerb = 'start' | 'stop' | 'restart' | 'enable' | 'disable' | 'daemon-reload';

/** What a change alters on its host; what a later question may not yet look at in a dry run. */
export function alteredBy(change: Change): readonly Resource[] {
  switch (change.kind) {
    case 'run':
      return change.effects;
    case 'write-file':
      return [{ kind: 'path', path: change.path }, ...(change.effects ?? [])];
    case 'make-directory':
      return [{ kind: 'entry', path: change.path }];
    case 'set-access':
      return [{ kind: 'entry', path: change.path }];
    case 'set-owner':
    case 'make-link':
      return [{ kind: 'path', path: change.path }];
    case 'service':
      return serviceEffects(change.unit);
    case 'remove-empty-directories':
      return change.paths.map((path) => ({ kind: 'path', path }));
    case 'rename':
      return [
        { kind: 'path', path: change.from },
        { kind: 'path', path: change.to },
        ...(change.effects ?? []),
      ];
    case 'remove':
      return [{ kind: 'path', path: change.path }, ...(change.effects ?? [])];
    case 'send':
    case 'copy-file':
    case 'archive':
      return [{ kind: 'path', path: change.to }];
    case 'replace':
      return [change.from, change.to].map((path) => ({ kind: 'path', path }));
    case 'fetch':
      return [];
    case 'wait':
      return [];
  }
}

/** What a change alters on the controller. */
export function alteredOnController(change: Change): readonly Resource[] {
  return change.kind === 'fetch' ? [{ kind: 'path', path: change.to }] : [];
}

/** A service is any program: what runs, who listens, and perhaps etcd. Files are not expected of it. */
export function serviceEffects(unit: string): readonly Resource[] {
  return [{ kind: 'unit', name: unit }, { kind: 'processes' }, { kind: 'ports' }, { kind: 'etcd' }];
}

/** Where a transfer's bytes lie until all are there. A dot name: a kubelet reads every other file. */
export function temporaryOf({ to }: Extract<Change, { kind: 'send' }>, id: ChangeId): string {
  return join(parentOf(to), `.${nameOf(to)}.${id.slice(0, 8)}.part`);
}
