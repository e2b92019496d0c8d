import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { must } from './command.js';
import { labsFolder } from './shape.js';

/** inventories/lab.yml is in the repository, so the lab that is called `lab` always has this place. */
const STABLE = new Map([['lab', 77]]);
const NUMBERS = 250;

/**
 * Claims a subnet 10.231.N for a lab: the same one each time as long as nobody else has it. The claim
 * is a file, so that two labs that start at the same moment never get the same one.
 */
export async function claimSubnet(name: string): Promise<string> {
  mkdirSync(claimsFolder(), { recursive: true });
  const routes = await must(['ip', '-4', 'route', 'show', 'table', 'all']);
  for (const number of candidates(name)) {
    const subnet = `10.231.${number}`;
    if (!routes.includes(`${subnet}.`) && claim(subnet, name)) return subnet;
  }
  throw new Error('no free subnet below 10.231.0.0/16: see `ip route`, and `npm run lab -- list`');
}

export function claimFile(subnet: string): string {
  return join(claimsFolder(), subnet);
}

function candidates(name: string): readonly number[] {
  const stable = STABLE.get(name);
  if (stable !== undefined) return [stable];
  const first = createHash('sha256').update(name).digest().readUInt16BE(0);
  return Array.from({ length: NUMBERS }, (_, index) => (first + index) % NUMBERS).filter(
    (number) => ![...STABLE.values()].includes(number),
  );
}

function claim(subnet: string, name: string): boolean {
  try {
    writeFileSync(claimFile(subnet), name, { flag: 'wx' });
    return true;
  } catch {
    return readFileSync(claimFile(subnet), 'utf8') === name;
  }
}

function claimsFolder(): string {
  return join(labsFolder, '.subnets');
}
