/** What a host answers of units of systemd. Everything in it is untrusted text. */

/** What systemd says of a unit; `loaded` is false when it does not know it. */
export interface Unit {
  readonly loaded: boolean;
  /** active, reloading, inactive, failed, activating, deactivating */
  readonly active: string;
  /** enabled, disabled, static, masked, …; empty when it has no such state. */
  readonly enabled: string;
}

/** How systemd would start a unit, in its own words: values are as it prints them. */
export interface UnitSettings extends Unit {
  /** With its ending, and its real name where the unit was asked for by another one. */
  readonly name: string;
  /** A file of it has changed since systemd read it. */
  readonly isStale: boolean;
  /** Its own file, and the drop-ins that change it. */
  readonly files: readonly string[];
  /** Programs and their words, one for each ExecStart. */
  readonly commands: readonly string[];
  readonly environment: string;
  readonly environmentFiles: readonly { readonly path: string; readonly isOptional: boolean }[];
  /** Empty: root. */
  readonly user: string;
  /** Empty: the user's own. */
  readonly group: string;
  /** Units that start this one when something happens: sockets, timers, paths. */
  readonly triggeredBy: readonly string[];
  /** Its main process as it runs; null when it does not. */
  readonly running: {
    readonly argv: readonly string[];
    /** `NAME=value`, of the names that were asked for. */
    readonly environment: readonly string[];
  } | null;
}
