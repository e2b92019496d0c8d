import type { RunId } from '../../../src/core/names.js';
import { type Database, type Entry, keysAt } from '../etcd/database.js';
import { idOfCluster, idOfMember } from '../etcd/ids.js';
import { logIn } from '../etcd/snapshot.js';
import type { Machine } from '../host/machine.js';
import type { Effect } from '../host/runner.js';
import { PODS } from './manifests.js';
import type { Playbook } from './plans.js';
import { DATA_DIR, type Site } from './site.js';

/** What the end of a story claims. */
export type Claim = 'new' | 'old' | 'untouched' | 'stopped';

const WORK = '/var/lib/runback/work';
const PARKED = '/etc/kubernetes/runback';

/**
 * Knows what may be true, whatever the engine believes. What must never happen is told to it as it
 * happens; what a claim promises is looked at when the claim is made and again when all has settled.
 */
export class Oracle {
  readonly #inodes: ReadonlyMap<string, string>;
  readonly #listings: ReadonlyMap<string, readonly string[]>;
  readonly #whole: ReadonlyMap<string, readonly string[]>;
  readonly #pids: ReadonlyMap<string, string>;
  readonly #starts = new Map<string, Effect>();
  /** Hosts on which a unit was restarted. */
  readonly restarted = new Set<string>();

  constructor(
    private readonly site: Site,
    private readonly playbook: Playbook,
    private readonly run: RunId,
  ) {
    const { members } = site;
    this.#inodes = new Map(members.map((one) => [one.name, inodeOf(one)]));
    this.#listings = new Map(members.map((one) => [one.name, outside(one)]));
    this.#whole = new Map(members.map((one) => [one.name, everything(one)]));
    this.#pids = new Map(members.map((one) => [one.name, pidsOf(one)]));
    site.onEffect = (effect) => this.look(effect);
  }

  /** At the very moment when the program has said it. */
  atOnce(claim: Claim): void {
    if (claim === 'stopped' || this.playbook === 'backup') return;
    for (const machine of this.site.members) {
      // After a boot pods come up by themselves, in their own time: nobody has promised it.
      if (!machine.isUp || machine.boot > 1) continue;
      const missing = PODS.filter((pod) => machine.kubelet.isDown(pod));
      if (missing.length > 0) {
        this.say(
          `it says that it is ${claim}, and ${missing.join(', ')} is down on ${machine.name}`,
        );
      }
    }
  }

  /** When kubelets and members have had all the time that they may need. */
  atTheEnd(claim: Claim, controllers: readonly Machine[]): void {
    for (const what of this.site.clusters.mixed) this.say(what);
    const members = this.site.members.filter((machine) => !machine.isGone);
    if (this.playbook === 'backup') this.lookAtBackup(claim, controllers);
    if (claim === 'stopped') {
      this.lookAtStop(members);
      return;
    }
    for (const machine of members) this.lookAtMember(machine, claim);
    if (claim !== 'untouched') return;
    for (const machine of members) {
      const isRebooted = machine.boot > 1;
      if (!isRebooted && pidsOf(machine) !== this.#pids.get(machine.name)) {
        this.say(`nothing was changed, it says, and pods were started anew on ${machine.name}`);
      }
      this.compare(everything(machine), this.#whole.get(machine.name) ?? [], machine);
    }
  }

  private lookAtMember(machine: Machine, claim: 'new' | 'old' | 'untouched'): void {
    const isNew = claim === 'new' && this.playbook === 'restore';
    const clusterId = isNew ? this.newClusterId() : this.site.oldClusterId;
    const serving = this.site.clusters.on(machine.name);
    if (serving === undefined) {
      this.say(`no etcd serves on ${machine.name} (${claim})`);
      return;
    }
    if (this.canHaveQuorum() && this.site.clusters.leaderOf(serving) === null) {
      this.say(`no quorum on ${machine.name}`);
    }
    const { database } = serving;
    if (database.clusterId !== clusterId) {
      this.say(`${machine.name} is in cluster ${database.clusterId}, not ${clusterId}`);
      return;
    }
    this.compareKeys(machine, database, isNew ? this.site.backedUp : this.site.original);
    if (isNew) {
      this.lookAtKept(machine);
      return;
    }
    if (inodeOf(machine) !== this.#inodes.get(machine.name)) {
      this.say(`the data directory of ${machine.name} is not the one that it was`);
    }
    this.compare(outside(machine), this.#listings.get(machine.name) ?? [], machine);
  }

  /** Where most members are gone for good no program brings it back. */
  private canHaveQuorum(): boolean {
    const { members } = this.site;
    return members.filter(({ isGone }) => !isGone).length > members.length / 2;
  }

  /** Exactly what was there, and what clients were told is safe since. */
  private compareKeys(machine: Machine, database: Database, log: readonly Entry[]): void {
    const wanted = new Map(
      [...keysAt(log, Number.MAX_SAFE_INTEGER)].map(([key, { value }]) => [key, value]),
    );
    for (const { clusterId, key, value } of this.site.acknowledged) {
      if (clusterId === database.clusterId) wanted.set(key, value);
    }
    const found = keysAt(database.log, Number.MAX_SAFE_INTEGER);
    const wrong = [...wanted].find(([key, value]) => found.get(key)?.value !== value)?.[0];
    const more = [...found.keys()].find((key) => !wanted.has(key));
    if (wrong !== undefined) this.say(`${machine.name} has another value or none at ${wrong}`);
    if (more !== undefined) this.say(`${machine.name} has a key too many: ${more}`);
  }

  private lookAtKept(machine: Machine): void {
    const kept = `${WORK}/${this.run}/etcd.before`;
    if (machine.files.stat(kept)?.inode !== this.#inodes.get(machine.name)) {
      this.say(`the old data directory of ${machine.name} is not kept in ${kept}`);
    }
    const missing = PODS.filter(
      (pod) => machine.files.find(`/etc/kubernetes/manifests/${pod}.yaml`) === null,
    );
    if (missing.length > 0)
      this.say(`manifests are missing on ${machine.name}: ${missing.join(', ')}`);
  }

  /** Half way: nobody's old data may be lost, and no two clusters may serve. */
  private lookAtStop(members: readonly Machine[]): void {
    for (const machine of members) {
      const places = [DATA_DIR, `${WORK}/${this.run}/etcd.before`];
      const inodes = places.map((path) => machine.files.stat(path)?.inode);
      if (!inodes.includes(this.#inodes.get(machine.name))) {
        this.say(`the old data directory of ${machine.name} is nowhere`);
      }
    }
    const { clusters } = this.site;
    const ids = clusters.serving
      .filter((one) => clusters.leaderOf(one) !== null)
      .map((one) => one.database.clusterId);
    if (new Set(ids).size > 1) this.say(`two clusters serve: ${[...new Set(ids)].join(', ')}`);
  }

  /** Where there is a record there is a backup, whoever wrote it; and where there should be, there is. */
  private lookAtBackup(claim: Claim, controllers: readonly Machine[]): void {
    const path = `/ops/backups/${this.run}/snapshot.db`;
    const recorded = controllers.filter(({ files }) => files.text(`${path}.record.json`) !== null);
    if (claim === 'new' && recorded.length === 0) this.say('there is no record of the backup');
    const { original } = this.site;
    for (const { files } of recorded) {
      const log = logIn(files.text(path) ?? '');
      const isOurs = log?.[original.length - 1]?.hash === original.at(-1)?.hash;
      if (!isOurs) this.say('there is a record, and not the backup that it is of');
    }
  }

  /** A change has just begun: the rules that hold at every single one. */
  private look(effect: Effect): void {
    const { change, host, epoch, highestEpoch, id } = effect;
    if (change.kind === 'service' && change.verb === 'restart') this.restarted.add(host);
    if (epoch > 0 && highestEpoch > epoch) {
      this.say(
        `${host} let epoch ${epoch} do something under epoch ${highestEpoch}: ${change.kind}`,
      );
    }
    // Two controllers have two disks, and the same id on each.
    if (this.#starts.has(id) && host !== 'controller')
      this.say(`${host} was made to do the same change twice: ${change.kind}`);
    this.#starts.set(id, effect);
    const isDataMoved =
      change.kind === 'rename' && (change.from === DATA_DIR || change.to === DATA_DIR);
    if (isDataMoved) this.lookForLife(host);
    if (change.kind === 'run' && !change.repeatable) this.lookForRepetition(effect);
  }

  private lookForLife(host: string): void {
    for (const machine of this.site.members.filter((one) => one.isUp)) {
      for (const { name } of machine.processes) {
        if (name !== 'etcd' && name !== 'kube-apiserver') continue;
        this.say(`a data directory moves on ${host} while ${name} runs on ${machine.name}`);
      }
      const starting = ['etcd', 'kube-apiserver'].find((pod) => machine.kubelet.isStarting(pod));
      if (starting === undefined) continue;
      this.say(
        `a data directory moves on ${host}, and ${starting} is about to start on ${machine.name}`,
      );
    }
  }

  /** What may be done once may be done again only when the first was taken away in between. */
  private lookForRepetition({ host, id, change }: Effect): void {
    const own = [...this.#starts.values()].filter(
      (other) => other.host === host && other.id !== id,
    );
    const wanted = change.kind === 'run' ? change.argv.join(' ') : '';
    const last = own.findLastIndex(
      (other) => other.change.kind === 'run' && other.change.argv.join(' ') === wanted,
    );
    if (last < 0) return;
    if (own.slice(last).some((other) => other.change.kind === 'remove')) return;
    // A power loss may take what was made: then nothing is there that a second time could spoil.
    const made = /--data-dir=(\S+)/.exec(wanted)?.[1] ?? '';
    const machine = this.site.members.find(({ name }) => name === host);
    if (made !== '' && machine?.files.find(made) === null) return;
    this.say(`${host} did twice what is not repeatable: ${wanted.slice(0, 80)}`);
  }

  private compare(is: readonly string[], was: readonly string[], machine: Machine): void {
    const gone = was.find((line) => !is.includes(line));
    const added = is.find((line) => !was.includes(line));
    const line = gone ?? added;
    if (line === undefined) return;
    const what = gone === undefined ? 'there is more' : 'it is not as it was';
    this.say(`${machine.name}: ${what}: ${line.slice(0, 120)}`);
  }

  private newClusterId(): string {
    const ids = this.site.places.map(({ address }) =>
      idOfMember([`https://${address}:2380`], this.run),
    );
    return idOfCluster(ids);
  }

  private say(what: string): void {
    const { violations, trace } = this.site;
    if (violations.includes(what)) return;
    violations.push(what);
    trace.add('ORACLE', what);
  }
}

function inodeOf(machine: Machine): string {
  return machine.files.stat(DATA_DIR)?.inode ?? 'none';
}

function pidsOf(machine: Machine): string {
  const pods = [...machine.processes].filter(({ name }) => name !== 'kubelet');
  return pods
    .map(({ name, pid }) => `${name} ${pid}`)
    .sort()
    .join(', ');
}

/** Everything but what a run leaves in its own places, for the operator to see and take away. */
function outside(machine: Machine): readonly string[] {
  return machine.files.listing('/', (path) => [WORK, PARKED, '/var/lib/runback'].includes(path));
}

function everything(machine: Machine): readonly string[] {
  return machine.files.listing('/', () => false);
}
