import type { Places, Questions } from '../../../core/ask.js';
import { type Failure, refused } from '../../../core/failure.js';
import { nameOf } from '../../../core/host-path.js';
import type { Accounts, Question, UnitSettings } from '../../../core/question.js';
import { err, ok, type Result } from '../../../core/result.js';
import { type PodManifest, readEnvironment, readFlags, tidied } from '../manifest.js';
import { commandWords } from './command-words.js';
import { readEnvironmentFile, readEnvironmentWords } from './environment-file.js';

const fileBytesMax = 500_000;
/** What makes another member, or another place of its data: nothing of it may change unseen. */
const IDENTITY = [
  ...['name', 'data-dir', 'wal-dir', 'config-file', 'initial-advertise-peer-urls'],
  ...['listen-peer-urls', 'listen-client-urls'],
];

/** A member that systemd runs, in the shape of a static pod whose paths are the host's own. */
export interface MemberUnit {
  readonly name: string;
  readonly manifest: PodManifest;
  /** All that it is made of: the unit, its drop-ins, the files of its environment. */
  readonly files: readonly string[];
}

export function unitName(name: string): string {
  return name.includes('.') ? name : `${name}.service`;
}

export function unitQuestion(name: string) {
  return { kind: 'unit-settings', unit: unitName(name), prefix: 'ETCD_' } as const;
}

/** Variables of the environment lose against flags, as in etcd; later files win over earlier ones. */
export async function readUnit(
  settings: UnitSettings,
  ask: Places,
): Promise<Result<MemberUnit, Failure>> {
  const [command = '', ...more] = settings.commands;
  const paths = settings.environmentFiles.map(({ path }) => path);
  const seen = await ask.host(questionsFor(settings, paths));
  if (!seen.ok) return seen;
  const texts = paths.map((path) => textIn(seen.value[`read ${path}`]));
  const missing = settings.environmentFiles.find(
    ({ isOptional }, at) => !isOptional && texts[at] === null,
  );
  if (missing !== undefined) return err(fileMissing(settings.name, missing.path));
  const [program = ''] = command.split(' ');
  if (more.length > 0 || nameOf(program) !== 'etcd') {
    return err(notUnderstood(settings.name, settings.commands));
  }
  const flags = flagsOfUnit(
    settings,
    texts.map((text) => text ?? ''),
  );
  const other = otherWhileRunning(settings, flags);
  if (other !== null) return err(settingsChanged(settings.name, other));
  const runAs = accountOf(settings, seen.value.accounts as Accounts);
  if (runAs === 'unknown') return err(noSuchUser(settings));
  return ok({
    name: settings.name,
    manifest: { image: '', flags, runAs, hostPathOf: tidied },
    files: [...settings.files, ...paths.filter((_, at) => texts[at] !== null)],
  });
}

/** What etcd would be told, with these texts in the files of its environment. */
export function flagsOfUnit(
  { commands, environment }: Pick<UnitSettings, 'commands' | 'environment'>,
  texts: readonly string[],
): ReadonlyMap<string, string> {
  const variables = new Map([
    ...readEnvironmentWords(environment),
    ...texts.flatMap((text) => [...readEnvironmentFile(text)]),
  ]);
  const [, ...words] = commandWords(commands[0] ?? '', variables);
  return flagsOf(variables, words);
}

function questionsFor({ user, group }: UnitSettings, paths: readonly string[]): Questions {
  const questions: { [name: string]: Question } = {
    // Without a group of its own systemd takes the user's, which is mostly called like the user.
    accounts: { kind: 'accounts', users: [user || 'root'], groups: [group || user || 'root'] },
  };
  for (const path of paths) {
    questions[`read ${path}`] = { kind: 'read', path, bytesMax: fileBytesMax };
  }
  return questions;
}

function textIn(answer: unknown): string | null {
  return (answer as { readonly text: string } | null)?.text ?? null;
}

function flagsOf(variables: ReadonlyMap<string, string>, words: readonly string[]) {
  const named = [...variables].map(([name, value]) => ({ name, value }));
  return new Map([...readEnvironment(named), ...readFlags(words)]);
}

/** A file that was changed without a restart: what runs now would not come back. */
function otherWhileRunning(
  { running }: UnitSettings,
  flags: ReadonlyMap<string, string>,
): string | null {
  if (running === null) return null;
  const own = running.environment.map((one): [string, string] => {
    const at = one.indexOf('=');
    return [one.slice(0, at), one.slice(at + 1)];
  });
  const now = flagsOf(new Map(own), running.argv.slice(1));
  const flag = IDENTITY.find((one) => (now.get(one) ?? '') !== (flags.get(one) ?? ''));
  return flag === undefined
    ? null
    : `--${flag}: ${now.get(flag) ?? 'nothing'} now, ${flags.get(flag) ?? 'nothing'} when it starts again`;
}

function accountOf(
  { user, group }: UnitSettings,
  { users, groups }: Accounts,
): PodManifest['runAs'] | 'unknown' {
  if (user === '' || user === 'root' || user === '0') return null;
  const number = (name: string) => (/^[0-9]+$/.test(name) ? Number(name) : null);
  const uid = number(user) ?? users[user] ?? null;
  const gid = number(group) ?? groups[group || user] ?? null;
  if (uid === null || (gid === null && group !== '')) return 'unknown';
  return { uid, gid: gid ?? uid };
}

function notUnderstood(unit: string, commands: readonly string[]): Failure {
  const message = `${unit} does not start etcd itself`;
  const next =
    'this version reads a unit with one ExecStart, which is etcd: restore this member by hand';
  return refused('unit-not-understood', message, next, commands.join('\n'));
}

function fileMissing(unit: string, path: string): Failure {
  const message = `${path}, which ${unit} takes its settings from, is missing`;
  const next = `write it back: the record of a backup holds it (hosts, manifests, "${path}")`;
  return refused('environment-file-missing', message, next);
}

function settingsChanged(unit: string, what: string): Failure {
  const message = `etcd runs with other settings than ${unit} would start it with`;
  const next =
    'bring the old settings back, or restart etcd with the new ones and see that it is well';
  return refused('unit-settings-changed', message, next, what);
}

function noSuchUser({ name, user, group }: UnitSettings): Failure {
  const message = `${name} runs as ${user}${group === '' ? '' : `:${group}`}, whom this host does not know`;
  return refused('no-such-user', message, 'make that user and group first');
}
