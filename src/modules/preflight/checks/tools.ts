import type { Finding } from '../../../core/finding.js';
import { canRestore, pairOf, type ToolSource } from '../../etcd/tools.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { minorOf } from '../version.js';

/** Can a snapshot be restored here, and with whose programs? */
export function checkTools(facts: Facts): readonly Finding[] {
  const { host, toolsFrom, runtimes, etcd } = facts;
  if (toolsFrom?.from === 'host') return [];
  const lack = whatIsLacking(facts);
  if (toolsFrom !== null) return [found('tool-elsewhere', host, lack, sourceText(toolsFrom))];
  const image = etcd?.manifest.image ?? '';
  const byHand =
    runtimes.length === 0 || image === ''
      ? ''
      : `; ${runtimes.join(', ')} may take them out of ${image} by hand`;
  const upload = `a directory of this machine can give them: -e 'etcd_tools=["DIR"]'`;
  return [found('tool-missing', host, lack, `${upload}${byHand}`)];
}

function whatIsLacking({ tools, etcd }: Facts): string {
  const { etcdctl } = tools;
  if (etcdctl === null) return 'there is no etcdctl on this host';
  const pair = pairOf(tools);
  if (pair === null) return `${etcdctl.path} does not run: ${etcdctl.said}`;
  if (!canRestore(pair)) {
    return `etcdctl ${etcdctl.version} cannot restore, and there is no etcdutl on this host`;
  }
  return `etcdctl here is ${etcdctl.version}, and the manifest’s etcd is ${minorOf(etcd?.manifest.image.split(':')[1] ?? '')}`;
}

function sourceText(source: ToolSource): string {
  switch (source.from) {
    case 'host':
      return 'they are on the host';
    case 'upload':
      return `they will be sent from ${source.directory}`;
    case 'running':
      return `they will be copied out of the running container (${source.tools.etcdctl.path})`;
    case 'image':
      return `they will be taken out of the image ${source.image} by ${source.through}`;
  }
}
