import { expect } from 'vitest';
import { difference, type Lab, type LabHost, listing, withoutIdentity } from '../lab/index.js';

/** runback's own places: what it keeps there is not the cluster's. */
const ITS_OWN = /^\/(run|var\/lib\/runback|etc\/kubernetes\/runback)(\/|$| )|\/\.runback(\/| )/;

export type Before = Awaited<ReturnType<typeof lookBefore>>;

/** All that must be the same again behind a rollback. */
export async function lookBefore(lab: Lab, data: readonly string[]) {
  const [first] = lab.hosts;
  if (first === undefined) throw new Error('a lab without hosts');
  const { revision, clusterId } = await lab.members.status(first.name);
  const { hash } = await lab.members.hashkv(first.name, revision);
  const hosts = await Promise.all(
    lab.hosts.map(async (host) => ({
      host,
      inodes: await dataInodes(host, data),
      lines: settled(host),
    })),
  );
  return { revision, clusterId, hash, hosts, data };
}

/** The same directories, the same cluster with the same content, and nothing else that is other. */
export async function expectAsBefore(lab: Lab, before: Before): Promise<void> {
  await lab.untilHealthy();
  await lab.untilReady();
  for (const { host, inodes, lines } of before.hosts) {
    expect(await dataInodes(host, before.data), host.name).toEqual(inodes);
    expect(difference(lines, settled(host)), host.name).toEqual([]);
    expect((await lab.members.status(host.name)).clusterId, host.name).toBe(before.clusterId);
    const { hash } = await lab.members.hashkv(host.name, before.revision);
    expect(hash, host.name).toBe(before.hash);
  }
}

/** `PATH INODE` of what is there, links followed. */
export async function dataInodes(host: LabHost, data: readonly string[]): Promise<string> {
  const { stdout } = await host.run(['stat', '-L', '-c', '%n %i', '--', ...data]);
  if (stdout === '') throw new Error(`${host.name} has none of ${data.join(' ')}`);
  return stdout;
}

/** The listing without runback's own places, and without what a restart rewrites. */
function settled(host: LabHost): readonly string[] {
  return withoutIdentity(listing(host)).filter((line) => !ITS_OWN.test(line));
}
