import type { Places } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { join } from '../../core/host-path.js';
import {
  type Ages,
  type EtcdCount,
  type EtcdStatus,
  isNoAnswer,
  type NoAnswer,
  type Question,
} from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import type { Facts, Past } from './facts.js';

const API_SERVER = 'kube-apiserver';
/** etcd's own; a file system's root has lost+found; ours begins with a dot. */
const BELONGS = ['member', 'lost+found'];
const straysMax = 20;
const BELONGS_IN_MEMBER = ['snap', 'wal'];

/** What tells a data directory's past; nothing of a host whose data directory is not known. */
export function pastQuestions(dataDir: string | null): { readonly [name: string]: Question } {
  const member = dataDir === null ? null : join(dataDir, 'member');
  const paths = member === null ? [] : [member];
  const ages: Question = { kind: 'ages', paths, processes: [API_SERVER] };
  if (dataDir === null || member === null) return { ages };
  return {
    ages,
    'data entries': { kind: 'list', path: dataDir },
    'member entries': { kind: 'list', path: member },
  };
}

/** Where the API server keeps nodes. (kube-apiserver, --etcd-prefix) */
export function nodesPrefix({ apiserver }: Pick<Facts, 'apiserver'>): string {
  return `${apiserver?.manifest.flags.get('etcd-prefix') ?? '/registry'}/minions/`;
}

interface SeenPast {
  readonly dataDir: string | null;
  readonly status: EtcdStatus | NoAnswer | null;
  readonly nodes: EtcdCount | NoAnswer | null;
  readonly ages: Ages | null;
  readonly data: readonly string[] | null;
  readonly member: readonly string[] | null;
}

export function pastOf({
  dataDir,
  status,
  nodes,
  ages,
  data,
  member,
}: SeenPast): Omit<Past, 'nested'> {
  const inMember = (member ?? []).filter((name) => !BELONGS_IN_MEMBER.includes(name));
  const inData = (data ?? []).filter((name) => !name.startsWith('.') && !BELONGS.includes(name));
  return {
    status: status === null || isNoAnswer(status) ? null : status,
    nodes: nodes === null || isNoAnswer(nodes) ? null : nodes.keys,
    dataBornS: dataDir === null ? null : (ages?.bornS[join(dataDir, 'member')] ?? null),
    apiServerStartedS: earliest(ages?.processes.map(({ startedS }) => startedS) ?? []),
    strays: [...inData, ...inMember.map((name) => `member/${name}`)],
  };
}

/** Is one of the strays a data directory? Asked only where there are any: it is one more round trip. */
export async function nestedIn(
  dataDir: string,
  strays: readonly string[],
  ask: Places,
): Promise<Result<readonly string[], Failure>> {
  if (strays.length === 0) return ok([]);
  const looked = strays.slice(0, straysMax);
  const inside = looked.map((stray) =>
    join(dataDir, stray === 'member/member' ? stray : `${stray}/member`),
  );
  const questions = inside.map((path) => [path, { kind: 'stat', path }] as const);
  const seen = await ask.host(Object.fromEntries(questions));
  if (!seen.ok) return seen;
  return ok(looked.filter((_, index) => seen.value[inside[index] ?? ''] != null));
}

function earliest(seconds: readonly number[]): number | null {
  return seconds.length === 0 ? null : Math.min(...seconds);
}
