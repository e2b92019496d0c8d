import Type, { type Static } from 'typebox';
import { refused } from '../core/failure.js';
import type { JsonObject } from '../core/json.js';
import { defineModule } from '../core/module.js';
import type { Question } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, duration, hostPath, milliseconds } from './arguments.js';

/** What is waited for, and the two states that each can be waited for in; the first is meant unless said. */
const STATES = {
  port: ['open', 'closed'],
  path: ['present', 'absent'],
  process: ['running', 'gone'],
  url: [],
} as const satisfies { readonly [subject: string]: readonly string[] };

const args = argumentsOf({
  port: Type.Optional(
    Type.Integer({
      minimum: 1,
      maximum: 65_535,
      description: 'A TCP port: a connection is tried.',
    }),
  ),
  address: Type.Optional(
    Type.String({ pattern: '^[A-Za-z0-9.:_-]+$', description: 'Of the port. Default: 127.0.0.1.' }),
  ),
  path: Type.Optional(hostPath('A file, directory or link.')),
  process: Type.Optional(
    Type.String({ pattern: '^[^\\s/]+$', description: 'Its name, as ps -C has it.' }),
  ),
  state: Type.Optional(
    Type.Enum(['open', 'closed', 'present', 'absent', 'running', 'gone'], {
      description:
        'A port is open or closed, a path present or absent, a process running or gone. Default: the first.',
    }),
  ),
  url: Type.Optional(
    Type.String({
      pattern: '^https?://[^\\s@]+$',
      description: 'Is asked for with GET, by curl on the host; no redirection is followed.',
    }),
  ),
  status: Type.Optional(
    Type.Array(Type.Integer({ minimum: 100, maximum: 599 }), {
      minItems: 1,
      description: 'What the answer may be. Default: [200].',
    }),
  ),
  ca_file: Type.Optional(hostPath('Whom the server’s certificate must be from.')),
  cert_file: Type.Optional(hostPath('The client’s certificate.')),
  key_file: Type.Optional(hostPath('The client’s key.')),
  within: duration('How long it may take; a preview waits as long. Default: 5m.'),
});

type Args = Static<typeof args>;

/** Polled on the host, so that waiting costs no round trips. */
export const waitFor = defineModule({
  name: 'wait_for',
  summary: 'Waits until a port, a path, a process or a URL on the host is as it should be.',
  example: `
- name: Wait until the API server is ready
  wait_for:
    url: https://127.0.0.1:6443/readyz
    ca_file: /etc/kubernetes/pki/ca.crt
    within: 2m
- name: Wait until nobody listens on etcd's port
  wait_for:
    port: 2379
    state: closed
`,
  place: 'host',
  args,
  result: Type.Object({ waited_ms: Type.Integer() }),
  mistakeIn,
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe(given, ask) {
    const tools = await ask.host({ it: { kind: 'tools', names: ['curl'] } });
    if (!tools.ok) return tools;
    if (given.url !== undefined && tools.value.it.curl === null) {
      return err(
        refused('tool-missing', 'this host has no curl', 'install it, or wait for a port'),
      );
    }
    const waited = await ask.host({ it: questionOf(given) });
    if (!waited.ok) return waited;
    const { it } = waited.value;
    if (it.reached) return ok({ waited_ms: it.waitedMs });
    const message = `not so after ${it.waitedMs / 1_000} s: ${it.lastSeen}`;
    return err(refused('not-so', message, 'look at the host, or allow more time (within)'));
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function questionOf(given: Args): Extract<Question, { kind: `wait-${string}` }> {
  const { port, address = '127.0.0.1', path, process, state, url, status = [200] } = given;
  const timeoutMs = milliseconds(given.within, 300);
  if (port !== undefined) {
    return { kind: 'wait-port', address, port, open: state !== 'closed', timeoutMs };
  }
  if (path !== undefined) {
    return { kind: 'wait-path', path, present: state !== 'absent', timeoutMs };
  }
  if (process !== undefined) {
    const kind = state === 'gone' ? 'wait-gone' : 'wait-running';
    return { kind, processes: [process], ports: [], timeoutMs };
  }
  const { ca_file: caFile = null, cert_file: certFile = null, key_file: keyFile = null } = given;
  return {
    kind: 'wait-http',
    url: url ?? '',
    statuses: status,
    caFile,
    certFile,
    keyFile,
    timeoutMs,
  };
}

function mistakeIn(written: JsonObject): string | null {
  const [subject, ...more] = (['port', 'path', 'process', 'url'] as const).filter(
    (one) => one in written,
  );
  if (subject === undefined || more.length > 0)
    return 'it waits for one of port, path, process and url';
  if (subject !== 'port' && 'address' in written) return 'only a port has an address';
  const ofUrl = ['status', 'ca_file', 'cert_file', 'key_file'].find((one) => one in written);
  if (subject !== 'url' && ofUrl !== undefined) return `only a url has ${ofUrl}`;
  if ('cert_file' in written !== 'key_file' in written) return 'cert_file and key_file go together';
  const { state } = written;
  const known: readonly string[] = STATES[subject];
  if (typeof state !== 'string' || state.includes('${{') || known.includes(state)) return null;
  return known.length === 0
    ? 'a url has no state: give its status'
    : `a ${subject} is ${known.join(' or ')}`;
}
