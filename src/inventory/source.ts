/**
 * One text of an inventory under the name that a person gave it. Without a kind it is a file that a person
 * wrote, and its name and content say whether it is YAML or INI.
 */
export interface InventoryText {
  readonly file: string;
  readonly text: string;
  /** `program`: what an executable printed. `host-list`: `a,b,` of the command line. `kept`: of a run. */
  readonly kind?: 'program' | 'host-list' | 'kept';
  /** What the program printed for single hosts, when its list has no `_meta`. */
  readonly hostTexts?: readonly { readonly host: string; readonly text: string }[];
}

/**
 * A file or a folder of group_vars/ or host_vars/ by its name there, in the order of names; hidden
 * files and those that end in ~ are left out. A file that cannot be read says why: that is a mistake only
 * when somebody's variables are in it.
 */
export type VarsEntry =
  | { readonly name: string; readonly file: string; readonly text: string }
  | { readonly name: string; readonly file: string; readonly why: string }
  | { readonly name: string; readonly entries: readonly VarsEntry[] };

export interface VarsFolder {
  readonly groups: readonly VarsEntry[];
  readonly hosts: readonly VarsEntry[];
}

/** group_vars/ and host_vars/ beside each `-i`, in that order, and beside the playbook. */
export interface VarsFolders {
  readonly inventory: readonly VarsFolder[];
  readonly playbook: readonly VarsFolder[];
}

export const NO_FOLDERS: VarsFolders = { inventory: [], playbook: [] };

/** A file that ansible-vault encrypted as a whole. */
export const ENCRYPTED_FILE = /^\$ANSIBLE_VAULT;/;
