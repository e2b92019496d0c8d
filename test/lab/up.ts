import { copyFileSync, mkdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { buildStandIns } from '../prepare/build.mjs';
import { alone } from '../prepare/lock.mjs';
import { project } from '../prepare/run.mjs';
import { remove } from './down.js';
import { imagesFor } from './images.js';
import { inventoryOf } from './inventory.js';
import { makeKeys } from './keys.js';
import { Lab } from './lab.js';
import { makeNetwork } from './network.js';
import { type LabOptions, withDefaults } from './options.js';
import { makePki } from './pki.js';
import { boot, imagesFile } from './power.js';
import { type LabShape, labsFolder, shapeOf } from './shape.js';
import { claimSubnet } from './subnet.js';
import { type Toolbox, toolboxFor } from './toolbox.js';
import { giveKeys, makeTrees, writeManifests } from './trees.js';

/** How many lines of each log a failed start shows. */
const LAST_LINES = 5;

/**
 * Makes a lab and waits until it is well. Whatever lab of the name there was before goes first, also
 * one that is up. A lab that does not become well is taken away, and the error says its last words.
 */
export async function up(options: LabOptions): Promise<Lab> {
  const full = withDefaults(options);
  const [toolbox] = await Promise.all([toolboxFor(full), buildStandIns()]);
  return alone(`${labsFolder}/.${full.name}.lock`, async () => {
    await remove(full.name);
    const shape = shapeOf(full, await claimSubnet(full.name));
    writeDown(shape);
    const lab = new Lab(shape, toolbox);
    try {
      if (full.runtime === 'containerd') {
        symlinkSync(await imagesFor(full, toolbox), imagesFile(shape));
      }
      await make(shape, toolbox);
      await untilWell(lab);
    } catch (problem) {
      const words = lastWords(lab);
      await remove(full.name);
      throw new Error(`the lab ${full.name} did not come up: ${String(problem)}\n${words}`);
    }
    return lab;
  });
}

/** Before anything is made, so that a lab that crashes at any point can be removed. */
function writeDown(shape: LabShape): void {
  mkdirSync(shape.dir, { recursive: true, mode: 0o700 });
  writeFileSync(join(shape.dir, 'lab.json'), JSON.stringify(shape, undefined, 2));
  writeFileSync(join(shape.dir, 'inventory.yml'), inventoryOf(shape));
  copyFileSync(join(project, 'test/lab/host-init.sh'), join(shape.dir, 'host-init.sh'));
}

async function make(shape: LabShape, toolbox: Toolbox): Promise<void> {
  const hasControlPlane = shape.options.start !== 'hosts-only';
  const pki = hasControlPlane ? makePki(shape) : undefined;
  await Promise.all([makeKeys(shape), makeNetwork(shape), pki]);
  for (const host of shape.hosts) {
    makeTrees(shape, host, toolbox);
    if (hasControlPlane) {
      giveKeys(host);
      writeManifests(shape, host);
    }
  }
  await Promise.all(shape.hosts.map((host) => boot(shape, host, toolbox)));
}

async function untilWell(lab: Lab): Promise<void> {
  const { start } = lab.options;
  if (start === 'hosts-only') return;
  await lab.untilHealthy();
  for (const { name } of [...lab.apiHosts, ...lab.workers]) {
    await lab.members.write(`/registry/minions/${name}`, name);
  }
  if (start === 'control-plane') await lab.untilReady();
}

function lastWords(lab: Lab): string {
  return lab.hosts
    .filter((host) => host.isUp())
    .flatMap((host) =>
      ['kubelet', 'etcd', 'kube-apiserver'].map((name) => {
        const lines = host.log(name).trimEnd().split('\n').slice(-LAST_LINES);
        return `${host.name} ${name}:\n${lines.join('\n')}`;
      }),
    )
    .join('\n');
}
