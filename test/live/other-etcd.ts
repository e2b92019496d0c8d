import { readFileSync } from 'node:fs';
import { type Lab, type LabHost, untilTrue } from '../lab/index.js';

const CLIENT = 'http://127.0.0.1:2383';

/** Starts an etcd for events beside a member, as kubespray has them: nobody's business here. */
export async function startOther(host: LabHost, toldBy: 'words' | 'environment'): Promise<void> {
  const peer = `http://${host.address}:2382`;
  const told = Object.entries({
    name: 'events',
    'data-dir': '/var/lib/etcd-events',
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `events=${peer}`,
    'listen-client-urls': CLIENT,
    'advertise-client-urls': CLIENT,
  });
  const argv =
    toldBy === 'words'
      ? ['etcd', ...told.map(([name, value]) => `--${name}=${value}`)]
      : ['env', ...told.map(([name, value]) => `${variableOf(name)}=${value}`), 'etcd'];
  await host.run(['sh', '-c', 'setsid "$@" </dev/null >/dev/null 2>&1 &', 'sh', ...argv]);
  await untilTrue(`an etcd for events on ${host.name}`, 20_000, async () => {
    return (await host.run(['curl', '-sf', `${CLIENT}/health`])).code === 0;
  });
}

/** `e1 PID`: every etcd that is not the member. */
export function othersOf(lab: Lab): readonly string[] {
  return lab.etcdHosts.flatMap((host) =>
    host
      .processes('etcd')
      .filter(({ argv, pid }) => argv.includes('--name=events') || isToldEvents(pid))
      .map(({ pid }) => `${host.name} ${pid}`),
  );
}

function isToldEvents(pid: number): boolean {
  return readFileSync(`/proc/${pid}/environ`, 'utf8').split('\0').includes('ETCD_NAME=events');
}

function variableOf(flag: string): string {
  return `ETCD_${flag.toUpperCase().replaceAll('-', '_')}`;
}
