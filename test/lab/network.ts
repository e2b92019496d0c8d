import { existsSync } from 'node:fs';
import { command, must } from './command.js';
import { addressIn, type LabShape, subnetOf } from './shape.js';

/** One bridge, and for each host a network namespace with a cable into the bridge. */
export async function makeNetwork(lab: LabShape): Promise<void> {
  const isIpv6 = lab.options.ip === 6;
  await batch([
    `link add ${lab.bridge} type bridge`,
    `addr add ${lab.controllerAddress}/24 dev ${lab.bridge}`,
    ...(isIpv6
      ? [`addr add ${addressIn(lab.options, subnetOf(lab), 1)}/64 dev ${lab.bridge} nodad`]
      : []),
    `link set ${lab.bridge} up`,
    ...lab.hosts.flatMap((host) => [
      `netns add ${host.namespace}`,
      `link add ${host.cable} type veth peer name eth0 netns ${host.namespace}`,
      `link set ${host.cable} master ${lab.bridge} up`,
    ]),
  ]);
  const lines = (address: string) => [
    'link set lo up',
    `addr add ${address}${isIpv6 ? '/64' : '/24'} dev eth0${isIpv6 ? ' nodad' : ''}`,
    'link set eth0 up',
  ];
  await Promise.all(lab.hosts.map((host) => batch(lines(host.address), host.namespace)));
}

/** Takes away what is there; a lab that came up halfway has only some of it. */
export async function removeNetwork(lab: LabShape): Promise<void> {
  const namespaces = lab.hosts.map((host) => host.namespace).filter(namespaceExists);
  const links = [...lab.hosts.map((host) => host.cable), lab.bridge].filter(linkExists);
  // The cables first: a namespace that is still in use somewhere would keep its end for a while.
  await batch(links.map((link) => `link del ${link}`));
  await batch(namespaces.map((namespace) => `netns del ${namespace}`));
}

/** The processes of a lab's network namespaces: all of them are the lab's, whoever started them. */
export async function processesIn(lab: LabShape): Promise<readonly number[]> {
  const namespaces = lab.hosts.map((host) => host.namespace).filter(namespaceExists);
  const outputs = await Promise.all(
    namespaces.map((namespace) => command(['ip', 'netns', 'pids', namespace])),
  );
  return outputs.flatMap(({ stdout }) => stdout.split('\n').filter(Boolean).map(Number));
}

function namespaceExists(namespace: string): boolean {
  return existsSync(`/run/netns/${namespace}`);
}

function linkExists(link: string): boolean {
  return existsSync(`/sys/class/net/${link}`);
}

async function batch(lines: readonly string[], namespace?: string): Promise<void> {
  if (lines.length === 0) return;
  const inside = namespace === undefined ? [] : ['-n', namespace];
  await must(['ip', ...inside, '-batch', '-'], { stdin: `${lines.join('\n')}\n` });
}
