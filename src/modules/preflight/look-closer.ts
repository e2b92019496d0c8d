import type { Places } from '../../core/ask.js';
import type { Failure } from '../../core/failure.js';
import { join } from '../../core/host-path.js';
import { isRunId } from '../../core/names.js';
import {
  type AnswerTo,
  type EtcdAccess,
  isNoAnswer,
  type NoAnswer,
  type Question,
  type QuestionKind,
} from '../../core/question.js';
import { ok, type Result } from '../../core/result.js';
import { knownBy, ofMember } from '../etcd/known-by.js';
import { layoutOf, layoutQuestions, type NamedPlaces, type SeenPlaces } from '../etcd/layout.js';
import { portOf } from '../etcd/manifest.js';
import { memberDisks } from '../etcd/member-disks.js';
import { chooseTools, fits, toolsInPlace } from '../etcd/tools.js';
import { endpointOf } from './endpoint.js';
import type { Facts, Live, Past, Place } from './facts.js';
import {
  type FirstLook,
  KUBELET_DIR,
  RUNTIMES,
  STATE_DIR,
  STOPPED,
  type Where,
} from './first-look.js';
import { HEALTHZ_PORT, healthz } from './healthz.js';
import { KUBECONFIGS } from './kubeconfigs.js';
import { nodesPrefix, pastOf, pastQuestions } from './look-back.js';
import { fileOf, namedFiles, pkiFolders } from './named-files.js';
import { imageVersion } from './version.js';

type Pods = Pick<Facts, 'etcd' | 'apiserver'>;

type Closer = Pick<
  Facts,
  | 'tools'
  | 'toolsFrom'
  | 'runtimes'
  | 'etcdRuns'
  | 'live'
  | 'silence'
  | 'certificates'
  | 'encryptionConfigSha256'
  | 'sockets'
  | 'places'
  | 'dataDir'
  | 'swap'
  | 'disks'
  | 'nodeSpaces'
  | 'etcdFiles'
  | 'locks'
  | 'leftovers'
> & {
  readonly health: Facts['kubelet']['health'];
  readonly past: Omit<Past, 'nested'>;
};

/** Where images are kept, by runtime; the kubelet counts what they lie on. */
const IMAGE_DIRS = ['/var/lib/containerd', '/var/lib/containers', '/var/lib/docker'];
const API_PORT = 6_443;
const othersMax = 20;

/** Second round trip: all that the manifests name, and the member itself. */
export async function lookCloser(
  where: Where,
  first: FirstLook,
  pods: Pods,
  ask: Places,
): Promise<Result<Closer, Failure>> {
  const subjects = subjectsOf(where, first, pods);
  const { dataDir, named, places, files, clusters, others, tools } = subjects;
  const seen = await ask.host(questionsAbout(subjects, first, pods));
  if (!seen.ok) return seen;
  const answer = <K extends QuestionKind>(name: string, _kind: K) =>
    (seen.value[name] ?? null) as AnswerTo<Extract<Question, { kind: K }>> | null;

  const status = answer('status', 'etcd-status');
  const members = answer('members', 'etcd-members');
  const alarms = answer('alarms', 'etcd-alarms');
  return ok({
    dataDir,
    swap: named === null ? null : layoutOf(seenPlaces(named, pods, seen.value)),
    disks:
      named === null ? null : memberDisks(named.dataDir, seenPlaces(named, pods, seen.value).seen),
    tools: first.tools.host,
    toolsFrom: tools.choose(answer('image', 'etcd-tools')?.imageThrough ?? null),
    etcdRuns: (answer('own', 'processes') ?? etcdsIn(first)).length > 0,
    runtimes: RUNTIMES.filter((name) => first.runtimes[name] != null),
    ...liveOf(status, members, alarms),
    past: pastOf({
      dataDir,
      status,
      nodes: answer('nodes', 'etcd-count'),
      ages: answer('ages', 'ages'),
      data: answer('data entries', 'list'),
      member: answer('member entries', 'list'),
    }),
    health: answer('health', 'wait-http'),
    certificates: answer('certificates', 'certificates'),
    encryptionConfigSha256: answer('encryption', 'digest')?.sha256 ?? null,
    sockets: answer('sockets', 'sockets') ?? [],
    places: places.flatMap(({ what, path }): Place[] => {
      const mount = answer(`mount ${what}`, 'mount');
      const space = answer(`space ${what}`, 'space');
      return mount === null || space === null ? [] : [{ what, path, mount, space }];
    }),
    nodeSpaces: [KUBELET_DIR, ...IMAGE_DIRS].flatMap((path) => {
      const space = answer(`space ${path}`, 'space');
      const use = path === KUBELET_DIR ? ('nodefs' as const) : ('imagefs' as const);
      return space === null || space.path !== path ? [] : [{ use, space }];
    }),
    etcdFiles: files.map((path) => ({ path, stat: answer(`stat ${path}`, 'stat') })),
    locks: clusters.flatMap((cluster) => {
      const holder = answer(`lock ${cluster}`, 'read');
      return holder === null ? [] : [{ cluster, holder: holder.text }];
    }),
    leftovers: others.map((path) => ({ path, entries: answer(`left ${path}`, 'list') ?? [] })),
  });
}

/** What there is to be asked about, by what is known already. */
function subjectsOf(where: Where, first: FirstLook, pods: Pods) {
  const dataDir = fileOf(pods, 'etcd', 'data-dir');
  const named =
    dataDir === null
      ? null
      : { dataDir, walDir: fileOf(pods, 'etcd', 'wal-dir'), work: where.work_dir };
  return {
    dataDir,
    named,
    places: placesOf(where, pods, named),
    files: etcdFilesOf(pods, dataDir),
    clusters: (first.state ?? []).filter((name) => !name.startsWith('.')).slice(0, othersMax),
    others: otherRuns(where, first),
    // Those that are named first: a folder may hold more than anybody reads.
    certificatePaths: [...namedFiles(pods).map(({ path }) => path), ...pkiFolders(pods)],
    encryption: fileOf(pods, 'kube-apiserver', 'encryption-provider-config'),
    access: accessTo(pods, first),
    tools: toolsFor(where, first, pods),
  };
}

function questionsAbout(
  subjects: ReturnType<typeof subjectsOf>,
  first: FirstLook,
  pods: Pods,
): { readonly [name: string]: Question } {
  const { dataDir, named, places, files, clusters, others, access, tools } = subjects;
  const { certificatePaths, encryption } = subjects;
  const questions: { [name: string]: Question } = {};
  for (const { what, path } of places) {
    questions[`mount ${what}`] = { kind: 'mount', path };
    questions[`space ${what}`] = { kind: 'space', path };
  }
  for (const path of [KUBELET_DIR, ...IMAGE_DIRS]) {
    questions[`space ${path}`] = { kind: 'space', path };
  }
  if (named !== null) Object.assign(questions, layoutQuestions(named));
  for (const path of files) questions[`stat ${path}`] = { kind: 'stat', path, follow: true };
  const own = pods.etcd === null ? {} : ofMember(knownBy(pods.etcd.manifest));
  // Of several etcds on a host one is the member.
  if (etcdsIn(first).length > 0) questions.own = { kind: 'processes', names: ['etcd'], ...own };
  if (tools.next !== null) questions.image = tools.next;
  for (const name of clusters) {
    const path = join(STATE_DIR, `${name}/lock/holder`);
    questions[`lock ${name}`] = { kind: 'read', path, bytesMax: 10_000 };
  }
  for (const path of others) questions[`left ${path}`] = { kind: 'list', path };
  if (access !== null) {
    questions.status = { kind: 'etcd-status', access };
    questions.members = { kind: 'etcd-members', access };
    questions.alarms = { kind: 'etcd-alarms', access };
    questions.nodes = { kind: 'etcd-count', access, prefix: nodesPrefix(pods) };
  }
  Object.assign(questions, pastQuestions(dataDir));
  if (certificatePaths.length > 0) {
    questions.certificates = {
      kind: 'certificates',
      paths: certificatePaths,
      kubeconfigs: KUBECONFIGS,
    };
  }
  if (encryption !== null) questions.encryption = { kind: 'digest', path: encryption };
  if (first.listening.some(({ port }) => port === HEALTHZ_PORT)) questions.health = healthz();
  questions.sockets = { kind: 'sockets', ports: socketPorts(pods) };
  return questions;
}

function placesOf(where: Where, pods: Pods, named: NamedPlaces | null) {
  const places: { readonly what: Place['what']; readonly path: string }[] = [
    ...(where.is_control_plane || pods.etcd?.source !== 'unit' ? podPlaces(where) : []),
    ...(where.is_member ? [{ what: 'work', path: where.work_dir } as const] : []),
  ];
  if (named === null) return places;
  const { dataDir, walDir } = named;
  places.push({ what: 'data', path: dataDir });
  return [...places, { what: 'wal' as const, path: walDir ?? join(dataDir, 'member/wal') }];
}

function seenPlaces(
  named: NamedPlaces,
  { etcd }: Pods,
  answers: { readonly [name: string]: unknown },
): SeenPlaces {
  const seen = answers as SeenPlaces['seen'];
  return { ...named, seen, isSeenInside: (path) => etcd?.manifest.hostPathOf(path) === path };
}

function podPlaces({ manifests_dir, parked_dir }: Where) {
  return [
    { what: 'manifests', path: manifests_dir },
    { what: 'parked', path: parked_dir },
  ] as const;
}

/** What the etcd process itself opens. */
function etcdFilesOf(pods: Pods, dataDir: string | null): readonly string[] {
  const named = namedFiles(pods).filter(({ pod }) => pod === 'etcd');
  const paths = named.map(({ path }) => path);
  return [...new Set(dataDir === null ? paths : [...paths, dataDir])];
}

/** Directories that are called like a run, and not like this one; and what was stopped by hand. */
function otherRuns(where: Where, { parkedRuns, workRuns }: FirstLook): readonly string[] {
  const others = (directory: string, names: readonly string[] | null) =>
    (names ?? [])
      .filter((name) => isRunId(name) && name !== where.run)
      .slice(-othersMax)
      .map((name) => join(directory, name));
  const stopped = parkedRuns?.includes(STOPPED) ? [join(where.parked_dir, STOPPED)] : [];
  return [...others(where.parked_dir, parkedRuns), ...stopped, ...others(where.work_dir, workRuns)];
}

/** containerd is asked for the image only where no nearer place has programs that fit. */
function toolsFor({ uploads }: Where, { tools }: FirstLook, { etcd }: Pods) {
  const named = etcd?.manifest.image ?? '';
  const image = named === '' ? null : named;
  const what = { version: imageVersion(named) || (tools.runningVersion ?? ''), uploads, image };
  const choose = (imageThrough: string | null) => chooseTools({ ...tools, imageThrough }, what);
  const near = choose(null);
  const isFar = near === null || (near.from === 'host' && !fits(near.tools, what.version));
  const next =
    isFar && image !== null
      ? ({ kind: 'etcd-tools', folder: null, image, peerUrl: null } as const)
      : null;
  return { choose, next };
}

function accessTo(pods: Pods, { processes, tools }: FirstLook): EtcdAccess | null {
  const isRunning = processes.some(({ name }) => name === 'etcd');
  const file = (flag: string) => fileOf(pods, 'etcd', flag);
  const [caFile, certFile, keyFile] = ['trusted-ca-file', 'cert-file', 'key-file'].map(file);
  const usable = toolsInPlace(tools, imageVersion(pods.etcd?.manifest.image ?? ''));
  if (!isRunning || usable === null || !caFile || !certFile || !keyFile) return null;
  const etcdctl = usable.etcdctl.path;
  return { etcdctl, endpoint: endpointOf(pods), caFile, certFile, keyFile };
}

function etcdsIn({ processes }: FirstLook) {
  return processes.filter(({ name }) => name === 'etcd');
}

function socketPorts(pods: Pods): readonly number[] {
  const client = portOf(endpointOf(pods)) ?? 2_379;
  return [client, Number(pods.apiserver?.manifest.flags.get('secure-port') ?? API_PORT)];
}

function liveOf(
  status: AnswerTo<Extract<Question, { kind: 'etcd-status' }>> | null,
  members: AnswerTo<Extract<Question, { kind: 'etcd-members' }>> | null,
  alarms: AnswerTo<Extract<Question, { kind: 'etcd-alarms' }>> | null,
): { readonly live: Live | null; readonly silence: string | null } {
  if (status === null || members === null || alarms === null) return { live: null, silence: null };
  if (isNoAnswer(status)) return silent(status);
  if (isNoAnswer(members)) return silent(members);
  if (isNoAnswer(alarms)) return silent(alarms);
  return { live: { status, members, alarms: alarms.alarms }, silence: null };
}

function silent({ detail, reason }: NoAnswer) {
  return { live: null, silence: detail === '' ? reason : detail };
}
