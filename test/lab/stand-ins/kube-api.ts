/*
 * The small part of the API that looks at what is there: lists, page by page, and the one write of a
 * kubelet that reports. It answers as the real one does, as far as it goes: the order of fields, pages,
 * metadata alone, many lines for curl, errors as a Status.
 */

/** Keys and values below a folder of etcd's, in order. */
export interface Store {
  range(
    from: string,
    below: string,
    limit: number,
  ): Promise<{ readonly kvs: readonly Stored[]; readonly count: number }>;
  put(key: string, value: string): Promise<void>;
}

export interface Stored {
  readonly key: string;
  readonly value: string;
}

export interface ApiRequest {
  readonly method: string;
  readonly url: string;
  readonly accept: string;
  readonly userAgent: string;
  /** What the client's certificate says; null: none was given. `isTrusted`: a CA of ours signed it. */
  readonly client: {
    readonly name: string;
    readonly groups: readonly string[];
    readonly isTrusted: boolean;
  } | null;
  readonly body: string;
}

export interface ApiAnswer {
  readonly status: number;
  readonly body: string;
}

/** What this API server is started with, and what the cluster holds. */
export interface ApiSite {
  readonly store: Store;
  /** Names of the keys in --encryption-provider-config. */
  readonly encryptionKeys: readonly string[];
  /** Is there a binding of kubeadm:cluster-admins? Lost with the data of a backup that is older than it. */
  readonly adminsAreBound: boolean;
}

interface Resource {
  readonly kind: string;
  readonly version: string;
  readonly folder: string;
}

const RESOURCES: { readonly [path: string]: Resource } = {
  '/api/v1/namespaces': core('Namespace', 'namespaces'),
  '/api/v1/nodes': core('Node', 'minions'),
  '/api/v1/pods': core('Pod', 'pods'),
  '/api/v1/secrets': core('Secret', 'secrets'),
  '/api/v1/services': core('Service', 'services/specs'),
  '/apis/apps/v1/deployments': group('Deployment', 'apps/v1', 'deployments'),
  '/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases': group(
    'Lease',
    'coordination.k8s.io/v1',
    'leases/kube-node-lease',
  ),
  '/apis/certificates.k8s.io/v1/certificatesigningrequests': group(
    'CertificateSigningRequest',
    'certificates.k8s.io/v1',
    'certificatesigningrequests',
  ),
};

export async function answerTo(request: ApiRequest, site: ApiSite): Promise<ApiAnswer> {
  const { pathname, searchParams } = new URL(request.url, 'https://localhost');
  const refused = refusal(request, pathname, site);
  if (refused !== null) return refused;
  const resource = RESOURCES[pathname];
  if (request.method === 'PUT') return renew(pathname, request.body, site);
  if (resource === undefined) return status(404, 'NotFound', 'the server could not find it');
  if (request.method !== 'GET') return status(405, 'MethodNotAllowed', 'this is read-only here');
  return list(resource, searchParams, request, site);
}

/** Who is nobody, a stranger, or not allowed. Authorization is played by groups alone. */
function refusal({ client, method }: ApiRequest, path: string, site: ApiSite): ApiAnswer | null {
  if (client !== null && !client.isTrusted) return status(401, 'Unauthorized', 'Unauthorized');
  const name = client?.name ?? 'system:anonymous';
  const groups = client?.groups ?? [];
  const isAdmin =
    groups.includes('system:masters') ||
    (groups.includes('kubeadm:cluster-admins') && site.adminsAreBound);
  const isOwnLease =
    method === 'PUT' && path.endsWith(`/leases/${name.replace('system:node:', '')}`);
  if (isAdmin || (groups.includes('system:nodes') && isOwnLease)) return null;
  return status(403, 'Forbidden', `User "${name}" cannot ${method} ${path}`);
}

async function list(
  { kind, version, folder }: Resource,
  query: URLSearchParams,
  { accept, userAgent }: ApiRequest,
  { store, encryptionKeys }: ApiSite,
): Promise<ApiAnswer> {
  const below = `/registry/${folder}/`;
  const limit = Number(query.get('limit') ?? 0);
  const from = query.get('continue') ?? '';
  const start = from === '' ? below : Buffer.from(from, 'base64url').toString();
  const { kvs, count } = await store.range(start, below, limit);
  const items: unknown[] = [];
  for (const stored of kvs) {
    const text = decrypted(stored, encryptionKeys);
    if (text === null) return status(500, 'InternalError', noKey(stored));
    const object = objectIn(stored.key, text, below);
    if (object === null)
      return status(500, 'InternalError', `unable to decode the value of ${stored.key}`);
    items.push(object);
  }
  const rest = count - kvs.length;
  const last = kvs.at(-1)?.key;
  const more =
    rest > 0 && last !== undefined
      ? { continue: Buffer.from(`${last}\0`).toString('base64url'), remainingItemCount: rest }
      : {};
  const isMetadata = accept.includes('as=PartialObjectMetadataList');
  const metadata = { resourceVersion: '1', ...more };
  const answer = isMetadata
    ? {
        kind: 'PartialObjectMetadataList',
        apiVersion: 'meta.k8s.io/v1',
        metadata,
        items: items.map((item) => ({
          kind: 'PartialObjectMetadata',
          apiVersion: 'meta.k8s.io/v1',
          metadata: (item as { metadata: unknown }).metadata,
        })),
      }
    : { kind: `${kind}List`, apiVersion: version, metadata, items };
  // Whoever seems to be a person gets many lines.
  const isPretty = /^(curl|Wget|Mozilla\/5\.0)/.test(userAgent);
  return { status: 200, body: `${JSON.stringify(answer, null, isPretty ? 2 : undefined)}\n` };
}

/** Null: none of our keys fits. What is not encrypted is as it is. */
function decrypted({ value }: Stored, keys: readonly string[]): string | null {
  const [, key, text = ''] = /^k8s:enc:aescbc:v1:([^:]+):([\s\S]*)$/.exec(value) ?? [];
  if (key === undefined) return value;
  return keys.includes(key) ? text : null;
}

function noKey({ key }: Stored): string {
  return `Internal error occurred: unable to transform key "${key}": no matching key was found for the provided AES transformer`;
}

/** JSON as it was put there; the lab's fillings, which hold no object, have a name and nothing else. */
function objectIn(key: string, value: string, below: string): unknown {
  if (value.startsWith('k8s\0')) {
    const [name = '', namespace] = key.slice(below.length).split('/').reverse();
    const place = namespace === undefined ? {} : { namespace };
    return { metadata: { name, ...place, uid: `uid-of-${name}` } };
  }
  try {
    return JSON.parse(value);
  } catch {
    return null;
  }
}

/** A kubelet's sign of life. The object must be there: the lab's kubelets make none. */
async function renew(path: string, body: string, { store }: ApiSite): Promise<ApiAnswer> {
  const key = `/registry/leases/kube-node-lease/${path.slice(path.lastIndexOf('/') + 1)}`;
  const { kvs } = await store.range(key, key, 1);
  const found = kvs.find((one) => one.key === key);
  if (found === undefined) return status(404, 'NotFound', 'there is no such lease');
  const { renewTime } = JSON.parse(body) as { renewTime: string };
  const lease = JSON.parse(found.value) as { spec: object };
  await store.put(key, JSON.stringify({ ...lease, spec: { ...lease.spec, renewTime } }));
  return { status: 200, body: '{}\n' };
}

function status(code: number, reason: string, message: string): ApiAnswer {
  const body = { kind: 'Status', apiVersion: 'v1', metadata: {}, status: 'Failure', message };
  return { status: code, body: `${JSON.stringify({ ...body, reason, code })}\n` };
}

function core(kind: string, folder: string): Resource {
  return group(kind, 'v1', folder);
}

function group(kind: string, version: string, folder: string): Resource {
  return { kind, version, folder };
}
