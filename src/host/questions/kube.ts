import { commandLine, quote } from '../../core/argv.js';
import type { KubeAccess, KubeKind, KubeObject, Question } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';
import { noAnswer } from './etcd.js';
import { poll } from './polling.js';

type Kind<K extends Question['kind']> = Extract<Question, { kind: K }>;

interface Listed {
  readonly path: string;
  /** What is taken out of the answer besides names, as grep's extended expressions. */
  readonly fields: readonly string[];
  /** Only counted: not even names leave the host. */
  readonly isCounted?: true;
}

/** A name of the API; nothing else is let through, whatever an answer holds. */
const WORD = '[A-Za-z0-9.:_-]+';
const DECIDED = '"type":"(Approved|Denied|Failed)"';

const LISTED: { readonly [kind in KubeKind]: Listed } = {
  namespaces: { path: '/api/v1/namespaces', fields: [], isCounted: true },
  deployments: { path: '/apis/apps/v1/deployments', fields: [], isCounted: true },
  services: { path: '/api/v1/services', fields: [], isCounted: true },
  secrets: { path: '/api/v1/secrets', fields: [], isCounted: true },
  pods: { path: '/api/v1/pods', fields: [] },
  nodes: { path: '/api/v1/nodes', fields: ['"type":"Ready","status":"[A-Za-z]+"'] },
  'node-leases': {
    path: '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases',
    fields: ['"renewTime":"[0-9TZ:.-]+"'],
  },
  'signing-requests': {
    path: '/apis/certificates.k8s.io/v1/certificatesigningrequests',
    fields: [`"(signerName|username)":"[A-Za-z0-9.:_/-]+"`, DECIDED],
  },
};

const PAGE_OBJECTS = 500;
const PAGES_MAX = 100;
const ANSWER_BYTES_MAX = 4_000_000;

/**
 * Reads every object of a kind, page after page. What comes back is torn apart on the host by grep: an
 * answer never leaves it, only what matches. curl asks for metadata alone where no field is wanted, so
 * that what Secrets hold does not even leave the API server.
 */
export function kubeList({ access, of }: Kind<'kube-list'>): Asked {
  const { isCounted = false } = LISTED[of];
  const script = [
    waysToAsk(access, of),
    choice,
    'more= page=0 ask=',
    `while [ $page -lt ${PAGES_MAX} ]; do`,
    '  if [ -z "$ask" ]; then choose; else read_page; fi',
    '  [ "$ended" = ok ] || { refusal; exit 1; }',
    `  printf '%s\\n' "$words" | ${isCounted ? "grep -c '^\"metadata'" : 'grep -v \'^"continue\\|^"rb-\''}`,
    '  page=$((page + 1))',
    '  [ -n "$more" ] || break',
    'done',
    'echo "rest:$more"',
  ];
  return { script: script.join('\n'), parse: (part) => parseList(part, isCounted) };
}

/** Renewed since now by the host's own clock; a second is between two looks, for the API server's sake. */
export function waitKubeNodes({ access, timeoutMs }: Kind<'wait-kube-nodes'>): Asked {
  const prepare = [
    waysToAsk(access, 'node-leases'),
    choice,
    'since=$(date -u +%Y-%m-%dT%H:%M:%S) ask=',
  ];
  const test = [
    'more= seen=',
    'if [ -z "$ask" ]; then choose; else read_page; fi',
    '[ "$ended" = ok ] || seen="the API server does not answer"',
    'name=',
    'while IFS= read -r word; do',
    '  case $word in',
    '    \'"metadata"\'*) name=${word#*\'"name":"\'} name=${name%%\\"*} ;;',
    '    \'"renewTime"\'*)',
    '      word=${word#*:\\"}',
    '      [ "$word" \\> "$since" ] || seen="$seen $name" ;;',
    '  esac',
    'done <<rb_words',
    '$words',
    'rb_words',
    '[ -z "$seen" ]',
  ];
  return poll(timeoutMs, test.join('\n'), prepare.join('\n'), '1');
}

/** `by_curl`, `by_kubectl0`, …: each writes an answer, and behind it how it ended; none needs what is not there. */
function waysToAsk(access: KubeAccess, kind: KubeKind): string {
  const { path, fields } = LISTED[kind];
  const url = `${path}?limit=${PAGE_OBJECTS}`;
  const metadata = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1';
  const accept = fields.length === 0 ? `${metadata},application/json` : 'application/json';
  // The API server writes for people, on many lines, when curl says who it is.
  const curl = commandLine([
    ...['curl', '-q', '-sS', '-A', 'runback', '--connect-timeout', '2', '--max-time', '20'],
    ...['-H', `Accept: ${accept}`, '--cacert', access.caFile],
    ...['--cert', access.certFile, '--key', access.keyFile, '-w', '\n"rb-%{http_code}"\n'],
  ]);
  const files = [access.caFile, access.certFile, access.keyFile].map(
    (file) => `[ -r ${quote(file)} ]`,
  );
  const kubectl = access.kubeconfigs.map((file, index) => {
    const flags = ['--kubeconfig', file, '--server', access.server, '--request-timeout=20s'];
    const argv = commandLine(['kubectl', ...flags, 'get', '--raw']);
    return [
      `by_kubectl${index}() {`,
      `  ${argv} ${quote(url)}"\${more:+&continue=$more}" || { echo; echo '"rb-refused"'; return; }`,
      `  echo; echo '"rb-200"'`,
      '}',
      `if [ -r ${quote(file)} ] && command -v kubectl >/dev/null 2>&1; then ways="$ways by_kubectl${index}"; fi`,
    ].join('\n');
  });
  return [
    'ways=',
    `by_curl() { ${curl} ${quote(access.server + url)}"\${more:+&continue=$more}"; }`,
    `if command -v curl >/dev/null 2>&1 && ${files.join(' && ')}; then ways=by_curl; fi`,
    ...kubectl,
    `wanted=${quote([NAMED, CONTINUE, ENDED, ...fields].join('|'))}`,
  ].join('\n');
}

/**
 * The order of an object's own fields is the API's; a template's have no uid, and inside a text every quote
 * has a backslash before it.
 */
const NAMED = `"metadata":\\{"name":"${WORD}"(,"(generateName|namespace|selfLink)":"[A-Za-z0-9.:_/-]*")*,"uid":"${WORD}"`;
const CONTINUE = '"continue":"[A-Za-z0-9_=+/.-]+"';
const ENDED = '^"rb-[a-z0-9]+"$';

/** The first way that is let in is kept. What the last one said is the refusal. */
const choice = [
  'read_page() {',
  `  words=$($ask 2>/dev/null | grep -oE "$wanted" | head -c ${ANSWER_BYTES_MAX})`,
  '  case $words in *\'"rb-200"\') ended=ok ;; *) ended=no ;; esac',
  '  more=$(printf \'%s\\n\' "$words" | grep -m 1 \'^"continue\') more=${more#*:\\"} more=${more%\\"}',
  '}',
  'choose() {',
  '  ended=no words=',
  '  for ask in $ways; do read_page; [ "$ended" != ok ] || return 0; done',
  '  last=$ask ask=',
  '}',
  // Of an answer that is a Status only its message: it names an object, and holds nothing of it.
  'refusal() {',
  '  [ -n "$ways" ] || { echo "this host has neither kubectl nor curl and a certificate to ask with"; return; }',
  '  ${ask:-$last} 2>&1 | head -c 4000 | grep -E \'^(\\{"kind":"Status"|curl:|error:|Error |Unable |The connection )\' |',
  '    grep -oE \'"message":"([^"\\\\]|\\\\.)*"|^[^{].*\' | head -n 3',
  '}',
].join('\n');

function parseList(part: Part, isCounted: boolean) {
  if (part.exitCode !== 0) return refusalIn(part);
  const lines = part.output.toString('utf8').trim().split('\n');
  const rest = lines.pop() ?? '';
  if (!rest.startsWith('rest:')) return noAnswer(part);
  const isComplete = rest === 'rest:';
  if (isCounted) {
    const count = lines.reduce((sum, line) => sum + Number(line), 0);
    return { count, isComplete, objects: [] };
  }
  const objects = objectsIn(lines);
  return { count: objects.length, isComplete, objects };
}

function objectsIn(lines: readonly string[]): readonly KubeObject[] {
  const objects: (KubeObject & { fields: { [field: string]: string } })[] = [];
  for (const line of lines) {
    const name = /^"metadata":\{"name":"([^"]+)"/.exec(line)?.[1];
    if (name !== undefined) {
      const namespace = /"namespace":"([^"]+)"/.exec(line)?.[1] ?? '';
      objects.push({ name, namespace, fields: {} });
      continue;
    }
    const [, field, value = ''] =
      /^"type":"([A-Za-z]+)"(?:,"status":"([A-Za-z]+)")?$/.exec(line) ??
      /^"([A-Za-z]+)":"([^"]*)"$/.exec(line) ??
      [];
    const last = objects.at(-1);
    if (field !== undefined && last !== undefined) last.fields[field] = value;
  }
  return objects;
}

function refusalIn(part: Part) {
  const said = noAnswer(part);
  const message = /"message":"((?:[^"\\]|\\.)*)"/.exec(said.detail)?.[1];
  return message === undefined ? said : { ...said, detail: message.replace(/\\(.)/g, '$1') };
}
