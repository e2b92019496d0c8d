/** What the verbs share of the command line, as commander gives it. */
export interface CommonOptions {
  readonly inventory: readonly string[];
  readonly extra: readonly string[];
  readonly varsFile: readonly string[];
  readonly limit?: string;
  readonly without?: readonly string[];
  readonly output: 'auto' | 'tty' | 'plain' | 'json';
  readonly stateDir: string;
  readonly user?: string;
  readonly privateKey?: string;
  readonly askBecomePass?: true;
  readonly becomePasswordFile?: string;
  readonly privateKeyPassphraseFile?: string;
  readonly yes?: true;
  readonly dryRun?: true;
  readonly check?: true;
  readonly offline?: true;
  readonly detailedExitcode?: true;
  readonly out?: string;
  readonly asRecorded?: true;
  readonly verify?: true;
  readonly forks?: number;
  readonly step?: true;
  readonly verbose?: true;
  readonly tags?: readonly string[];
  readonly skipTags?: readonly string[];
  readonly startAtTask?: string;
  readonly accept?: readonly string[];
  readonly reason?: string;
}
