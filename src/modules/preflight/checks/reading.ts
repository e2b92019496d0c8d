import type { Finding } from '../../../core/finding.js';
import type { Stat } from '../../../core/question.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** With kubeadm's RootlessControlPlane etcd is not root: can it read what it is given? */
export function checkReading({ host, etcd, etcdFiles }: Facts): readonly Finding[] {
  const user = etcd?.manifest.runAs ?? null;
  if (user === null || user.uid === 0) return [];
  const closed = etcdFiles.filter(({ stat }) => stat !== null && !mayRead(stat, user));
  if (closed.length === 0) return [];
  const message = `etcd runs as the user ${user.uid}, who may not read ${closed.map(({ path }) => path).join(', ')}`;
  return [found('unreadable-by-etcd', host, message, closed.map(shown).join('\n'))];
}

function mayRead(stat: Stat, user: { readonly uid: number; readonly gid: number }): boolean {
  // A directory is read by going into it.
  const wanted = stat.type === 'directory' ? 0o5 : 0o4;
  const shift = stat.uid === user.uid ? 6 : stat.gid === user.gid ? 3 : 0;
  return ((stat.mode >> shift) & wanted) === wanted;
}

function shown({ path, stat }: { readonly path: string; readonly stat: Stat | null }): string {
  return `${path} ${stat?.mode.toString(8)} ${stat?.uid}:${stat?.gid}`;
}
