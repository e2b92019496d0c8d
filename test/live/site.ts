import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import type { KeyValue } from '../lab/client.js';
import type { Lab } from '../lab/lab.js';
import { listing } from '../lab/listing.js';
import { type Ended, runback, type Watch } from './runback.js';

/** Verbs about a run or a plan that knows its inventory already. */
const WITHOUT_INVENTORY = ['rollback', 'resume', 'status', 'runs', 'apply', 'clean'];

/**
 * An operator's desk: a directory of its own with the shipped playbooks, from which runback is run
 * against one lab. Runs are recorded and backups are kept below it.
 */
export class Site {
  readonly directory = mkdtempSync(join(tmpdir(), 'runback-site-'));

  constructor(readonly lab: Lab) {
    cpSync(resolve('playbooks'), join(this.directory, 'playbooks'), { recursive: true });
  }

  run(playbook: string, ...more: readonly string[]): Promise<Ended> {
    return this.command('run', `playbooks/${playbook}`, '--yes', ...more);
  }

  plan(playbook: string, ...more: readonly string[]): Promise<Ended> {
    return this.command('plan', `playbooks/${playbook}`, ...more);
  }

  command(verb: string, ...words: readonly string[]): Promise<Ended> {
    return this.watched({}, verb, ...words);
  }

  /** Runs a command while a test looks on. */
  watched(watch: Watch, verb: string, ...words: readonly string[]): Promise<Ended> {
    const isNamed = WITHOUT_INVENTORY.includes(verb) || words.includes('-i');
    const inventory = isNamed ? [] : ['-i', this.lab.inventoryFile];
    return runback([verb, ...words, ...inventory, '--output', 'json'], this.directory, watch);
  }

  /** Takes a backup and gives the path of its snapshot. */
  async backup(): Promise<string> {
    const ended = await this.run('backup.yml');
    if (ended.code !== 0) throw new Error(`backup: ${ended.code}\n${ended.stdout}${ended.stderr}`);
    const backups = join(this.directory, 'backups');
    const newest = readdirSync(backups).sort().at(-1);
    return join(backups, newest ?? '', 'snapshot.db');
  }

  /** Changes the text of a shipped playbook in this site's copy. */
  edit(playbook: string, from: string, to: string): void {
    const file = join(this.directory, 'playbooks', playbook);
    const text = readFileSync(file, 'utf8');
    if (!text.includes(from)) throw new Error(`${playbook} does not hold: ${from}`);
    writeFileSync(file, text.replace(from, to));
  }

  /** As `edit`, wherever the text stands. */
  editAll(playbook: string, from: string, to: string): void {
    const file = join(this.directory, 'playbooks', playbook);
    writeFileSync(file, readFileSync(file, 'utf8').replaceAll(from, to));
  }

  /** The lab's own eyes are a client of etcd that no inventory names; they open again by themselves. */
  closeEyes(): void {
    this.lab.members.close();
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

/** Every key of every member, as each one has it without asking the others. */
export async function keysByMember(lab: Lab): Promise<ReadonlyMap<string, readonly KeyValue[]>> {
  const all = new Map<string, readonly KeyValue[]>();
  for (const host of lab.etcdHosts) all.set(host.name, await lab.members.allKeys(host.name));
  return all;
}

/** The lab's own listing of every host, by host. */
export function listings(lab: Lab): ReadonlyMap<string, readonly string[]> {
  return new Map(lab.hosts.map((host) => [host.name, listing(host)]));
}
