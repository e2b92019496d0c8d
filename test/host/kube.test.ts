import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import type { Server } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import type { KubeAccess, KubeKind, KubeObjects, Waited } from '../../src/core/question.js';
import { type ApiRequest, answerTo, type Store } from '../lab/stand-ins/kube-api.js';
import { makeServer } from '../lab/stand-ins/serving.js';
import { kubectl } from '../prepare/tools.mjs';
import { ScratchHost } from './scratch-host.js';
import { shells } from './shells.js';

const pki = mkdtempSync(join(tmpdir(), 'runback-kube-'));
const keys = new Map<string, string>();
const asked: ApiRequest[] = [];
let adminsAreBound = true;
let server: Server;

/** The lab's API, over keys that a test has put there. */
const store: Store = {
  async range(from, below, limit) {
    const all = [...keys].filter(([key]) => key >= from && key.startsWith(below)).sort();
    return { kvs: all.slice(0, limit).map(([key, value]) => ({ key, value })), count: all.length };
  },
  async put() {},
};

beforeAll(async () => {
  makePki(pki);
  const answer = (request: ApiRequest) => {
    asked.push(request);
    return answerTo(request, { store, encryptionKeys: ['key1'], adminsAreBound });
  };
  const files = { cert: join(pki, 'server.crt'), key: join(pki, 'server.key') };
  server = makeServer(
    { ...files, api: { clientCa: join(pki, 'ca.crt'), answer } },
    () => undefined,
  );
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done));
});

afterAll(() => {
  server.close();
  server.closeAllConnections();
  rmSync(pki, { recursive: true });
});

describe.each(await shells())('in $name', ({ tools }) => {
  let host: ScratchHost;

  beforeEach(async () => {
    host = await ScratchHost.open(tools);
    keys.clear();
    asked.length = 0;
    adminsAreBound = true;
  });

  afterEach(() => host.close());

  const list = async (of: KubeKind, access = byCurl()): Promise<KubeObjects> =>
    (await host.ask({ it: { kind: 'kube-list', access, of } })).it as KubeObjects;

  it('reads names, page after page', async () => {
    for (let number = 0; number < 1_201; number++)
      put('pods', `team-${number % 3}`, `pod-${number}`);
    const { count, isComplete, objects } = await list('pods');
    expect({ count, isComplete }).toEqual({ count: 1_201, isComplete: true });
    expect(new Set(objects.map(({ namespace, name }) => `${namespace}/${name}`)).size).toBe(1_201);
    expect(asked).toHaveLength(3);
    expect(asked[0]?.accept).toContain('PartialObjectMetadataList');
  });

  it('counts Secrets by reading every one, and brings nothing of them', async () => {
    for (let number = 0; number < 3; number++) put('secrets', 'default', `secret-${number}`);
    const answer = await list('secrets');
    expect(answer).toEqual({ count: 3, isComplete: true, objects: [] });
    expect(await list('deployments')).toEqual({ count: 0, isComplete: true, objects: [] });
  });

  it('says which Secret cannot be read, and nothing that it holds', async () => {
    keys.set('/registry/secrets/default/old', 'k8s:enc:aescbc:v1:lost:c2VjcmV0');
    const { reason, detail } = (await list('secrets')) as unknown as {
      reason: string;
      detail: string;
    };
    expect(reason).toBe('failed');
    expect(detail).toContain('unable to transform key "/registry/secrets/default/old"');
  });

  it('is told which nodes are ready and when they were last heard of', async () => {
    putNode('w1', 'True');
    putNode('w2', 'Unknown');
    putLease('w1', '2026-01-02T03:04:05.123456Z');
    expect((await list('nodes')).objects).toEqual([
      { name: 'w1', namespace: '', fields: { Ready: 'True' } },
      { name: 'w2', namespace: '', fields: { Ready: 'Unknown' } },
    ]);
    expect((await list('node-leases')).objects).toEqual([
      {
        name: 'w1',
        namespace: 'kube-node-lease',
        fields: { renewTime: '2026-01-02T03:04:05.123456Z' },
      },
    ]);
  });

  it('is told which signing requests nobody has decided', async () => {
    putRequest('csr-1', []);
    putRequest('csr-2', [{ type: 'Approved', status: 'True', reason: 'AutoApproved' }]);
    expect(
      (await list('signing-requests')).objects.map(({ name, fields }) => [name, fields]),
    ).toEqual([
      ['csr-1', { signerName: 'kubernetes.io/kubelet-serving', username: 'system:node:w1' }],
      [
        'csr-2',
        { signerName: 'kubernetes.io/kubelet-serving', username: 'system:node:w1', Approved: '' },
      ],
    ]);
  });

  it('says why nobody lets it in, or that it has nothing to ask with', async () => {
    adminsAreBound = false;
    expect(await list('pods')).toMatchObject({
      reason: 'failed',
      detail: expect.stringContaining('cannot GET'),
    });
    const nothing = { ...byCurl(), certFile: '/none', keyFile: '/none' };
    expect(await list('pods', nothing)).toMatchObject({
      detail: expect.stringContaining('neither kubectl nor curl'),
    });
    const nobody = { ...byCurl(), server: 'https://127.0.0.1:1' };
    expect(await list('pods', nobody)).toMatchObject({
      reason: 'failed',
      detail: expect.stringContaining('127.0.0.1'),
    });
  });

  it('waits until every node has renewed its lease', async () => {
    putLease('w1', '2026-01-02T03:04:05.000000Z');
    const wait = (timeoutMs: number) =>
      host.ask({ it: { kind: 'wait-kube-nodes', access: byCurl(), timeoutMs } });
    const silent = (await wait(10)).it as Extract<Waited, { reached: false }>;
    expect(silent).toMatchObject({ reached: false, lastSeen: 'w1' });
    const waiting = wait(20_000);
    await new Promise<void>((done) => server.once('request', () => done()));
    putLease('w1', new Date(Date.now() + 1_000).toISOString());
    expect((await waiting).it).toMatchObject({ reached: true });
    keys.clear();
    expect((await wait(10)).it).toMatchObject({ reached: true });
  });

  it('tells the pods that a runtime runs, whatever is written on them', async () => {
    const folder = host.path('bin');
    mkdirSync(folder);
    const pods = {
      items: [
        {
          id: 'a1',
          metadata: { name: 'web-0', uid: 'u-1', namespace: 'shop', attempt: 1 },
          annotations: { note: '{"metadata": {"name": "not-a-pod", "namespace": "x"}}' },
        },
        { id: 'b2', metadata: { name: 'db-0', uid: 'u-2', namespace: 'shop', attempt: 0 } },
      ],
    };
    writeFileSync(join(folder, 'list.json'), JSON.stringify(pods, null, 2));
    const crictl = (text: string) =>
      writeFileSync(join(folder, 'crictl'), `#!/bin/sh\n${text}\n`, { mode: 0o755 });
    crictl(`echo "a warning" >&2; cat ${folder}/list.json`);
    const other = await ScratchHost.open(`${folder}:${tools}`);
    const ask = async () => (await other.ask({ it: { kind: 'runtime-pods' } })).it;
    expect(await ask()).toEqual({
      pods: [
        { namespace: 'shop', name: 'web-0' },
        { namespace: 'shop', name: 'db-0' },
      ],
    });
    crictl('echo \'{"items": []}\'');
    expect(await ask()).toEqual({ pods: [] });
    crictl('echo "connection refused" >&2; exit 1');
    expect(await ask()).toEqual({ reason: 'failed', detail: 'connection refused' });
    other.close();
    expect((await host.ask({ it: { kind: 'runtime-pods' } })).it).toMatchObject({
      reason: 'missing',
    });
  });
});

describe('a real kubectl', async () => {
  const { path } = await kubectl();
  let host: ScratchHost;
  let folder: string;

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'runback-kubectl-'));
    symlinkSync(path, join(folder, 'kubectl'));
    symlinkSync('/bin/dash', join(folder, 'sh'));
    host = await ScratchHost.open(folder);
    keys.clear();
    asked.length = 0;
  });

  afterEach(() => {
    host.close();
    rmSync(folder, { recursive: true });
    adminsAreBound = true;
  });

  const kubeconfigs = ['none', 'admin', 'super-admin'].map((name) => join(pki, `${name}.conf`));
  const list = async (of: KubeKind) => {
    const access = { ...byCurl(), certFile: '/none', kubeconfigs };
    return (await host.ask({ it: { kind: 'kube-list', access, of } })).it;
  };

  it('is used where there is no certificate for curl', async () => {
    for (let number = 0; number < 501; number++) put('secrets', 'default', `s-${number}`);
    expect(await list('secrets')).toEqual({ count: 501, isComplete: true, objects: [] });
    // A template's name is none: whole objects come here, and not their metadata alone.
    const template = { metadata: { name: 'x', namespace: 'y', creationTimestamp: null } };
    put('deployments', 'default', 'web', { spec: { template } });
    expect(await list('deployments')).toMatchObject({ count: 1 });
    putNode('w1', 'True');
    expect(await list('nodes')).toMatchObject({
      objects: [{ name: 'w1', fields: { Ready: 'True' } }],
    });
    expect(asked.every(({ userAgent }) => userAgent.startsWith('kubectl'))).toBe(true);
    expect(asked[0]?.client?.name).toBe('kubernetes-admin');
  });

  it('takes the next kubeconfig when the first is not let in', async () => {
    adminsAreBound = false;
    put('namespaces', '', 'default');
    expect(await list('namespaces')).toMatchObject({ count: 1 });
    expect(asked.map(({ client }) => client?.name)).toEqual([
      'kubernetes-admin',
      'kubernetes-super-admin',
    ]);
  });

  it('brings nothing of a Secret when one cannot be read', async () => {
    put('secrets', 'default', 'a', { data: { message: 'c2VjcmV0' }, type: 'Opaque' });
    keys.set('/registry/secrets/default/old', 'k8s:enc:aescbc:v1:lost:c2VjcmV0');
    const answer = await list('secrets');
    expect(answer).toMatchObject({ detail: expect.stringContaining('unable to transform key') });
    expect(JSON.stringify(answer)).not.toContain('c2VjcmV0');
  });
});

function byCurl(): KubeAccess {
  const file = (name: string) => join(pki, name);
  const { port } = server.address() as AddressInfo;
  return {
    server: `https://127.0.0.1:${port}`,
    caFile: file('ca.crt'),
    certFile: file('client.crt'),
    keyFile: file('client.key'),
    kubeconfigs: [],
  };
}

/** As the API writes an object: name, namespace and uid first, and quotes in texts behind a backslash. */
function put(folder: string, namespace: string, name: string, more: object = {}): void {
  const place = namespace === '' ? { name } : { name, namespace };
  const last = JSON.stringify({ metadata: { name: 'not-this', namespace: 'x' }, type: 'Ready' });
  const annotations = { 'kubectl.kubernetes.io/last-applied-configuration': last };
  const key = namespace === '' ? name : `${namespace}/${name}`;
  keys.set(
    `/registry/${folder}/${key}`,
    JSON.stringify({ metadata: { ...place, uid: `uid-of-${name}`, annotations }, ...more }),
  );
}

function putNode(name: string, ready: string): void {
  const conditions = [
    { type: 'MemoryPressure', status: 'False' },
    { type: 'Ready', status: ready, reason: 'KubeletReady' },
  ];
  put('minions', '', name, { spec: {}, status: { conditions } });
}

function putLease(name: string, renewTime: string): void {
  put('leases', 'kube-node-lease', name, { spec: { holderIdentity: name, renewTime } });
}

function putRequest(name: string, conditions: readonly object[]): void {
  const spec = {
    request: 'LS0t',
    signerName: 'kubernetes.io/kubelet-serving',
    usages: ['digital signature'],
    username: 'system:node:w1',
  };
  put('certificatesigningrequests', '', name, { spec, status: { conditions } });
}

/** A CA, a server, and two administrators: one of a group that must be bound, one of system:masters. */
function makePki(folder: string): void {
  const openssl = (...words: readonly string[]) =>
    execFileSync('openssl', words, { cwd: folder, stdio: 'pipe' });
  const curve = [
    '-newkey',
    'ec',
    '-pkeyopt',
    'ec_paramgen_curve:prime256v1',
    '-nodes',
    '-days',
    '9',
  ];
  const sign = (file: string, subject: string, ...more: readonly string[]) =>
    openssl(
      ...['req', '-x509', ...curve, '-subj', subject, '-keyout', `${file}.key`],
      ...['-out', `${file}.crt`, ...more],
    );
  sign('ca', '/CN=kubernetes');
  const by = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-addext', 'basicConstraints=critical,CA:FALSE'];
  sign('server', '/CN=kube-apiserver', ...by, '-addext', 'subjectAltName=IP:127.0.0.1');
  sign('client', '/O=kubeadm:cluster-admins/CN=kube-apiserver-kubelet-client', ...by);
  sign('admin', '/O=kubeadm:cluster-admins/CN=kubernetes-admin', ...by);
  sign('super-admin', '/O=system:masters/CN=kubernetes-super-admin', ...by);
  for (const name of ['admin', 'super-admin']) {
    const file = (ending: string) => join(folder, `${name}.${ending}`);
    writeFileSync(
      file('conf'),
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [
          {
            name: 'k',
            cluster: {
              server: 'https://192.0.2.1:6443',
              'certificate-authority': join(folder, 'ca.crt'),
            },
          },
        ],
        users: [
          { name: 'u', user: { 'client-certificate': file('crt'), 'client-key': file('key') } },
        ],
        contexts: [{ name: 'c', context: { cluster: 'k', user: 'u' } }],
        'current-context': 'c',
      }),
    );
  }
}
