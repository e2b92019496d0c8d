import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import {
  isListed,
  judge,
  knownKeyTypes,
  needsCertificate,
  parseKnownHosts,
} from '../../src/host/ssh/known-hosts.js';

/** Public keys as they travel: a type, and what makes it this one. */
function keyOf(type: string, what: string): Buffer {
  const text = (word: string) => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(word.length);
    return Buffer.concat([length, Buffer.from(word)]);
  };
  return Buffer.concat([text(type), text(what)]);
}

const own = keyOf('ssh-ed25519', 'own');
const other = keyOf('ssh-ed25519', 'other');
const rsa = keyOf('ssh-rsa', 'own');
const line = (names: string, key: Buffer, type = 'ssh-ed25519') =>
  `${names} ${type} ${key.toString('base64')} somebody@somewhere`;

it.each<[string, string, string, number, string]>([
  ['a name', line('cp1', own), 'cp1', 22, 'known'],
  ['a name in other letters', line('CP1.Example', own), 'cp1.example', 22, 'known'],
  ['another name', line('cp2', own), 'cp1', 22, 'unknown'],
  ['a name that only begins so', line('cp1', own), 'cp11', 22, 'unknown'],
  ['a list', line('cp0,cp1,10.0.0.1', own), '10.0.0.1', 22, 'known'],
  ['a port', line('[cp1]:2222', own), 'cp1', 2222, 'known'],
  ['another port', line('[cp1]:2222', own), 'cp1', 2223, 'unknown'],
  ['port 22 for another port', line('cp1', own), 'cp1', 2222, 'known'],
  ['another key of port 22 for another port', line('cp1', other), 'cp1', 2222, 'unknown'],
  ['an address of IPv6', line('2001:db8::1', own), '2001:db8::1', 22, 'known'],
  ['wildcards', line('cp?.*.example', own), 'cp1.a.example', 22, 'known'],
  ['a wildcard for one', line('cp?', own), 'cp10', 22, 'unknown'],
  ['a dot that is only a dot', line('cp1.example', own), 'cp1xexample', 22, 'unknown'],
  ['a negation behind a match', line('*.example,!cp1.example', own), 'cp1.example', 22, 'unknown'],
  ['a negation before a match', line('!cp1,*', own), 'cp1', 22, 'unknown'],
  ['a negation alone', line('!cp1', own), 'cp2', 22, 'unknown'],
  ['another key of the type', line('cp1', other), 'cp1', 22, 'changed'],
  ['one of two keys', `${line('cp1', other)}\n${line('cp1', own)}`, 'cp1', 22, 'known'],
  ['a key of another type', line('cp1', rsa, 'ssh-rsa'), 'cp1', 22, 'unknown'],
  ['a revoked key', `${line('cp1', own)}\n@revoked ${line('*', own)}`, 'cp1', 22, 'revoked'],
  ['another key revoked', `${line('cp1', own)}\n@revoked ${line('*', other)}`, 'cp1', 22, 'known'],
  ['an authority', `@cert-authority ${line('*', own)}`, 'cp1', 22, 'unknown'],
  ['an unknown marker', `@trusted ${line('cp1', own)}`, 'cp1', 22, 'unknown'],
  ['a comment', `# ${line('cp1', own)}`, 'cp1', 22, 'unknown'],
  ['line ends of another system', `${line('cp1', own)}\r\n`, 'cp1', 22, 'known'],
  ['half a line', 'cp1 ssh-ed25519\ncp1', 'cp1', 22, 'unknown'],
])('a known_hosts file with %s', (_, text, address, port, kind) => {
  expect(judge(parseKnownHosts('k', text), address, port, own).kind).toBe(kind);
});

it('a known_hosts file that ssh-keygen hashed', () => {
  const directory = mkdtempSync(join(tmpdir(), 'runback-known-'));
  const file = join(directory, 'known_hosts');
  // ssh-keygen hashes real keys only.
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(directory, 'key')]);
  const [type, base64 = ''] = readFileSync(join(directory, 'key.pub'), 'utf8').split(' ');
  writeFileSync(file, `cp1 ${type} ${base64}\n[cp2]:2222 ${type} ${base64}\n`);
  execFileSync('ssh-keygen', ['-q', '-H', '-f', file], { stdio: 'ignore' });
  const entries = parseKnownHosts(file, readFileSync(file, 'utf8'));
  rmSync(directory, { recursive: true });
  expect(entries.every((one) => one.patterns.startsWith('|1|'))).toBe(true);
  const key = Buffer.from(base64, 'base64');
  expect(judge(entries, 'CP1', 22, key)).toEqual({ kind: 'known' });
  expect(judge(entries, 'cp2', 2222, key)).toEqual({ kind: 'known' });
  expect(judge(entries, 'cp2', 22, key)).toEqual({ kind: 'unknown' });
  expect(judge(entries, 'cp1', 22, other)).toMatchObject({ kind: 'changed', entry: { line: 1 } });
});

it('says which types to ask for, and where only an authority vouches', () => {
  const text = [
    line('cp1', own),
    line('cp1', rsa, 'ssh-rsa'),
    `@cert-authority ${line('*', other)}`,
  ].join('\n');
  const entries = parseKnownHosts('k', text);
  expect(knownKeyTypes(entries, 'cp1', 22)).toEqual(['ssh-ed25519', 'ssh-rsa']);
  expect(knownKeyTypes(entries, 'cp1', 2222)).toEqual(['ssh-ed25519', 'ssh-rsa']);
  expect(isListed(entries, 'cp1', 2222)).toBe(false);
  expect(needsCertificate(entries, 'cp1', 22)).toBe(false);
  expect(needsCertificate(entries, 'cp2', 22)).toBe(true);
});
