import type { Random } from '../time/random.js';
import type { Trace } from '../time/trace.js';
import type { VirtualTime } from '../time/virtual-time.js';
import type { Database } from './database.js';

/** One etcd process that serves: a database, a place, and whether its peers reach it. */
export interface Serving {
  readonly host: string;
  readonly database: Database;
  isReached(): boolean;
}

interface Election {
  leader: Serving | null;
  isElecting: boolean;
}

/**
 * All clusters that there are, by id: who serves, who leads, who has a quorum. Members find each other by
 * cluster id alone, as real ones do: two histories under one id would be mixed without a word, and that
 * is what the oracle waits for.
 */
export class Clusters {
  /** What must never happen, as soon as it does. */
  readonly mixed: string[] = [];
  /** Told when somebody starts to serve, stops, leads or is cut off. */
  onChange: () => void = () => {};
  readonly #serving = new Set<Serving>();
  readonly #elections = new Map<string, Election>();

  constructor(
    private readonly time: VirtualTime,
    private readonly random: Random,
    private readonly trace: Trace,
  ) {}

  get serving(): readonly Serving[] {
    return [...this.#serving];
  }

  on(host: string): Serving | undefined {
    return this.serving.find((one) => one.host === host);
  }

  start(one: Serving): void {
    this.#serving.add(one);
    this.look();
  }

  stop(one: Serving): void {
    this.#serving.delete(one);
    this.look();
  }

  /** The members of one's cluster that it is in touch with, itself among them. */
  together(one: Serving): readonly Serving[] {
    const all = this.serving.filter((other) => other.database.clusterId === one.database.clusterId);
    return all.filter((other) => other === one || (other.isReached() && one.isReached()));
  }

  hasQuorum(one: Serving): boolean {
    return this.together(one).length > one.database.members.length / 2;
  }

  /** Null while there is none. */
  leaderOf(one: Serving): Serving | null {
    const leader = this.#elections.get(one.database.clusterId)?.leader ?? null;
    if (leader === null || !this.together(one).includes(leader)) return null;
    return this.hasQuorum(one) ? leader : null;
  }

  /** A write that the quorum has taken; false when there is none. */
  put(through: Serving, key: string, value: string): boolean {
    if (this.leaderOf(through) === null) return false;
    for (const member of this.together(through)) {
      this.catchUp(member, through);
      if (member !== through) member.database.append(key, value);
    }
    through.database.append(key, value);
    return true;
  }

  /** Who leads where, after anything has changed. */
  look(): void {
    for (const one of this.#serving) {
      const election = this.electionOf(one.database.clusterId);
      const { leader } = election;
      const stands = leader !== null && this.#serving.has(leader) && this.hasQuorum(leader);
      if (!stands) election.leader = null;
      if (election.leader === null && !election.isElecting && this.hasQuorum(one)) {
        this.electSoon(one.database.clusterId, election);
      }
    }
    for (const one of this.#serving) {
      const leader = this.leaderOf(one);
      if (leader !== null) this.catchUp(one, leader);
    }
    this.onChange();
  }

  private electSoon(clusterId: string, election: Election): void {
    election.isElecting = true;
    this.time.after(this.random.between(200, 1_500), () => {
      election.isElecting = false;
      const candidates = this.serving.filter(
        (one) => one.database.clusterId === clusterId && this.hasQuorum(one),
      );
      const longest = Math.max(...candidates.map((one) => one.database.log.length));
      const best = candidates.filter((one) => one.database.log.length === longest);
      if (best.length === 0) return;
      const leader = this.random.pick(best);
      election.leader = leader;
      this.trace.add(leader.host, `etcd leads ${clusterId}`);
      for (const member of this.together(leader)) this.catchUp(member, leader);
      this.onChange();
    });
  }

  /** A member takes from another what it lacks, by number alone. */
  private catchUp(member: Serving, from: Serving): void {
    if (member === from) return;
    const [own, other] = [member.database.log, from.database.log];
    const shared = Math.min(own.length, other.length);
    if (shared > 0 && own[shared - 1]?.hash !== other[shared - 1]?.hash) {
      const { clusterId } = member.database;
      const what = `${member.host} and ${from.host} hold different histories in cluster ${clusterId}`;
      if (!this.mixed.includes(what)) this.mixed.push(what);
    }
    own.push(...other.slice(own.length));
  }

  private electionOf(clusterId: string): Election {
    const known = this.#elections.get(clusterId);
    if (known !== undefined) return known;
    const made = { leader: null, isElecting: false };
    this.#elections.set(clusterId, made);
    return made;
  }
}
