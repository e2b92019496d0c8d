import { clean } from '../core/clean.js';
import { type Failure, failure } from '../core/failure.js';
import type { HostName } from '../core/names.js';
import { err, ok, type Result } from '../core/result.js';

/** What the runner found out about its host when it was started: how it does things there. */
export interface HostFacts {
  readonly pid: number;
  /** One for each boot: what another boot has left is over, whatever it says. */
  readonly bootId: string;
  readonly uid: number;
  /** `dd`: there is no sync of single files. */
  readonly sync: 'sync-file' | 'dd';
  /** `watcher`: there is no `timeout -k`. */
  readonly limit: 'timeout' | 'watcher';
  /** Without setsid a step only ignores the end of its connection, and orphans are known by their environment. */
  readonly detach: 'setsid' | 'none';
  /** `single`: dd counts no bytes, so that they are read one by one. */
  readonly frames: 'dd' | 'single';
  /** Requests up to this size are sent as lines, which need no process to be read. */
  readonly linesBytesMax: number;
  /** Where receipts lie; null when there is no such place for this user. */
  readonly stateDir: string | null;
}

/** Reads the greeting's `name=value` words. A host that lacks what is essential is refused by name. */
export function readFacts(host: HostName, line: string): Result<HostFacts, Failure> {
  const words = new Map<string, string>();
  const [, head = '', stateDir = ''] = /^(.*?) state=(.*)$/.exec(line) ?? [];
  for (const word of head.split(' ')) {
    const [name = '', value = ''] = word.split('=');
    words.set(name, value);
  }
  const missing = clean(words.get('missing') ?? '')
    .split(',')
    .filter((name) => name !== '');
  if (missing.length > 0) return err(lacks(host, missing));
  return ok({
    pid: Number(words.get('pid')),
    bootId: words.get('boot') ?? '',
    uid: Number(words.get('uid')),
    sync: words.get('sync') === 'dd' ? 'dd' : 'sync-file',
    limit: words.get('limit') === 'timeout' ? 'timeout' : 'watcher',
    detach: words.get('detach') === 'setsid' ? 'setsid' : 'none',
    frames: words.get('frames') === 'dd' ? 'dd' : 'single',
    linesBytesMax: Number(words.get('lines')) || 0,
    stateDir: stateDir.startsWith('/') ? stateDir : null,
  });
}

function lacks(host: HostName, missing: readonly string[]): Failure {
  const message = `${host} lacks ${missing.join(', ')}, and nothing can be done there without`;
  const next = 'a host needs Linux with /proc and coreutils or busybox; install what is missing';
  return failure('tool-missing', 'host-lacks-tools', message, next, { host });
}
