import type { Finding } from '../../../core/finding.js';
import type { EtcdTool as Tool } from '../../../core/question.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';
import { compareMinor, imageVersion, minorOf } from '../version.js';

/**
 * What runs, the tools and the snapshot against the image of the manifest: the same major.minor. Where no
 * image says it (a digest, a unit) what runs is what will start again; where nothing runs the tools say it.
 */
export function checkVersions(facts: Facts): readonly Finding[] {
  const { host, etcd, live, toolsFrom } = facts;
  if (etcd === null) return [];
  const image = imageVersion(etcd.manifest.image);
  const running = live?.status.version ?? '';
  const base = image || running;
  const own = image === '' ? 'the etcd that runs' : 'the manifest’s etcd';
  const findings = base === '' ? amongTools(facts) : againstTools(facts, base, own);
  if (image !== '' && differs(running, image)) {
    const message = `etcd ${running} runs, and the manifest’s is ${image}`;
    findings.push(found('running-version', host, message, etcd.manifest.image));
  }
  if (base !== '') return [...findings, ...checkSnapshot(facts, base, own)];
  const message = 'neither an image nor a running etcd says which version starts here';
  findings.push(found('etcd-version-unknown', host, message, etcd.manifest.image));
  const ofTools = toolsFrom === null ? undefined : usedTools(facts)[0]?.[1].version;
  return [...findings, ...(ofTools ? checkSnapshot(facts, ofTools, 'the tools’ etcd') : [])];
}

function differs(version: string | null, from: string): boolean {
  return version !== null && version !== '' && minorOf(version) !== minorOf(from);
}

/** Of a host whose own are not used it does not matter which they are. */
function usedTools({ tools, toolsFrom }: Facts): readonly (readonly [string, Tool])[] {
  if (toolsFrom !== null && toolsFrom.from !== 'host') return [];
  return Object.entries<Tool | null>({ ...tools }).flatMap(([name, tool]) =>
    tool === null ? [] : [[name, tool] as const],
  );
}

function againstTools(facts: Facts, version: string, own: string): Finding[] {
  return usedTools(facts)
    .filter(([, tool]) => differs(tool.version, version))
    .map(([name, tool]) => {
      const message = `${name} is ${tool.version}, and ${own} is ${version}`;
      return found('tool-version', facts.host, message, tool.path);
    });
}

function amongTools(facts: Facts): Finding[] {
  const [first, second] = usedTools(facts);
  if (first === undefined || second === undefined || second[1].version === null) return [];
  if (!differs(first[1].version, second[1].version)) return [];
  const message = `${first[0]} is ${first[1].version}, and ${second[0]} is ${second[1].version}`;
  return [found('tool-version', facts.host, message, `${first[1].path}\n${second[1].path}`)];
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
