import { shellWords } from './ssh-words.js';

export interface SshArguments {
  readonly identities: readonly string[];
  readonly knownHosts: readonly string[];
  readonly port: number | null;
  readonly identitiesOnly: boolean;
}

type Complain = (message: string, severity: 'error' | 'warning') => void;

/** Harmless here: what they ask for is already so, or has no counterpart. */
const IGNORED = new Set([
  'controlmaster',
  'controlpersist',
  'controlpath',
  'serveraliveinterval',
  'serveralivecountmax',
  'connecttimeout',
  'batchmode',
  'preferredauthentications',
  'globalknownhostsfile',
  'loglevel',
  'compression',
  'pubkeyauthentication',
  'passwordauthentication',
]);

/** What people put into ansible_ssh_common_args. An option that we do not honour is never dropped silently. */
export function readSshArguments(text: string, complain: Complain): SshArguments {
  const identities: string[] = [];
  const knownHosts: string[] = [];
  let port: number | null = null;
  let identitiesOnly = false;
  const words = [...(shellWords(text) ?? openQuote())];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag, rest] = [word.slice(0, 2), word.slice(2)];
    if (flag === '-q' || flag === '-C' || flag === '-T') continue;
    if (!['-o', '-i', '-p'].includes(flag)) {
      // A word without a dash belongs to the unsupported argument before it, which was complained of.
      if (word.startsWith('-')) unsupported(`the ssh argument ${word}`);
      continue;
    }
    const value = rest === '' ? words.shift() : rest;
    if (value === undefined) complain(`the ssh argument ${flag} has no value`, 'error');
    else if (flag === '-i') identities.push(value);
    else if (flag === '-p') applyPort(value);
    else applyOption(value);
  }
  return { identities, knownHosts, port, identitiesOnly };

  function applyOption(option: string): void {
    const [, name = '', value = ''] = /^([^=\s]*)\s*=?\s*(.*)$/s.exec(option.trim()) ?? [];
    const key = name.toLowerCase();
    if (key === 'userknownhostsfile') knownHosts.push(...(shellWords(value) ?? openQuote()));
    else if (key === 'identityfile') identities.push(...(shellWords(value) ?? openQuote()));
    else if (key === 'identitiesonly') identitiesOnly = /^(yes|true)$/i.test(value);
    else if (key === 'port') applyPort(value);
    else if (key === 'stricthostkeychecking') checkStrict(value);
    else if (!IGNORED.has(key)) unsupported(`the ssh option ${name}`);
  }

  function applyPort(value: string): void {
    const number = Number(value);
    if (/^[0-9]+$/.test(value) && number > 0 && number < 65_536) port ??= number;
    else complain(`${value} is not a port`, 'error');
  }

  function checkStrict(value: string): void {
    if (/^(yes|true|ask)$/i.test(value)) return;
    complain(`StrictHostKeyChecking=${value} is ignored: host keys are always verified`, 'warning');
  }

  function unsupported(what: string): void {
    complain(`${what} is not supported by this version`, 'error');
  }

  function openQuote(): readonly string[] {
    complain('a quote is not closed', 'error');
    return [];
  }
}
