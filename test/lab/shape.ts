import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type FullLabOptions, type HostOptions, type Ports, USUAL_PORTS } from './options.js';

/** Where a lab is and what its parts are called: all that another process needs to find it or end it. */
export interface LabShape {
  readonly version: 1;
  readonly options: FullLabOptions;
  readonly dir: string;
  readonly bridge: string;
  /** The address of the machine that runs the lab, as the hosts see it, e.g. 10.231.77.1. */
  readonly controllerAddress: string;
  readonly hosts: readonly HostShape[];
}

export interface HostShape {
  readonly name: string;
  readonly address: string;
  readonly namespace: string;
  /** The machine's end of the host's cable; inside the host the other end is called eth0. */
  readonly cable: string;
  /** Holds the host's trees: the host sees dir/etc as /etc, and so on. */
  readonly root: string;
  readonly ports: Ports;
  readonly is: Omit<HostOptions, 'ports'>;
  /**
   * all: four static pods. etcd: from a unit of systemd, without a kubelet. beside: from a unit, the rest as
   * pods. worker: a kubelet without static pods.
   */
  readonly runs: 'all' | 'etcd' | 'control-plane' | 'beside' | 'worker';
}

/** An address as URLs have it. */
export function inUrl(address: string): string {
  return address.includes(':') ? `[${address}]` : address;
}

export function loopbackOf({ options }: LabShape): string {
  return options.ip === 6 ? '::1' : '127.0.0.1';
}

export function peerUrlOf({ address, ports }: HostShape): string {
  return `https://${inUrl(address)}:${ports.peer}`;
}

const USUAL_FOLDER = '/var/tmp/runback-lab';

/** The folder of all labs. It is on a disk, since etcd wants fsync, and outside every checkout. */
export const labsFolder = process.env.RUNBACK_LABS ?? USUAL_FOLDER;

/** Labs of one name in different folders are different labs: their namespaces and cables differ too. */
const folderTag = labsFolder === USUAL_FOLDER ? '' : `${digestOf(labsFolder).slice(0, 4)}-`;

export function labFolder(name: string): string {
  return join(labsFolder, name);
}

export function shapeOf(options: FullLabOptions, subnet: string): LabShape {
  const dir = labFolder(options.name);
  const short = shortName(options.name);
  const hosts = rolesOf(options).map(({ name, runs }, index) => ({
    name,
    address: addressIn(options, subnet, 11 + index),
    namespace: `runback-${folderTag}${options.name}-${name}`,
    cable: `rb-${short}-${index + 1}`,
    root: join(dir, 'hosts', name),
    ...hostOptions(options, name),
    runs,
  }));
  const bridge = `rb-${short}`;
  return { version: 1, options, dir, bridge, controllerAddress: `${subnet}.1`, hosts };
}

/** The first three parts of the controller's address; IPv6 addresses are made of them as well. */
export function subnetOf({ controllerAddress }: LabShape): string {
  return controllerAddress.replace(/\.1$/, '');
}

/** 10.231.77.11, or fd00:10:231:77::11. */
export function addressIn({ ip }: Pick<FullLabOptions, 'ip'>, subnet: string, host: number) {
  return ip === 6 ? `fd00:${subnet.replaceAll('.', ':')}::${host}` : `${subnet}.${host}`;
}

function hostOptions({ hosts }: FullLabOptions, name: string): Pick<HostShape, 'ports' | 'is'> {
  const { ports = {}, ...is } = hosts[name] ?? {};
  return { ports: { ...USUAL_PORTS, ...ports }, is };
}

function rolesOf({
  members,
  topology,
  workers,
}: FullLabOptions): readonly Pick<HostShape, 'name' | 'runs'>[] {
  const several = (count: number, letters: string, runs: HostShape['runs']) =>
    Array.from({ length: count }, (_, index) => ({ name: `${letters}${index + 1}`, runs }));
  const others = several(workers, 'w', 'worker');
  if (topology === 'stacked') return [...several(members, 'cp', 'all'), ...others];
  if (topology === 'beside') return [...several(members, 'cp', 'beside'), ...others];
  return [...several(members, 'e', 'etcd'), ...several(2, 'cp', 'control-plane'), ...others];
}

export function membersOf(lab: LabShape): readonly HostShape[] {
  return lab.hosts.filter(({ runs }) => runs !== 'control-plane' && runs !== 'worker');
}

export function apiHostsOf(lab: LabShape): readonly HostShape[] {
  return lab.hosts.filter(({ runs }) => runs !== 'etcd' && runs !== 'worker');
}

export function workersOf(lab: LabShape): readonly HostShape[] {
  return lab.hosts.filter(({ runs }) => runs === 'worker');
}

/** The lab of this name as it was written down when it was made; undefined when there is none. */
export function readShape(name: string): LabShape | undefined {
  const file = join(labFolder(name), 'lab.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as LabShape) : undefined;
}

export function labNames(): readonly string[] {
  if (!existsSync(labsFolder)) return [];
  return readdirSync(labsFolder).filter((name) => readShape(name) !== undefined);
}

/** The kernel allows 15 characters in an interface's name; rb-SHORT-N needs five of them. */
function shortName(name: string): string {
  if (name.length <= 8 && folderTag === '') return name;
  return `${name.slice(0, 3)}${digestOf(folderTag + name).slice(0, 5)}`;
}

function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
