import { readFileSync } from 'node:fs';
import ssh2 from 'ssh2';
import type { Connection } from '../../core/connection.js';
import type { Failure } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import { keyFailure } from './failures.js';

export interface Identity {
  readonly file: string;
  readonly key: Buffer;
}

/**
 * The private keys that can be offered. A key that was named must be usable; the default ones are
 * simply left out when they are not there.
 */
export function readIdentities(connection: Connection): Result<readonly Identity[], Failure> {
  const identities: Identity[] = [];
  let problem: Failure | null = null;
  for (const file of connection.identityFiles) {
    try {
      const key = readFileSync(file);
      const parsed = ssh2.utils.parseKey(key);
      if (parsed instanceof Error) {
        const isLocked = /encrypted|passphrase/i.test(parsed.message);
        const why = isLocked ? 'it is encrypted' : parsed.message;
        problem ??= keyFailure(connection, file, why);
      } else identities.push({ file, key });
    } catch (thrown) {
      const { code } = thrown as NodeJS.ErrnoException;
      const isDefault = /\/\.ssh\/id_(ed25519|ecdsa|rsa)$/.test(file);
      if (isDefault && code === 'ENOENT') continue;
      problem ??= keyFailure(connection, file, code === 'ENOENT' ? 'it is not there' : `${code}`);
    }
  }
  if (identities.length > 0 || connection.agentSocket !== null) return ok(identities);
  return problem === null ? ok(identities) : err(problem);
}
