import { expect } from 'vitest';
import {
  COMPONENTS,
  difference,
  type Lab,
  type LabHost,
  listing,
  untilTrue,
  withoutIdentity,
} from '../lab/index.js';

/** runback's own places: what it keeps there is not the cluster's. */
const ITS_OWN = /^\/(run|var\/lib\/runback|etc\/kubernetes\/runback)(\/|$| )|\/\.runback(\/| )/;

const STARTED_MS_MAX = 60_000;

export type Before = Awaited<ReturnType<typeof lookBefore>>;

/** All that must be the same again behind a rollback. */
export async function lookBefore(lab: Lab, data: readonly string[]) {
  const [first] = lab.etcdHosts;
  if (first === undefined) throw new Error('a lab without members');
  const { revision, clusterId } = await lab.members.status(first.name);
  const { hash } = await lab.members.hashkv(first.name, revision);
  const hosts = await Promise.all(
    lab.hosts.map(async (host) => ({
      host,
      runs: await runningOn(host),
      lines: settled(host),
    })),
  );
  const inodes = await Promise.all(lab.etcdHosts.map((member) => dataInodes(member, data)));
  return { revision, clusterId, hash, hosts, inodes, data };
}

/** The same directories, the same cluster with the same content, and nothing else that is other. */
export async function expectAsBefore(lab: Lab, before: Before): Promise<void> {
  await lab.untilHealthy();
  await lab.untilReady();
  for (const { host, runs, lines } of before.hosts) {
    expect(difference(lines, settled(host)), host.name).toEqual([]);
    // A kubelet starts one pod after the other.
    await untilTrue(`${runs} on ${host.name}`, STARTED_MS_MAX, async () => {
      return (await runningOn(host)) === runs;
    });
  }
  for (const [index, { name }] of lab.etcdHosts.entries()) {
    expect(await dataInodes(lab.host(name), before.data), name).toEqual(before.inodes[index]);
    expect((await lab.members.status(name)).clusterId, name).toBe(before.clusterId);
    const { hash } = await lab.members.hashkv(name, before.revision);
    expect(hash, name).toBe(before.hash);
  }
}

/** Which components have a process, and what systemd says of etcd: of a host that never had a unit, nothing. */
async function runningOn(host: LabHost): Promise<string> {
  const running = COMPONENTS.filter((name) => host.processes(name).length > 0);
  const show = ['systemctl', 'show', '-p', 'ActiveState', '-p', 'UnitFileState', 'etcd'];
  const { stdout } = await host.run(show);
  return [...running, ...stdout.split('\n').filter(Boolean)].join(' ');
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
