import type { Places } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import type { Question, Waited } from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import { type FencedHost, isOf } from '../etcd/fenced.js';
import { hostOf, portOf } from '../etcd/manifest.js';
import { sameAddress } from './address.js';
import { endpointOf } from './endpoint.js';
import type { Facts, FencedLook, Live } from './facts.js';
import type { Where } from './first-look.js';

const PEER_PORT = 2_380;
const CLIENT_PORT = 2_379;
const API_PORT = 6_443;
const LOOPBACK = /^(127\.|localhost$|::1$)/;

type Pods = Pick<Facts, 'etcd' | 'apiserver'>;
type Door = Omit<FencedLook['tried'][number], 'seen'>;

/** A third round trip, only where somebody is left out: does anything still answer there? */
export async function lookAtFenced(
  where: Where,
  pods: Pods,
  live: Live | null,
  ask: Places,
): Promise<Result<readonly FencedLook[], Failure>> {
  const wanted = where.fenced.map((host) => ({
    host: host.name,
    doors: doorsOf(host, where, pods, live),
  }));
  const questions: { [name: string]: Question } = {};
  for (const { address, port } of wanted.flatMap(({ doors }) => doors)) {
    // One try: who does not answer now is not waited for.
    questions[keyOf(address, port)] = {
      kind: 'wait-port',
      address,
      port,
      open: true,
      timeoutMs: 0,
    };
  }
  if (Object.keys(questions).length === 0) {
    return ok(wanted.map(({ host }) => ({ host, tried: [] })));
  }
  const seen = await ask.host(questions);
  if (!seen.ok) return seen;
  const answers = seen.value as { readonly [name: string]: Waited };
  return ok(
    wanted.map(({ host, doors }) => ({
      host,
      tried: doors.flatMap((door) => {
        const answer = answers[keyOf(door.address, door.port)];
        return answer === undefined ? [] : [{ ...door, seen: answer }];
      }),
    })),
  );
}

/** Every port of etcd and of the API server, at every address at which that host is known. */
function doorsOf(
  host: FencedHost,
  { address: own, record }: Where,
  pods: Pods,
  live: Live | null,
): readonly Door[] {
  const mine = listed(pods, record, live).filter((member) => isOf(member, host, record));
  const peerUrls = mine.flatMap((member) => member.peerUrls);
  const addresses = [...new Set([host.address, ...peerUrls.flatMap((url) => hostOf(url) ?? [])])]
    // Behind a bastion or a forwarded port the inventory's address may be this very host.
    .filter((one) => one !== '' && !LOOPBACK.test(one) && !sameAddress(one, own));
  const client = portOf(endpointOf(pods)) ?? CLIENT_PORT;
  const peer = peerUrls.map(portOf).find((port) => port !== null) ?? PEER_PORT;
  const api = Number(pods.apiserver?.manifest.flags.get('secure-port') ?? API_PORT);
  return addresses.flatMap((address) => [
    { what: 'etcd’s peer port', address, port: peer },
    { what: 'etcd’s client port', address, port: client },
    { what: 'the API server’s port', address, port: api },
  ]);
}

/** Everybody who is called a member: by this host's manifest, by the record, by etcd itself. */
function listed({ etcd }: Pods, record: Where['record'], live: Live | null) {
  const initial = (etcd?.manifest.flags.get('initial-cluster') ?? '').split(',').map((pair) => {
    const cut = pair.indexOf('=');
    return { name: pair.slice(0, cut), peerUrls: [pair.slice(cut + 1)] };
  });
  const recorded = (record?.hosts ?? []).map((one) => ({
    name: one.member,
    peerUrls: one.peer_urls,
  }));
  return [...initial, ...recorded, ...(live?.members.members ?? [])];
}

function keyOf(address: string, port: number): string {
  return `${address} ${port}`;
}
