import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { compareMinor } from '../version.js';

/** Can a snapshot be restored here? From 3.6 on only etcdutl can. (etcd, CHANGELOG-3.6) */
export function checkTools({ host, tools, sources }: Facts): readonly Finding[] {
  const { etcdctl, etcdutl } = tools;
  const isOld = etcdctl?.version != null && compareMinor(etcdctl.version, '3.6') < 0;
  if (etcdctl !== null && (etcdutl !== null || isOld)) return [];
  const what =
    etcdctl === null
      ? 'there is no etcdctl on this host'
      : `etcdctl ${etcdctl.version ?? ''} cannot restore, and there is no etcdutl on this host`;
  const from = [...sources, 'an upload from this machine'];
  return [found('tool-missing', host, what, `it can come from: ${from.join('; ')}`)];
}
