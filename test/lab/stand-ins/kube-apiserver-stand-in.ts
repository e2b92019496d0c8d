import { existsSync, readFileSync } from 'node:fs';
import { Agent, get } from 'node:https';
import { etcdStore } from './etcd-store.js';
import { flag } from './flags.js';
import { type ApiRequest, answerTo } from './kube-api.js';
import { serve } from './serving.js';

/*
 * A stand-in for kube-apiserver: it is a real client of etcd that keeps its connection open, and it is
 * ready only while etcd answers. Of the API it serves a few lists, out of what lies in etcd. Like the real
 * one it gives up when etcd cannot be reached at start, and is then restarted by the kubelet.
 */
const ASK_EVERY_MS = 500;
const ANSWER_MS_MAX = 2_000;
const START_MS_MAX = 20_000;
/** While this is there nobody has bound kubeadm:cluster-admins. */
const UNBOUND = '/opt/lab/cluster-admins-unbound';

const [etcd = ''] = flag('--etcd-servers', 'https://127.0.0.1:2379').split(',');
const credentials = {
  ca: readFileSync(flag('--etcd-cafile', '/etc/kubernetes/pki/etcd/ca.crt')),
  cert: readFileSync(flag('--etcd-certfile', '/etc/kubernetes/pki/apiserver-etcd-client.crt')),
  key: readFileSync(flag('--etcd-keyfile', '/etc/kubernetes/pki/apiserver-etcd-client.key')),
};
const agent = new Agent({ ...credentials, keepAlive: true, maxSockets: 1 });
const store = etcdStore(etcd, new Agent(credentials));
const encryption = flag('--encryption-provider-config', '');
const startedMs = Date.now();
let wasReady = false;
let problem: string | undefined = '[-]etcd not asked yet';

serve(
  {
    host: flag('--bind-address', '::'),
    port: Number(flag('--secure-port', '6443')),
    cert: flag('--tls-cert-file', '/etc/kubernetes/pki/apiserver.crt'),
    key: flag('--tls-private-key-file', '/etc/kubernetes/pki/apiserver.key'),
    api: { clientCa: flag('--client-ca-file', '/etc/kubernetes/pki/ca.crt'), answer },
  },
  () => problem,
);
askEtcd();

function answer(request: ApiRequest) {
  const text = encryption === '' ? '' : readFileSync(encryption, 'utf8');
  const encryptionKeys = [...text.matchAll(/name: (\S+)/g)].map(([, name = '']) => name);
  return answerTo(request, { store, encryptionKeys, adminsAreBound: !existsSync(UNBOUND) });
}

function askEtcd(): void {
  const signal = AbortSignal.timeout(ANSWER_MS_MAX);
  get(`${etcd}/health`, { agent, signal }, (answer) => {
    let text = '';
    answer.on('data', (part) => {
      text += part;
    });
    answer.on('error', () => heard('the answer broke off'));
    answer.on('end', () => heard(text.includes('"true"') ? undefined : text));
  }).on('error', (reason) => heard(reason.message));
}

function heard(reason: string | undefined): void {
  problem = reason === undefined ? undefined : `[-]etcd failed: ${reason}\n`;
  wasReady ||= problem === undefined;
  if (!wasReady && Date.now() - startedMs > START_MS_MAX) {
    console.error(`etcd cannot be reached at start: ${reason}`);
    process.exit(1);
  }
  setTimeout(askEtcd, ASK_EVERY_MS);
}
