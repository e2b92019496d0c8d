import { spawn } from 'node:child_process';
import { parseArgs } from 'node:util';
import { down } from './down.js';
import { type Lab, open } from './lab.js';
import type { LabOptions } from './options.js';
import { labNames } from './shape.js';
import { up } from './up.js';

const USAGE = `npm run lab -- up | status | ssh HOST [COMMAND…] | down | list
  --name NAME       which lab (lab)
  --members 1|3|5   how many hosts (3)
  --topology WHAT   stacked, or external: etcd on hosts of its own, or beside: from a unit beside the API servers (stacked)
  --workers N       how many workers beside them (0)
  --etcd 3.4|3.5    which etcd (3.4)
  --runtime WHAT    processes or containerd (processes)
  --start WHAT      control-plane, etcd or hosts-only (control-plane)`;

const { values, positionals } = readWords();
const [verb = '', ...rest] = positionals;

try {
  process.exitCode = await act();
} catch (problem) {
  console.error(problem instanceof Error ? problem.message : problem);
  process.exitCode = 1;
}

function readWords() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        name: { type: 'string', default: 'lab' },
        members: { type: 'string', default: '3' },
        topology: { type: 'string', default: 'stacked' },
        workers: { type: 'string', default: '0' },
        etcd: { type: 'string', default: '3.4' },
        start: { type: 'string', default: 'control-plane' },
        runtime: { type: 'string', default: 'processes' },
      },
    });
  } catch (problem) {
    console.error(`${(problem as Error).message}\n${USAGE}`);
    process.exit(2);
  }
}

async function act(): Promise<number> {
  switch (verb) {
    case 'up':
      return bringUp();
    case 'status':
      return tell(await open(values.name));
    case 'ssh':
      return ssh(await open(values.name), rest);
    case 'down':
      await down(values.name);
      return 0;
    case 'list':
      for (const name of labNames()) console.log(name);
      return 0;
    default:
      console.error(USAGE);
      return 2;
  }
}

async function bringUp(): Promise<number> {
  const startedMs = Date.now();
  const lab = await up(options());
  console.log(
    `up in ${((Date.now() - startedMs) / 1000).toFixed(1)} s, inventory: ${lab.inventoryFile}`,
  );
  return tell(lab);
}

function options(): LabOptions {
  const members = Number(values.members);
  const workers = Number(values.workers);
  const { name, topology, etcd, start, runtime } = values;
  if (!Number.isInteger(workers) || workers < 0 || workers > 50) throw new Error(USAGE);
  if (members !== 1 && members !== 3 && members !== 5) throw new Error(USAGE);
  if (topology !== 'stacked' && topology !== 'external' && topology !== 'beside')
    throw new Error(USAGE);
  if (etcd !== '3.4' && etcd !== '3.5') throw new Error(USAGE);
  if (start !== 'control-plane' && start !== 'etcd' && start !== 'hosts-only')
    throw new Error(USAGE);
  if (runtime !== 'processes' && runtime !== 'containerd') throw new Error(USAGE);
  return { name, members, workers, topology, etcd, start, runtime };
}

async function tell(lab: Lab): Promise<number> {
  for (const host of lab.hosts) {
    const etcd = host.isUp() ? await etcdOn(lab, host.name) : 'off';
    const running = host.processes().map(({ comm }) => comm);
    const components = [...new Set(running.filter((comm) => /^(etcd|kube)/.test(comm)))];
    console.log(`${host.name} ${host.address}  ${etcd}  [${components.sort().join(' ')}]`);
  }
  lab.members.close();
  return 0;
}

async function etcdOn(lab: Lab, host: string): Promise<string> {
  try {
    const { version, isLeader, revision } = await lab.members.status(host);
    return `etcd ${version} ${isLeader ? 'leader' : 'follower'} revision ${revision}`;
  } catch {
    return 'no etcd';
  }
}

function ssh(lab: Lab, argv: readonly string[]): Promise<number> {
  const [host = 'cp1', ...remote] = argv;
  const [program = 'ssh', ...options] = lab.ssh(host);
  return new Promise((resolve) => {
    const child = spawn(program, [...options, ...remote], { stdio: 'inherit' });
    child.on('exit', (code) => resolve(code ?? 1));
  });
}
