import type { AnswersTo } from '../../core/ask.js';
import type { Change } from '../../core/change.js';
import { type Failure, refused } from '../../core/failure.js';
import type { MemberFacts } from './member.js';
import type { Staging } from './staging.js';

/**
 * Security labels of what a restore replaces. A label is an attribute of the disk (security.selinux), whether
 * or not this kernel enforces anything: where the old one carries one the new one gets the same.
 */
export type Labels = {
  /** Null: it carries none, or is not there. */
  readonly data: string | null;
  readonly wal: string | null;
  readonly chcon: string | null;
};

type Placed = Pick<MemberFacts, 'layout'>;

/** Where the WAL has no place of its own it is labelled as what it moves with. */
function referencesOf({ layout }: Placed) {
  return { data: layout.moved, wal: layout.wal_dir === '' ? layout.moved : layout.wal_dir };
}

export const labelQuestions = (member: Placed) => {
  const { data, wal } = referencesOf(member);
  return {
    dataLabel: { kind: 'label', path: data },
    walLabel: { kind: 'label', path: wal },
    labelTools: { kind: 'tools', names: ['chcon'] },
  } as const;
};

export function labelsIn({
  dataLabel,
  walLabel,
  labelTools,
}: AnswersTo<ReturnType<typeof labelQuestions>>): Labels {
  return {
    data: dataLabel?.label ?? null,
    wal: walLabel?.label ?? null,
    chcon: labelTools.chcon ?? null,
  };
}

/** In the staging, and so before anything changes places; going back throws all of it away. */
export function labelChanges(
  member: Placed,
  { data, wal, chcon }: Labels,
  { dataDir, walDir }: Staging,
): readonly Change[] {
  const references = referencesOf(member);
  const give = (path: string, reference: string): Change => ({
    kind: 'run',
    argv: [chcon ?? 'chcon', '-R', '-h', `--reference=${reference}`, '--', path],
    timeoutMs: 60_000,
    repeatable: true,
    effects: [{ kind: 'path', path }],
  });
  return [
    ...(data === null ? [] : [give(dataDir, references.data)]),
    ...(wal === null || walDir === null ? [] : [give(walDir, references.wal)]),
  ];
}

export function refuseNoChcon({ data, wal, chcon }: Labels): Failure | null {
  if (chcon !== null || (data === null && wal === null)) return null;
  const message = `the old data carry the label ${data ?? wal}, and this host has no chcon to give it`;
  return refused('no-chcon', message, 'install coreutils’ chcon; nothing was stopped');
}

type Label = { readonly label: string } | null;

export function refuseLabels(
  { data, wal }: Labels,
  ofData: readonly Label[],
  ofWal: Label,
): Failure | null {
  const wrong =
    (data !== null && ofData.some((one) => one?.label !== data)) ||
    (wal !== null && ofWal?.label !== wal);
  if (!wrong) return null;
  const message = `what was built does not carry the label of the old data (${data ?? wal})`;
  const next = 'see whether the file system keeps labels (ls -Z); nothing was stopped';
  return refused('label-differs', message, next);
}
