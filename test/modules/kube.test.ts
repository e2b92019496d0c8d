import { describe, expect, it } from 'vitest';
import type { Answer, KubeKind, KubeObject, KubeObjects } from '../../src/core/question.js';
import { etcdLeftovers } from '../../src/modules/etcd-leftovers.js';
import { judgeAfter } from '../../src/modules/kube/judge.js';
import type { EtcdLeftovers, KubeLook } from '../../src/modules/kube/look.js';
import { kubeLook } from '../../src/modules/kube-look.js';
import { kubeNodes } from '../../src/modules/kube-nodes.js';
import { kubeReady } from '../../src/modules/kube-ready.js';
import { kubeReport } from '../../src/modules/kube-report.js';
import { memberOf } from './cluster.js';
import { refusalOf, resultOf } from './steps.js';
import { places, type Table, TableHost } from './table-host.js';

type Says = NonNullable<Table['says']>;

const DIR = '/etc/kubernetes/manifests';
const PKI = '/etc/kubernetes/pki';
const apiServer = (...flags: readonly string[]) => `
kind: Pod
metadata: { name: kube-apiserver }
spec:
  containers:
    - name: kube-apiserver
      command: [kube-apiserver, ${['--advertise-address=192.0.2.11', ...flags].join(', ')}]
`;
const files = {
  [`${DIR}/kube-apiserver.yaml`]: { text: apiServer() },
  [`${PKI}/apiserver-kubelet-client.crt`]: {},
  [`${PKI}/apiserver-kubelet-client.key`]: {},
};
const tools = { curl: '/usr/bin/curl' };
const where = { manifests_dir: DIR, address: '198.51.100.1' };
const no = (detail: string) => ({ reason: 'failed', detail }) as const;

describe('kube_ready', () => {
  const reached: Says = { 'wait-http': () => ({ reached: true, waitedMs: 7 }) };

  it('asks this host’s own address, with the certificate that the host has', async () => {
    const host = new TableHost({ files, tools, says: reached });
    const result = await resultOf(kubeReady, where, places(host));
    expect(result).toEqual({ server: 'https://192.0.2.11:6443', waited_ms: 7, asked: '/readyz' });
    expect(host.asked.at(-1)).toEqual({
      kind: 'wait-http',
      url: 'https://192.0.2.11:6443/readyz',
      statuses: [200],
      caFile: `${PKI}/ca.crt`,
      certFile: `${PKI}/apiserver-kubelet-client.crt`,
      keyFile: `${PKI}/apiserver-kubelet-client.key`,
      timeoutMs: 180_000,
    });
  });

  it.each([
    [['--secure-port=7443', '--bind-address=192.0.2.99'], 'https://192.0.2.99:7443'],
    [['--bind-address=0.0.0.0'], 'https://192.0.2.11:6443'],
    [['--advertise-address=fd00::1'], 'https://[fd00::1]:6443'],
  ])('reads where it listens: %s', async (flags, server) => {
    const manifest = { ...files, [`${DIR}/kube-apiserver.yaml`]: { text: apiServer(...flags) } };
    const at = places({ files: manifest, tools, says: reached });
    expect((await resultOf(kubeReady, where, at)).server).toBe(server);
  });

  it('asks without a certificate, or for its port alone, where a host has no more', async () => {
    const { [`${PKI}/apiserver-kubelet-client.key`]: _, ...some } = files;
    const bare = new TableHost({ files: some, tools, says: reached });
    await resultOf(kubeReady, where, places(bare));
    expect(bare.asked.at(-1)).toMatchObject({ certFile: null, keyFile: null });
    const port: Says = { 'wait-running': () => ({ reached: true, waitedMs: 1 }) };
    const poor = new TableHost({ files, tools: { curl: null }, says: port });
    expect(await resultOf(kubeReady, where, places(poor))).toMatchObject({ asked: 'its port' });
    expect(poor.asked.at(-1)).toMatchObject({
      processes: ['kube-apiserver'],
      ports: [{ address: '', port: 6443 }],
    });
  });

  it('refuses when it does not become ready, and says what was seen last', async () => {
    const late: Says = {
      'wait-http': () => ({ reached: false, waitedMs: 9_000, lastSeen: 'status 500' }),
    };
    const at = places({ files, tools, says: late });
    expect(await refusalOf(kubeReady, where, at)).toMatchObject({
      code: 'api-not-ready',
      detail: 'status 500',
    });
    expect((await refusalOf(kubeReady, where, places({ tools }))).code).toBe('no-api-server');
  });
});

describe('kube_nodes', () => {
  const leases = (count: number) => ({ count, isComplete: true, objects: [] });
  const waits = (answer: Answer, waited: Answer = { reached: true, waitedMs: 1 }): Says => ({
    'kube-list': () => answer as never,
    'wait-kube-nodes': () => waited as never,
  });

  it('says that all report, or which do not, and never fails', async () => {
    const well = places({ files, says: waits(leases(3)) });
    expect(await resultOf(kubeNodes, where, well)).toEqual({
      waited_ms: 1,
      silent: [],
      message: 'all 3 nodes report',
    });
    const late = { reached: false, waitedMs: 30_000, lastSeen: ' w1 w2' } as const;
    const some = places({ files, says: waits(leases(3), late) });
    expect(await resultOf(kubeNodes, where, some)).toMatchObject({
      silent: ['w1', 'w2'],
      message: '2 of 3 nodes have not reported within 30 s: w1, w2',
    });
    const nobody = places({ files, says: waits(no('no curl')) });
    expect(await resultOf(kubeNodes, where, nobody)).toMatchObject({
      message: 'whether the nodes report is not known: no curl',
    });
  });
});

describe('kube_look', () => {
  const object = (name: string, namespace = '', fields = {}): KubeObject => ({
    name,
    namespace,
    fields,
  });
  const listed: { readonly [kind in KubeKind]?: readonly KubeObject[] } = {
    pods: [object('web-0', 'shop')],
    nodes: [object('w1', '', { Ready: 'True' })],
    'node-leases': [object('w1', 'kube-node-lease', { renewTime: '2026-01-02T03:04:05Z' })],
    'signing-requests': [
      object('csr-1', '', { signerName: 's', username: 'u' }),
      object('csr-2', '', { signerName: 's', username: 'u', Approved: '' }),
    ],
  };
  const counted = { namespaces: 4, deployments: 5, services: 6, secrets: 7 };
  const list = (of: KubeKind): KubeObjects => {
    const objects = listed[of] ?? [];
    const count = of in counted ? counted[of as keyof typeof counted] : objects.length;
    return { count, isComplete: true, objects };
  };
  const running = [
    { namespace: 'shop', name: 'web-0' },
    { namespace: 'shop', name: 'made-later' },
    { namespace: 'kube-system', name: 'etcd-cp1' },
  ];
  const clock = () => ({ askedAtMs: 0, answeredAtMs: 0, atMs: 1_000, resolutionMs: 1 });
  const all: Says = {
    clock,
    'kube-list': ({ of }) => list(of),
    'runtime-pods': () => ({ pods: running }),
  };
  const args = { host: 'cp1', survey: true, ...where };

  it('tells what is there, what runs besides, and who waits', async () => {
    expect(await resultOf(kubeLook, args, places({ files, says: all }))).toEqual({
      host: 'cp1',
      server: 'https://192.0.2.11:6443',
      at: '1970-01-01T00:00:01.000Z',
      unanswered: [],
      secrets: 7,
      phantoms: ['shop/made-later'],
      survey: {
        counts: { namespaces: 4, deployments: 5, services: 6, nodes: 1 },
        nodes: [{ name: 'w1', ready: 'True', renewed: '2026-01-02T03:04:05Z' }],
        pending: [{ name: 'csr-1', signer: 's', requestor: 'u' }],
      },
    });
  });

  it('asks the rest only of one host, and nothing more where nothing answers', async () => {
    const other = new TableHost({ files, says: all });
    const look = await resultOf(kubeLook, { ...args, survey: false }, places(other));
    expect(look.survey).toBeNull();
    const deaf = new TableHost({ files, says: { ...all, 'kube-list': () => no('refused') } });
    expect(await resultOf(kubeLook, args, places(deaf))).toMatchObject({
      unanswered: [{ what: 'the API server', why: 'refused' }],
      secrets: null,
    });
    expect(deaf.asked.filter(({ kind }) => kind === 'kube-list')).toHaveLength(1);
  });

  it('calls nothing a phantom when not all pods are known', async () => {
    const short: Says = {
      ...all,
      'kube-list': ({ of }) => ({ ...list(of), isComplete: of !== 'pods' }),
    };
    const look = await resultOf(kubeLook, args, places({ files, says: short }));
    expect(look.phantoms).toBeNull();
  });
});

describe('etcd_leftovers', () => {
  it('takes the addresses out of the keys', async () => {
    const says: Says = {
      'etcd-keys': ({ below }) => ({ keys: [`${below}192.0.2.11`, `${below}192.0.2.99`] }),
      'etcd-leases': () => no('no'),
    };
    expect(await resultOf(etcdLeftovers, { member: memberOf('cp1') }, places({ says }))).toEqual({
      masters: ['192.0.2.11', '192.0.2.99'],
      leases: null,
    });
  });
});

describe('what is found after a restore', () => {
  const survey = {
    counts: { namespaces: 4, deployments: 5, nodes: 1 },
    nodes: [{ name: 'cp1', ready: 'True', renewed: '2026-01-02T03:04:00Z' }],
    pending: [],
  };
  const seen: KubeLook = {
    host: 'cp1',
    server: 'https://192.0.2.11:6443',
    at: '2026-01-02T03:04:05Z',
    unanswered: [],
    secrets: 7,
    phantoms: [],
    survey,
  };
  const record = {
    snapshot: { keys_by_kind: { namespaces: 4, deployments: 5, minions: 1, secrets: 9 } },
  } as never;
  const groups = { kube_control_plane: ['cp1'] };
  const found = (look: Partial<KubeLook>, more: Partial<Parameters<typeof judgeAfter>[0]> = {}) =>
    judgeAfter({
      looks: [{ ...seen, ...look }],
      leftovers: { masters: ['192.0.2.11'], leases: 0 },
      record,
      groups,
      workersLeft: null,
      isRaised: true,
      ...more,
    }).map(({ code }) => code);
  const node = (name: string, renewed: string, ready = 'True') => ({
    survey: { ...survey, nodes: [{ name, ready, renewed }] },
  });
  const left = (leftovers: EtcdLeftovers) => found({}, { leftovers });

  it('is nothing when all is well', () => {
    expect(found({})).toEqual([]);
  });

  it.each([
    ['secrets-not-all-readable', found({ unanswered: [{ what: 'Secrets', why: 'no key' }] })],
    ['api-not-asked', found({ unanswered: [{ what: 'the API server', why: 'no curl' }] })],
    ['partly-not-asked', found({ unanswered: [{ what: 'pods', why: 'late' }] })],
    ['phantom-pods', found({ phantoms: ['shop/made-later'] })],
    ['node-silent', found(node('cp1', '2026-01-02T03:00:00Z'))],
    ['node-silent', found(node('cp1', ''))],
    ['node-stale', found(node('w9', '2026-01-02T03:00:00Z'))],
    ['node-not-ready', found(node('w9', '2026-01-02T03:04:00Z', 'Unknown'))],
    ['counts-differ', found({ survey: { ...survey, counts: { namespaces: 3 } } })],
    [
      'signing-requests-pending',
      found({ survey: { ...survey, pending: [{ name: 'c', signer: 's', requestor: 'u' }] } }),
    ],
    ['dead-masterlease', left({ masters: ['192.0.2.11', '192.0.2.99'], leases: null })],
    ['leases-anew', left({ masters: null, leases: 12 })],
    ['caches-stale', found({}, { isRaised: false })],
    ['workers-not-restarted', found({}, { groups: { ...groups, kube_node: ['cp1', 'w1'] } })],
  ])('%s', (code, codes) => {
    expect(codes).toEqual([code]);
  });

  it('judges no addresses where not every API server’s own is known', () => {
    const looks = [seen, { ...seen, host: 'cp2', server: '' }];
    expect(found({}, { looks, leftovers: { masters: ['192.0.2.12'], leases: 0 } })).toEqual([]);
  });

  it('is reported with what the API serves, and never as an error', async () => {
    const args = { looks: [{ ...seen, phantoms: ['a/b'] }], groups };
    const result = await resultOf(kubeReport, args, places({}));
    expect(result.message).toBe(
      'The API serves 4 namespaces, 5 deployments, 1 nodes, 7 secrets. Secrets are read, all of them, by every API server.',
    );
    expect(result.findings).toMatchObject([{ code: 'phantom-pods', severity: 'warning' }]);
  });
});
