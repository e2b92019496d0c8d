import type { SshServer } from '../core/connection.js';
import type { ServerKeys } from '../core/host-keys.js';
import type { HostName } from '../core/names.js';
import { jsonText } from './json.js';
import { oneLine } from './safe-text.js';

export interface ServerKeysRow {
  /** Null: a bastion. */
  readonly host: HostName | null;
  readonly server: SshServer;
  readonly keys: ServerKeys;
}

/** A server's host keys beside what is known of it, and what to do where that does not fit. */
export function serverKeysText({ host, server, keys }: ServerKeysRow): string {
  const name = host === null ? 'bastion' : oneLine(host);
  const head = `${name}  ${server.address}:${server.port}  ${STATES[keys.state]}`;
  const rows = keys.keys.map(
    ({ type, fingerprint }) => `  ${oneLine(type).padEnd(20)} ${fingerprint}`,
  );
  const where = keys.where ?? server.knownHostsFiles.join(', ');
  const advice =
    keys.state === 'changed' || keys.state === 'revoked' ? [ADVICE[keys.state](where)] : [];
  return `${[head, ...rows, ...advice].join('\n')}\n`;
}

export function serverKeysJson({ host, server, keys }: ServerKeysRow, now: string): string {
  const { address, port } = server;
  const shown = keys.keys.map(({ type, fingerprint }) => ({ type, fingerprint }));
  const body = { host, address, port, state: keys.state, where: keys.where, keys: shown };
  return `${jsonText({ v: 1, at: now, type: 'host-keys', ...body })}\n`;
}

const STATES: { readonly [state in ServerKeys['state']]: string } = {
  new: 'new',
  known: 'known',
  changed: 'CHANGED: these are not the keys that are known',
  revoked: 'REVOKED',
  certified: 'known by a certificate',
};

const ADVICE = {
  changed: (where: string) =>
    `  Nothing is replaced: somebody may be in between. If it was really reinstalled, see ${where},\n` +
    '  take its old keys out (ssh-keygen -R), and come back.',
  revoked: (where: string) => `  Do not log in there: see ${where}, and find out why.`,
} as const;
