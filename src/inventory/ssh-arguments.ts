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
  const words = text.match(/"[^"]*"|'[^']*'|\S+/g)?.map(unquoted) ?? [];
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag, rest] = [word.slice(0, 2), word.slice(2)];
    if (!['-o', '-i', '-p'].includes(flag)) {
      complain(`the ssh argument ${word} is not supported by this version`, 'error');
      continue;
    }
    const value = rest === '' ? (words.shift() ?? '') : rest;
    if (flag === '-i') identities.push(value);
    else if (flag === '-p') port = Number(value);
    else applyOption(value);
  }
  return { identities, knownHosts, port, identitiesOnly };

  function applyOption(option: string): void {
    const [name = '', ...values] = option.split(/[=\s]+/);
    const key = name.toLowerCase();
    const value = values.join(' ');
    if (key === 'userknownhostsfile') knownHosts.push(...values.map(unquoted));
    else if (key === 'identityfile') identities.push(unquoted(value));
    else if (key === 'identitiesonly') identitiesOnly = value.toLowerCase() === 'yes';
    else if (key === 'port') port = Number(value);
    else if (key === 'stricthostkeychecking') checkStrict(value);
    else if (!IGNORED.has(key)) {
      complain(`the ssh option ${name} is not supported by this version`, 'error');
    }
  }

  function checkStrict(value: string): void {
    if (['yes', 'true', 'ask'].includes(value.toLowerCase())) return;
    complain(`StrictHostKeyChecking=${value} is ignored: host keys are always verified`, 'warning');
  }
}

function unquoted(word: string): string {
  return word.replace(/^(["'])(.*)\1$/, '$2');
}
