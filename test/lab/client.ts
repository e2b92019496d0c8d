import { Gateway } from './gateway.js';
import { keyNumber, valueNumber } from './key-data.js';
import { type LabShape, membersOf } from './shape.js';

export interface MemberStatus {
  readonly clusterId: string;
  readonly memberId: string;
  /** '0' while there is none. */
  readonly leaderId: string;
  readonly isLeader: boolean;
  readonly revision: string;
  readonly raftTerm: string;
  readonly version: string;
  readonly dbSizeBytes: number;
}

export interface KeyValue {
  readonly key: string;
  readonly value: string;
  readonly modRevision: string;
}

const TXN_PUTS_MAX = 100;
const AT_ONCE = 4;
const PAGE_KEYS = 1_000;
const NODES = '/registry/minions/';

interface Header {
  readonly cluster_id: string;
  readonly member_id: string;
  readonly revision: string;
  readonly raft_term: string;
}

/** etcd as the lab itself sees it: each question goes to one member's own endpoint. */
export class LabClient {
  private readonly gateways: ReadonlyMap<string, Gateway>;

  /** Any member will do. */
  private readonly first: string;

  constructor(lab: LabShape) {
    this.first = membersOf(lab)[0]?.name ?? '';
    this.gateways = new Map(lab.hosts.map((host) => [host.name, new Gateway(host)]));
  }

  /** Writes `count` keys, numbered from `from`; `generation` tells one filling's values from another's. */
  async put(count: number, generation = 'first', from = 0): Promise<void> {
    const batches = Array.from({ length: Math.ceil(count / TXN_PUTS_MAX) }, (_, batch) => {
      const start = from + batch * TXN_PUTS_MAX;
      const length = Math.min(TXN_PUTS_MAX, from + count - start);
      return Array.from({ length }, (_, index) => start + index);
    });
    const [gateway] = this.gateways.values();
    const worker = async () => {
      for (let batch = batches.shift(); batch !== undefined; batch = batches.shift()) {
        const success = batch.map((number) => ({
          request_put: put(keyNumber(number), valueNumber(number, generation)),
        }));
        await gateway?.post('/v3/kv/txn', { success });
      }
    };
    await Promise.all(Array.from({ length: AT_ONCE }, worker));
  }

  /** Writes one key through a host's member and answers the revision of it. */
  async write(key: string, value: string, host = this.first): Promise<string> {
    const { header } = await this.gateway(host).post('/v3/kv/put', put(key, value));
    return (header as Header).revision;
  }

  /** A linearizable read of one key; undefined when it is not there. */
  async read(key: string, host = this.first): Promise<string | undefined> {
    const { kvs = [] } = await this.gateway(host).post('/v3/kv/range', { key: encode(key) });
    return (kvs as RawKeyValue[]).map(decoded)[0]?.value;
  }

  /**
   * Every key that ONE member has, at one revision, in order, without asking the other members; but not
   * the nodes, which the lab itself has written.
   */
  async allKeys(host: string): Promise<readonly KeyValue[]> {
    const found: KeyValue[] = [];
    let key = '\0';
    let revision = '0';
    for (;;) {
      const page = await this.gateway(host).post('/v3/kv/range', {
        key: encode(key),
        range_end: encode('\0'),
        limit: String(PAGE_KEYS),
        revision,
        serializable: true,
      });
      found.push(...((page.kvs ?? []) as RawKeyValue[]).map(decoded));
      if (page.more !== true) return found.filter(({ key }) => !key.startsWith(NODES));
      revision = (page.header as Header).revision;
      key = `${found.at(-1)?.key}\0`;
    }
  }

  async status(host: string): Promise<MemberStatus> {
    const answer = await this.gateway(host).post('/v3/maintenance/status', {});
    const header = answer.header as Header;
    const leaderId = String(answer.leader ?? '0');
    return {
      clusterId: header.cluster_id,
      memberId: header.member_id,
      leaderId,
      isLeader: leaderId === header.member_id,
      revision: header.revision,
      raftTerm: header.raft_term,
      version: String(answer.version),
      dbSizeBytes: Number(answer.dbSize),
    };
  }

  /** The names of the members, as one of them lists them; a learner and one that never started are marked. */
  async memberNames(host: string): Promise<readonly string[]> {
    const answer = await this.gateway(host).post('/v3/cluster/member/list', {});
    const members = (answer.members ?? []) as readonly { name?: string; isLearner?: boolean }[];
    return members
      .map(({ name, isLearner }) => `${name ?? '(not started)'}${isLearner ? ' (learner)' : ''}`)
      .sort();
  }

  /**
   * The hash over one member's keys at a revision (0: now), with the revision it was compacted at.
   * The gateway of 3.4 only has the hash over the whole database as it is now, and no such revision.
   */
  async hashkv(
    host: string,
    revision = '0',
  ): Promise<{ readonly hash: number; readonly compactRevision: string }> {
    const is34 = (await this.status(host)).version.startsWith('3.4.');
    const path = is34 ? '/v3/maintenance/hash' : '/v3/maintenance/hashkv';
    const answer = await this.gateway(host).post(path, { revision });
    return { hash: Number(answer.hash), compactRevision: String(answer.compact_revision ?? '0') };
  }

  async isHealthy(host: string): Promise<boolean> {
    try {
      return await this.gateway(host).isHealthy();
    } catch {
      return false;
    }
  }

  /** What /readyz of the host's own API server says. */
  async apiserverIsReady(host: string): Promise<boolean> {
    try {
      return await this.gateway(host).apiserverIsReady();
    } catch {
      return false;
    }
  }

  close(): void {
    for (const gateway of this.gateways.values()) gateway.close();
  }

  private gateway(host: string): Gateway {
    const gateway = this.gateways.get(host);
    if (gateway === undefined) throw new Error(`the lab has no host ${host}`);
    return gateway;
  }
}

interface RawKeyValue {
  readonly key: string;
  readonly value?: string;
  readonly mod_revision: string;
}

function put(key: string, value: string): { readonly key: string; readonly value: string } {
  return { key: encode(key), value: encode(value) };
}

function encode(text: string): string {
  return Buffer.from(text).toString('base64');
}

function decoded({ key, value = '', mod_revision }: RawKeyValue): KeyValue {
  const decode = (base64: string) => Buffer.from(base64, 'base64').toString();
  return { key: decode(key), value: decode(value), modRevision: mod_revision };
}
