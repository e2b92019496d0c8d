import { credentials, loadPackageDefinition, type ServiceError } from '@grpc/grpc-js';
import { loadSync } from '@grpc/proto-loader';

/** The CRI as Debian packages it: see test/prepare/containers.mjs. */
const API = '/opt/lab/components/cri-api.proto';
export const SOCKET = 'unix:///run/containerd/containerd.sock';

export interface Metadata {
  readonly name: string;
  readonly uid?: string;
  readonly namespace?: string;
  readonly attempt: number;
}

/** Of ListPodSandbox; whole numbers of 64 bits are text. */
export interface Sandbox {
  readonly id: string;
  readonly metadata: Metadata;
  readonly state: 'SANDBOX_READY' | 'SANDBOX_NOTREADY';
  readonly createdAt: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
  readonly runtimeHandler: string;
}

/** Of ListContainers. */
export interface Container {
  readonly id: string;
  readonly podSandboxId: string;
  readonly metadata: Metadata;
  readonly image: { readonly image: string };
  readonly imageRef: string;
  readonly state:
    | 'CONTAINER_CREATED'
    | 'CONTAINER_RUNNING'
    | 'CONTAINER_EXITED'
    | 'CONTAINER_UNKNOWN';
  readonly createdAt: string;
  readonly labels: { readonly [name: string]: string };
  readonly annotations: { readonly [name: string]: string };
}

type Method = (
  request: object,
  options: { readonly deadline: number },
  done: (problem: ServiceError | null, answer: unknown) => void,
) => void;

export interface Cri {
  /** One call of the runtime service, e.g. `call('StopContainer', { containerId, timeout: '30' }, 40_000)`. */
  call<T>(method: string, request: object, timeoutMs?: number): Promise<T>;
  close(): void;
}

const CALL_MS_MAX = 10_000;

/** A real client of a real container runtime. */
export function openCri(socket = SOCKET): Cri {
  const loaded = loadPackageDefinition(
    loadSync(API, { longs: String, enums: String, defaults: true }),
  ) as unknown as {
    runtime: {
      v1: { RuntimeService: new (address: string, secret: object) => { close(): void } };
    };
  };
  const client = new loaded.runtime.v1.RuntimeService(socket, credentials.createInsecure());
  const methods = client as unknown as { readonly [method: string]: Method };
  return {
    call: (method, request, timeoutMs = CALL_MS_MAX) =>
      new Promise((resolve, reject) => {
        const done = (problem: ServiceError | null, answer: unknown) =>
          problem === null ? resolve(answer as never) : reject(problem);
        (methods[method] as Method).call(
          client,
          request,
          { deadline: Date.now() + timeoutMs },
          done,
        );
      }),
    close: () => client.close(),
  };
}

export async function sandboxes(cri: Cri, filter: object = {}): Promise<readonly Sandbox[]> {
  return (await cri.call<{ items: readonly Sandbox[] }>('ListPodSandbox', { filter })).items;
}

export async function containers(cri: Cri, filter: object = {}): Promise<readonly Container[]> {
  const answer = await cri.call<{ containers: readonly Container[] }>('ListContainers', { filter });
  return answer.containers;
}
