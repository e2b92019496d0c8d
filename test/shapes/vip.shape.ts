import { mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { expect } from 'vitest';
import { type Lab, must } from '../lab/index.js';
import { lastEvent } from '../live/runback.js';
import { shape } from './shape.js';

const VIP = 100;
const STAYS = { apiserverBindsAddress: true };

/**
 * A balancer's stand-in: it has the processes' name and the ports of HAProxy, takes every connection on the
 * virtual address, and hands it to the first host that takes it.
 */
const RELAY = `
const { connect, createServer } = require('node:net');
const [address, ...relays] = process.argv.slice(2);
for (const relay of relays) {
  const [port, ...hosts] = relay.split(',');
  createServer((client) => {
    const next = ([host, ...others]) => {
      if (host === undefined) return client.destroy();
      const server = connect(Number(port), host, () => client.pipe(server).pipe(client));
      server.on('error', () => (server.readyState === 'open' ? client.destroy() : next(others)));
    };
    client.on('error', () => {});
    next(hosts);
  }).listen(Number(port), address);
}
`;

shape('vip', {
  is: 'a virtual address on one node, where a balancer listens on the ports of the API server and of etcd',
  lab: { hosts: { cp1: STAYS, cp2: STAYS, cp3: STAYS } },
  prepare: async (lab) => {
    const host = lab.host('cp1');
    const vip = vipOf(lab);
    mkdirSync(host.path('/opt/lab/balancer'), { recursive: true });
    writeFileSync(host.path('/opt/lab/balancer/relay.cjs'), RELAY);
    symlinkSync('../components/node', host.path('/opt/lab/balancer/haproxy'));
    await host.run(['ip', 'addr', 'add', `${vip}/32`, 'dev', 'eth0']);
    const hosts = lab.hosts.map(({ address }) => address).join(',');
    const relays = `2379,${hosts} 6443,${hosts}`;
    const start = `setsid ./haproxy relay.cjs ${vip} ${relays} </dev/null >/dev/null 2>&1 &`;
    await host.run(['sh', '-c', `cd /opt/lab/balancer && ${start}`]);
    await answers(lab);
  },
  alsoRestored: async (site, snapshot) => {
    await answers(site.lab);
    // The balancer stays up, is seen and named, and nobody takes it for an API server.
    const looked = await site.run('preflight.yml', '-e', `snapshot=["${snapshot}"]`);
    expect(looked.code, looked.stdout).toBe(0);
    expect(looked.stdout).toContain('haproxy listens on port 6443');
    expect(lastEvent(looked)).toMatchObject({ outcome: 'done' });
  },
});

function vipOf(lab: Lab): string {
  return (lab.hosts[0]?.address ?? '').replace(/\d+$/, String(VIP));
}

/** The virtual address leads to a ready API server. */
async function answers(lab: Lab): Promise<void> {
  const url = `https://${vipOf(lab)}:6443/readyz`;
  const answer = await must([
    'curl',
    '-sk',
    '--max-time',
    '10',
    '--retry',
    '5',
    '--retry-all-errors',
    url,
  ]);
  expect(answer).toBe('ok');
}
