import type { Places } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import type { Finding } from '../../core/finding.js';
import { join } from '../../core/host-path.js';
import { isNoAnswer, type LogTail, type NoAnswer, type Question } from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import type { Facts } from '../preflight/facts.js';
import type { Where } from '../preflight/first-look.js';
import { look } from '../preflight/look.js';
import { reportOf } from '../preflight/make-report.js';
import { fileOf } from '../preflight/named-files.js';
import type { Collected } from './collected.js';
import { fullDisks } from './full-disks.js';
import { hideSecrets } from './hide-secrets.js';
import { type Seen, viewOf } from './member-view.js';
import { idsIn, readLog } from './read-log.js';
import type { Speaker } from './signs.js';

const reachMs = 2_000;
const peersMax = 20;

/** Whose log is looked for where, and under which name it is kept. */
const logsOf = (etcdUnit: string): readonly LookedFor[] => [
  { name: 'etcd', speaker: 'etcd', of: { container: 'etcd' } },
  { name: 'kube-apiserver', speaker: 'apiserver', of: { container: 'kube-apiserver' } },
  {
    name: 'kube-controller-manager',
    speaker: null,
    of: { container: 'kube-controller-manager' },
  },
  { name: 'kube-scheduler', speaker: null, of: { container: 'kube-scheduler' } },
  { name: 'kubelet', speaker: 'kubelet', of: { unit: 'kubelet' } },
  // Where etcd is a unit and no static pod; a second etcd beside one is a finding of its own kind.
  { name: 'etcd-unit', speaker: 'etcd', of: { unit: etcdUnit } },
];

interface LookedFor {
  readonly name: string;
  readonly speaker: Speaker | null;
  readonly of: LogOf;
}

type LogOf = Extract<Question, { kind: 'log' }>['of'];

/** Three round trips: what a preflight looks at, and then what the host has written and can reach. */
export async function collect(
  where: Where,
  bytesMax: number,
  ask: Places,
): Promise<Result<Collected, Failure>> {
  const facts = await look(where, ask);
  if (!facts.ok) return facts;
  const peers = otherPeers(facts.value);
  const wal = walOf(facts.value);
  const logs = logsOf(where.etcd_unit);
  const questions: { [name: string]: Question } = { survey: { kind: 'survey' } };
  for (const { name, of } of logs) questions[`log ${name}`] = { kind: 'log', of, bytesMax };
  if (wal !== null) questions.wal = { kind: 'list', path: wal };
  for (const url of peers) questions[`peer ${url}`] = reaching(url);
  const seen = await ask.host(questions);
  return seen.ok ? ok(collected(facts.value, seen.value as Seen, peers, logs)) : seen;
}

function collected(
  facts: Facts,
  seen: Seen,
  peers: readonly string[],
  lookedFor: readonly LookedFor[],
): Collected {
  const { host } = facts;
  const logs = lookedFor.map(({ name, speaker }) => ({ name, speaker, log: logIn(seen, name) }));
  const found: Finding[] = [...fullDisks(host, seen.survey.sections.disks ?? '', facts.dataDir)];
  // The other one of the two is no member's, and may say why it does not begin.
  const member = facts.etcd?.source === 'unit' ? 'etcd-unit' : 'etcd';
  for (const { name, speaker, log } of logs) {
    if (speaker === null || log === null) continue;
    const answers = name === member && facts.live !== null;
    const program = answers ? 'answers' : 'unknown';
    found.push(...readLog(host, speaker, log.from, log.text, program));
  }
  found.push(...readLog(host, 'kernel', 'dmesg', seen.survey.sections.kernel ?? ''));
  const texts = logs.flatMap(({ name, log }) =>
    log === null ? [] : [{ name: `${name}.log`, text: `${log.from}\n${log.text}\n` }],
  );
  const ids = idsIn(logIn(seen, 'etcd')?.text ?? logIn(seen, 'etcd-unit')?.text ?? '');
  return {
    host,
    files: [...surveyFiles(seen), etcdFile(facts), ...manifestFiles(facts), ...texts].map(
      ({ name, text }) => ({ name, text: hideSecrets(text) }),
    ),
    member: viewOf(facts, seen, ids, peers),
    report: reportOf(facts),
    found: found.map((one) => ({ ...one, evidence: hideSecrets(one.evidence) })),
  };
}

function logIn(seen: Seen, name: string): LogTail | null {
  const log = seen[`log ${name}`] as LogTail | NoAnswer;
  return isNoAnswer(log) ? null : log;
}

function surveyFiles({ survey }: Seen) {
  const parts = Object.entries(survey.sections).map(([name, text]) => `== ${name}\n${text}`);
  return [{ name: 'host.txt', text: parts.join('\n') }];
}

/** What the member says of itself, or how it keeps silent. */
function etcdFile({ live, silence, etcdRuns }: Facts) {
  const runs = etcdRuns ? 'it runs' : 'it does not run';
  const text = live === null ? (silence ?? runs) : JSON.stringify(live, null, 2);
  return { name: 'etcd.txt', text: `${text}\n` };
}

function manifestFiles({ folder }: Facts) {
  return (folder ?? []).map(({ name, text }) => ({ name: `manifests/${name}`, text }));
}

/** Where its write-ahead log must lie on the host. */
function walOf(facts: Facts): string | null {
  const { dataDir } = facts;
  const apart = fileOf(facts, 'etcd', 'wal-dir');
  return apart ?? (dataDir === null ? null : join(dataDir, 'member/wal'));
}

/** The peers that its manifest and the cluster know, without itself. */
function otherPeers({ etcd, live }: Facts): readonly string[] {
  const flag = (name: string) => (etcd?.manifest.flags.get(name) ?? '').split(',').filter(Boolean);
  const own = new Set(flag('initial-advertise-peer-urls'));
  const named = flag('initial-cluster').map((one) => one.slice(one.indexOf('=') + 1));
  const known = live?.members.members.flatMap(({ peerUrls }) => peerUrls) ?? [];
  const urls = [...new Set([...named, ...known])].filter((url) => !own.has(url));
  return urls.filter((url) => PEER.test(url)).slice(0, peersMax);
}

const PEER = /^https?:\/\/(\[[0-9A-Fa-f:.%a-z]+\]|[A-Za-z0-9._-]+):(\d{1,5})$/;

function reaching(url: string): Question {
  const [, address = '', port = ''] = PEER.exec(url) ?? [];
  const bare = address.replace(/^\[|\]$/g, '');
  return { kind: 'wait-port', address: bare, port: Number(port), open: true, timeoutMs: reachMs };
}
