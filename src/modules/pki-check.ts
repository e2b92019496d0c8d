import Type from 'typebox';
import { type Failure, refused } from '../core/failure.js';
import { sha256 } from '../core/hash.js';
import { defineModule } from '../core/module.js';
import type { Certificates, ClockReading } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';

const shownMax = 5;

/** Before a PKI takes the place of another: is it one, and is it this cluster's? */
export const pkiCheck = defineModule({
  name: 'pki_check',
  summary:
    'Refuses a directory of certificates and keys that do not belong together, that have ended, or that are another cluster’s.',
  example: `
- name: Check what was unpacked
  pki_check:
    path: /etc/kubernetes/pki.new
    beside: /etc/kubernetes/pki
  register: unpacked
`,
  place: 'host',
  args: argumentsOf({
    path: hostPath('The directory that is to be used.'),
    beside: hostPath('The one that is in use now; what is missing there is not compared.'),
    other_authority: Type.Optional(
      Type.Boolean({ description: 'May its CAs and sa.key be other ones? Default: false.' }),
    ),
    outdated: Type.Optional(
      Type.Boolean({ description: 'May it hold certificates that have ended? Default: false.' }),
    ),
  }),
  result: Type.Object({
    certificates: Type.Integer(),
    keys: Type.Integer(),
    authority: Type.String({
      description: 'A digest of what must be the same on all hosts: CAs and sa.pub.',
    }),
  }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ path, beside, other_authority = false, outdated = false }, ask) {
    const seen = await ask.host({
      these: { kind: 'certificates', paths: [path] },
      those: { kind: 'certificates', paths: [beside] },
      clock: { kind: 'clock' },
    });
    if (!seen.ok) return seen;
    const { these, clock } = seen.value;
    const those = known(seen.value.those, beside);
    const refusal =
      whole(these, path) ??
      pairs(these) ??
      signed(these) ??
      (outdated ? null : inDate(these, clock)) ??
      (other_authority ? null : sameAuthority(known(these, path), those));
    if (refusal !== null) return err(refusal);
    const shared = [...known(these, path)].map(([name, digest]) => `${name} ${digest}`).sort();
    const { certificates, keys } = these;
    const authority = sha256(shared.join('\n'));
    return ok({ certificates: certificates.length, keys: keys.length, authority });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function whole(
  { certificates, unreadable, hasOpenssl }: Certificates,
  path: string,
): Failure | null {
  if (!hasOpenssl) {
    const message = 'this host has no openssl: whether keys fit their certificates cannot be known';
    return refused('tool-missing', message, 'install openssl');
  }
  if (certificates.length === 0) {
    return refused('no-certificates', `${path} holds no certificate`, 'use another backup');
  }
  return unreadable.length === 0
    ? null
    : refused('unreadable', `neither certificate nor key: ${list(unreadable)}`, OTHER_BACKUP);
}

/** NAME.crt and NAME.key, as kubeadm calls them. */
function pairs({ certificates, keys }: Certificates): Failure | null {
  const apart = keys.filter(({ path, isPrivate, keySha256 }) => {
    const beside = path.replace(/\.key$/, '.crt');
    const its = certificates.find((one) => one.path === beside && one.index === 0);
    return isPrivate && its !== undefined && its.keySha256 !== keySha256;
  });
  if (apart.length === 0) return null;
  const message = `not the keys of the certificates beside them: ${list(apart.map(({ path }) => path))}`;
  return refused('key-differs', message, OTHER_BACKUP);
}

/** Whose issuer is called as a CA of the same directory, that one must have signed it. */
function signed({ certificates }: Certificates): Failure | null {
  const authorities = certificates.filter(({ isAuthority }) => isAuthority);
  const called = new Set(authorities.map(({ subject }) => subject));
  const own = new Set(authorities.map((one) => one.sha256));
  const strangers = certificates.filter(
    ({ issuer, signedBy }) => called.has(issuer) && !signedBy.some((one) => own.has(one)),
  );
  if (strangers.length === 0) return null;
  const message = `signed by none of its CAs: ${list(strangers.map(({ path }) => path))}`;
  return refused('chain', message, OTHER_BACKUP);
}

function inDate({ certificates }: Certificates, { answeredAtMs: nowMs }: ClockReading) {
  const ended = certificates.filter(({ notAfterMs }) => nowMs > notAfterMs);
  if (ended.length === 0) return null;
  const message = `certificates have ended: ${list(ended.map(({ path }) => path))}`;
  const next = 'use a newer backup; or allow it (outdated), and renew them at once behind it';
  return refused('outdated', message, next);
}

/** What all hosts share, by its name below the directory. */
function known({ certificates, keys }: Certificates, top: string): ReadonlyMap<string, string> {
  const below = (path: string) => path.slice(top.length + 1);
  const authorities = certificates
    .filter(({ isAuthority, path }) => isAuthority && path.endsWith('ca.crt'))
    .map(({ path, sha256: digest }): [string, string] => [below(path), digest]);
  const accounts = keys
    .filter(({ path, keySha256 }) => path.endsWith('/sa.pub') && keySha256 !== null)
    .map(({ path, keySha256 }): [string, string] => [below(path), keySha256 ?? '']);
  return new Map([...authorities, ...accounts]);
}

function sameAuthority(
  these: ReadonlyMap<string, string>,
  those: ReadonlyMap<string, string>,
): Failure | null {
  const others = [...these].filter(([name, digest]) => (those.get(name) ?? digest) !== digest);
  if (others.length === 0) return null;
  const names = others.map(([name]) => name);
  const message = `not the ones that are in use: ${list(names)}`;
  const next =
    'make sure that it is this cluster’s; when all hosts shall have the other CA, allow it (other_authority)';
  return refused('other-authority', message, next);
}

const OTHER_BACKUP = 'use another backup; nothing was changed here';

function list(names: readonly string[]): string {
  const more = names.length > shownMax ? `, and ${names.length - shownMax} more` : '';
  return `${names.slice(0, shownMax).join(', ')}${more}`;
}
