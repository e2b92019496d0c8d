import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import type { Access, Accounts, Question } from '../core/question.js';
import { err, ok, type Result } from '../core/result.js';

const account = (description: string) =>
  Type.Optional(
    Type.Union([Type.Integer({ minimum: 0 }), Type.String({ pattern: ACCOUNT })], { description }),
  );
/** As useradd takes it; numbers in quotes are numbers. */
const ACCOUNT = '^([a-zA-Z_][a-zA-Z0-9_.-]*[$]?|[0-9]+)$';

/** Who may do what with a file: the same three arguments wherever there is one. */
export const accessArguments = (unsaid: { readonly mode: string; readonly owner: string }) => ({
  mode: Type.Optional(
    Type.String({
      pattern: '^[0-7]{3,4}$',
      description: `Octal, in quotes: '0640'. ${unsaid.mode}`,
    }),
  ),
  owner: account(`Its user, by name or number. ${unsaid.owner}`),
  group: account(`Its group, by name or number. ${unsaid.owner}`),
});

export interface AccessArguments {
  readonly mode?: string;
  readonly owner?: string | number;
  readonly group?: string | number;
}

/** What was asked for; null where nothing was said. */
export interface Wanted {
  readonly mode: number | null;
  readonly uid: number | null;
  readonly gid: number | null;
  readonly [key: string]: number | null;
}

/** Names become numbers on the host, whose names they are. */
export function accountsQuestion({
  owner,
  group,
}: AccessArguments): Extract<Question, { kind: 'accounts' }> {
  return { kind: 'accounts', users: namesOf(owner), groups: namesOf(group) };
}

export function wantedAccess(
  { mode, owner, group }: AccessArguments,
  { users, groups }: Accounts,
): Result<Wanted, Failure> {
  const uid = numberOf(owner, users);
  const gid = numberOf(group, groups);
  if (uid === undefined) return err(unknownAccount('user', owner));
  if (gid === undefined) return err(unknownAccount('group', group));
  return ok({ mode: mode === undefined ? null : Number.parseInt(mode, 8), uid, gid });
}

/** What a thing that is there would have: as it is, but for what was asked for. */
export function accessAfter({ mode, uid, gid }: Wanted, now: Access): Access {
  return { mode: mode ?? now.mode, uid: uid ?? now.uid, gid: gid ?? now.gid };
}

export function sameAccess(a: Access, b: Access): boolean {
  return a.mode === b.mode && a.uid === b.uid && a.gid === b.gid;
}

/** For a change that makes something new: what nobody asked for is left to whoever makes it. */
export function ownerFields({ uid, gid }: Wanted): {
  readonly uid?: number;
  readonly gid?: number;
} {
  return { ...(uid === null ? {} : { uid }), ...(gid === null ? {} : { gid }) };
}

export function modeText(mode: number): string {
  return mode.toString(8).padStart(4, '0');
}

function namesOf(account: string | number | undefined): readonly string[] {
  return typeof account === 'string' && !/^[0-9]+$/.test(account) ? [account] : [];
}

/** Null: nothing was said. Undefined: the host does not know the name. */
function numberOf(
  account: string | number | undefined,
  known: { readonly [name: string]: number | null },
): number | null | undefined {
  if (account === undefined) return null;
  if (typeof account === 'number') return account;
  if (/^[0-9]+$/.test(account)) return Number(account);
  return known[account] ?? undefined;
}

function unknownAccount(what: string, name: string | number | undefined): Failure {
  const message = `this host has no ${what} ${name}`;
  return refused(`no-such-${what}`, message, `make that ${what} first, or name another one`);
}
