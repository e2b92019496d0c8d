import { isPort, type Jump, readJump } from './ssh-jump.js';
import { shellWords } from './ssh-words.js';

export interface SshArguments {
  readonly identities: readonly string[];
  readonly knownHosts: readonly string[];
  readonly port: number | null;
  readonly user: string | null;
  readonly identitiesOnly: boolean | null;
  /** The bastions on the way, the nearest first; null when nothing is said of them. */
  readonly jumps: readonly Jump[] | null;
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
const WITH_VALUE = ['-o', '-i', '-p', '-J', '-l'];
const HARMLESS = ['-q', '-C', '-T'];

/** What people put into ansible_ssh_common_args. An option that we do not honour is never dropped silently. */
export function readSshArguments(text: string, complain: Complain): SshArguments {
  const { said, places } = readWords(shellWords(text) ?? openQuote(complain), complain);
  const [place] = places;
  if (place !== undefined) complain(`the ssh argument ${place} is not supported`, 'error');
  return said;
}

interface Read {
  readonly said: SshArguments;
  /** Words that belong to no option: of a whole command line, where it leads. */
  readonly places: readonly string[];
}

function readWords(all: readonly string[], complain: Complain): Read {
  const words = [...all];
  const places: string[] = [];
  const identities: string[] = [];
  const knownHosts: string[] = [];
  let port: number | null = null;
  let user: string | null = null;
  let identitiesOnly: boolean | null = null;
  let jumps: readonly Jump[] | null = null;
  let isBeyondUs = false;
  for (let word = words.shift(); word !== undefined; word = words.shift()) {
    const [flag, rest] = [word.slice(0, 2), word.slice(2)];
    if (HARMLESS.includes(word)) continue;
    if (!WITH_VALUE.includes(flag)) {
      // A word without a dash behind an unsupported argument belongs to it, which was complained of.
      if (!word.startsWith('-')) places.push(...(isBeyondUs ? [] : [word]));
      else unsupported(`the ssh argument ${word}`);
      isBeyondUs = word.startsWith('-');
      continue;
    }
    const value = rest === '' ? words.shift() : rest;
    if (value === undefined) complain(`the ssh argument ${flag} has no value`, 'error');
    else if (flag === '-i') identities.push(value);
    else if (flag === '-p') applyPort(value);
    else if (flag === '-l') user ??= value;
    else if (flag === '-J') jumps ??= readProxyJump(value, complain);
    else applyOption(value);
  }
  return { said: { identities, knownHosts, port, user, identitiesOnly, jumps }, places };

  function applyOption(option: string): void {
    const [, name = '', value = ''] = /^([^=\s]*)\s*=?\s*(.*)$/s.exec(option.trim()) ?? [];
    const key = name.toLowerCase();
    if (key === 'userknownhostsfile') knownHosts.push(...wordsOf(value));
    else if (key === 'identityfile') identities.push(...wordsOf(value));
    else if (key === 'identitiesonly') identitiesOnly ??= /^(yes|true)$/i.test(value);
    else if (key === 'port') applyPort(value);
    else if (key === 'user') user ??= value;
    else if (key === 'proxyjump') jumps ??= readProxyJump(value, complain);
    else if (key === 'proxycommand') jumps ??= readProxyCommand(value, complain);
    else if (key === 'stricthostkeychecking') checkStrict(value);
    else if (!IGNORED.has(key)) unsupported(`the ssh option ${name}`);
  }

  function applyPort(value: string): void {
    if (isPort(value)) port ??= Number(value);
    else complain(`${value} is not a port`, 'error');
  }

  function checkStrict(value: string): void {
    if (/^(yes|true|ask)$/i.test(value)) return;
    complain(`StrictHostKeyChecking=${value} is ignored: host keys are always verified`, 'warning');
  }

  function unsupported(what: string): void {
    complain(`${what} is not supported by this version`, 'error');
  }

  function wordsOf(value: string): readonly string[] {
    return shellWords(value) ?? openQuote(complain);
  }
}

function readProxyJump(text: string, complain: Complain): readonly Jump[] {
  if (text === 'none') return [];
  return text.split(',').flatMap((one) => {
    const jump = readJump(one);
    if (jump === null) complain(`${one} is not a bastion: write user@host:port`, 'error');
    return jump ?? [];
  });
}

/**
 * `ssh -W %h:%p …` in a ProxyCommand is another way of writing ProxyJump, and is carried out as one: no
 * command of an inventory is ever run here.
 */
function readProxyCommand(text: string, complain: Complain): readonly Jump[] {
  if (text === 'none') return [];
  const all = shellWords(text) ?? openQuote(complain);
  const [program = '', ...rest] = all[0] === 'exec' ? all.slice(1) : all;
  const forward = rest.findIndex((word) => word.startsWith('-W'));
  const isGlued = (rest[forward] ?? '').length > 2;
  const target = isGlued ? rest[forward]?.slice(2) : rest[forward + 1];
  const leadsOn = target === '%h:%p' || target === '[%h]:%p';
  if (!/^(.*\/)?ssh$/.test(program) || forward < 0 || !leadsOn) {
    complain('of ProxyCommand only `ssh -W %h:%p …` is supported: better write ProxyJump', 'error');
    return [];
  }
  const { said, places } = readWords(rest.toSpliced(forward, isGlued ? 1 : 2), complain);
  const [place] = places;
  const jump = place === undefined || places.length > 1 ? null : readJump(place);
  if (jump === null) {
    complain('the ssh of ProxyCommand must name one bastion: user@host', 'error');
    return [];
  }
  const { identities, knownHosts, identitiesOnly } = said;
  const port = said.port ?? jump.port;
  const user = said.user ?? jump.user;
  const last: Jump = { ...jump, user, port, identities, knownHosts, identitiesOnly };
  return [...(said.jumps ?? []), last];
}

function openQuote(complain: Complain): readonly string[] {
  complain('a quote is not closed', 'error');
  return [];
}
