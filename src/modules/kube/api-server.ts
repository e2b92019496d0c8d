import Type from 'typebox';
import { bracketed } from '../../core/address.js';
import type { Places } from '../../core/ask.js';
import { type Failure, refused } from '../../core/failure.js';
import { join } from '../../core/host-path.js';
import type { KubeAccess } from '../../core/question.js';
import { err, ok, type Result } from '../../core/result.js';
import { hostPath } from '../arguments.js';
import { manifestBytesMax, type PodManifest, readManifest } from '../etcd/manifest.js';

const PKI = '/etc/kubernetes/pki';

/** 1.29 gave the first to a group that a binding must allow; the last passes whatever was restored. */
const KUBECONFIGS = ['/etc/kubernetes/admin.conf', '/etc/kubernetes/super-admin.conf'];

/** What a module that asks it is told. */
export const apiServerArguments = {
  manifests_dir: hostPath('The kubelet’s folder of static pods.'),
  address: Type.String({
    description: 'The host’s address, where the manifest names none: ${{ host.address }}.',
  }),
};

/**
 * How the API server of this host is asked: on its own address, as its manifest has it, and never through
 * a VIP or a balancer, which may lead to another host.
 */
export async function seeApiServer(
  manifestsDir: string,
  address: string,
  ask: Places,
): Promise<Result<KubeAccess, Failure>> {
  const path = join(manifestsDir, 'kube-apiserver.yaml');
  const seen = await ask.host({ file: { kind: 'read', path, bytesMax: manifestBytesMax } });
  if (!seen.ok) return seen;
  const manifest = readManifest(seen.value.file?.text ?? '');
  if (manifest === null) {
    const message = `${path} is missing, or no pod`;
    return err(refused('no-api-server', message, 'bring it back: it was parked or lost'));
  }
  return ok(accessIn(manifest, address));
}

function accessIn(manifest: PodManifest, address: string): KubeAccess {
  const flag = (name: string) => manifest.flags.get(name);
  const file = (name: string, usual: string) => {
    const inside = flag(name);
    return (inside === undefined ? null : manifest.hostPathOf(inside)) ?? join(PKI, usual);
  };
  const bound = flag('bind-address');
  const own = bound === undefined || /^(0\.0\.0\.0|::)$/.test(bound) ? undefined : bound;
  const host = own ?? flag('advertise-address') ?? address;
  return {
    server: `https://${bracketed(host)}:${flag('secure-port') ?? '6443'}`,
    caFile: file('client-ca-file', 'ca.crt'),
    certFile: file('kubelet-client-certificate', 'apiserver-kubelet-client.crt'),
    keyFile: file('kubelet-client-key', 'apiserver-kubelet-client.key'),
    kubeconfigs: KUBECONFIGS,
  };
}
