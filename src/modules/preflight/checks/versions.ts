import type { Finding } from '../../../core/finding.js';
import type { EtcdTool as Tool } from '../../../core/question.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { compareMinor, imageVersion, minorOf } from '../version.js';

/** What runs, the tools and the snapshot against the image of the manifest: the same major.minor. */
export function checkVersions(facts: Facts): readonly Finding[] {
  const { host, etcd, live, tools, toolsFrom } = facts;
  // Of a host whose own are not used it does not matter which they are.
  const used = toolsFrom === null || toolsFrom.from === 'host' ? tools : {};
  const isUnit = etcd?.source === 'unit';
  // A unit names no version: what runs is what it starts.
  const image = isUnit ? (live?.status.version ?? '') : imageVersion(etcd?.manifest.image ?? '');
  if (image === '') return [];
  const own = isUnit ? 'the etcd that runs' : 'the manifest’s etcd';
  const differs = (version: string | null | undefined) =>
    version != null && version !== '' && minorOf(version) !== minorOf(image);
  const findings: Finding[] = [];
  for (const [name, tool] of Object.entries<Tool | null>(used)) {
    if (!differs(tool?.version)) continue;
    const message = `${name} is ${tool?.version}, and ${own} is ${image}`;
    findings.push(found('tool-version', host, message, tool?.path));
  }
  const running = live?.status.version;
  if (differs(running)) {
    const message = `etcd ${running} runs, and the manifest’s is ${image}`;
    findings.push(found('running-version', host, message, etcd?.manifest.image));
  }
  return [...findings, ...checkSnapshot(facts, image, own)];
}

function checkSnapshot({ host, record }: Facts, image: string, own: string): readonly Finding[] {
  if (record === null) return [];
  const version = record.snapshot.etcd_version;
  if (version === '') {
    const message = 'the record does not say which etcd the snapshot is from';
    return [found('snapshot-version-unknown', host, message)];
  }
  const order = compareMinor(version, image);
  if (order === 0) return [];
  const message = `the snapshot is from etcd ${version}, and ${own} is ${image}`;
  return [found(order > 0 ? 'snapshot-newer' : 'snapshot-older', host, message)];
}
