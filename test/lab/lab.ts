import { join } from 'node:path';
import { LabClient } from './client.js';
import { down } from './down.js';
import { LabHost } from './host.js';
import type { LabOptions } from './options.js';
import { apiHostsOf, type LabShape, membersOf, readShape, workersOf } from './shape.js';
import { type Toolbox, toolboxFor } from './toolbox.js';
import { untilTrue } from './until.js';

const HEALTHY_MS_MAX = 60_000;

export class Lab {
  readonly name: string;
  readonly dir: string;
  readonly options: Required<LabOptions>;
  readonly hosts: readonly LabHost[];
  /** Those of the group etcd, and those with API servers: the same in a stacked lab. */
  readonly etcdHosts: readonly LabHost[];
  readonly apiHosts: readonly LabHost[];
  readonly workers: readonly LabHost[];
  readonly inventoryFile: string;
  readonly knownHostsFile: string;
  readonly privateKeyFile: string;
  /** etcd through each member's own endpoint: the lab's own eyes, which know nothing of runback. */
  readonly members: LabClient;

  constructor(shape: LabShape, toolbox: Toolbox) {
    this.name = shape.options.name;
    this.dir = shape.dir;
    this.options = shape.options;
    this.hosts = shape.hosts.map((host) => new LabHost(shape, host, toolbox));
    const named = (hosts: readonly { readonly name: string }[]) =>
      this.hosts.filter(({ name }) => hosts.some((one) => one.name === name));
    this.etcdHosts = named(membersOf(shape));
    this.apiHosts = named(apiHostsOf(shape));
    this.workers = named(workersOf(shape));
    this.inventoryFile = join(shape.dir, 'inventory.yml');
    this.knownHostsFile = join(shape.dir, 'known_hosts');
    this.privateKeyFile = join(shape.dir, 'id_ed25519');
    this.members = new LabClient(shape);
  }

  host(name: string): LabHost {
    const host = this.hosts.find((candidate) => candidate.name === name);
    if (host === undefined) throw new Error(`the lab ${this.name} has no host ${name}`);
    return host;
  }

  /** The argv of the OpenSSH client for a host, strict about host keys, up to the remote command. */
  ssh(name: string, user = 'root'): readonly string[] {
    const options = [
      'BatchMode=yes',
      'IdentitiesOnly=yes',
      'StrictHostKeyChecking=yes',
      'GlobalKnownHostsFile=/dev/null',
      `UserKnownHostsFile=${this.knownHostsFile}`,
    ].flatMap((option) => ['-o', option]);
    return [
      'ssh',
      '-F',
      '/dev/null',
      '-i',
      this.privateKeyFile,
      ...options,
      `${user}@${this.host(name).address}`,
    ];
  }

  /** Waits until every member answers a linearizable read. */
  async untilHealthy(timeMsMax = HEALTHY_MS_MAX): Promise<void> {
    await untilTrue('a healthy cluster', timeMsMax, async () => {
      const answers = await Promise.all(
        this.etcdHosts.map(({ name }) => this.members.isHealthy(name)),
      );
      return answers.every(Boolean);
    });
  }

  /** Waits until all members have come to the same revision; a follower may lag behind for a moment. */
  async untilCaughtUp(timeMsMax = HEALTHY_MS_MAX): Promise<void> {
    await untilTrue('the same revision on all members', timeMsMax, async () => {
      const statuses = await Promise.all(
        this.etcdHosts.map(({ name }) => this.members.status(name)),
      );
      return new Set(statuses.map(({ revision }) => revision)).size === 1;
    });
  }

  /** Waits until no process of a component is left on any host. */
  async untilGone(comm: string, timeMsMax = HEALTHY_MS_MAX): Promise<void> {
    await untilTrue(`the end of ${comm}`, timeMsMax, () =>
      this.hosts.every((host) => host.processes(comm).length === 0),
    );
  }

  /** Waits until every host's API server says that it is ready. */
  async untilReady(timeMsMax = HEALTHY_MS_MAX): Promise<void> {
    await untilTrue('ready API servers', timeMsMax, async () => {
      const answers = await Promise.all(
        this.apiHosts.map((host) => this.members.apiserverIsReady(host.name)),
      );
      return answers.every(Boolean);
    });
  }

  async down(): Promise<void> {
    this.members.close();
    await down(this.name);
  }
}

/** A lab that is up, perhaps made by another process. */
export async function open(name: string): Promise<Lab> {
  const shape = readShape(name);
  if (shape === undefined)
    throw new Error(`there is no lab ${name}: npm run lab -- up --name ${name}`);
  return new Lab(shape, await toolboxFor(shape.options));
}
