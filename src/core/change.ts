import type { Argv } from './argv.js';
import { parentOf } from './host-path.js';
import { type Question, seenBy } from './question.js';
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
      /** Controller → host. Temporary name, fsync, rename; three digests must agree. */
      readonly kind: 'send';
      readonly from: string;
      readonly to: string;
      readonly sha256: string;
      readonly sizeBytes: number;
      readonly mode: number;
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

export type ChangeKind = Change['kind'];

/** What a change alters on its host; what a later question may not yet look at in a dry run. */
export function alteredBy(change: Change): readonly Resource[] {
  switch (change.kind) {
    case 'run':
      return change.effects;
    case 'write-file':
      return [{ kind: 'path', path: change.path }, ...(change.effects ?? [])];
    case 'make-directory':
      return [{ kind: 'entry', path: change.path }];
    case 'set-owner':
      return [{ kind: 'path', path: change.path }];
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
      return [{ kind: 'path', path: change.to }];
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

/** The directories that must be on one mount for a rename to be possible. */
export function renameEnds(change: Change): readonly [string, string] | null {
  if (change.kind === 'rename') return [parentOf(change.from), parentOf(change.to)];
  if (change.kind === 'remove') return [parentOf(change.path), change.trash];
  return null;
}

export function seenByChange(change: Change): readonly Resource[] {
  return change.kind === 'wait' ? seenBy(change.question) : [];
}
