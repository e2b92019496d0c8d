import Type from 'typebox';
import { refused } from '../core/failure.js';
import { isCleanAbsolute, join } from '../core/host-path.js';
import { defineModule } from '../core/module.js';
import type { Question } from '../core/question.js';
import { err, ok } from '../core/result.js';
import { argumentsOf, hostPath } from './arguments.js';
import { readManifest } from './etcd/manifest.js';
import { KUBECONFIG_NAMES } from './preflight/kubeconfigs.js';

/** What a snapshot cannot bring back: without it a restored cluster is one that nobody may enter. */
export const pkiFiles = defineModule({
  name: 'pki_files',
  summary:
    'Names what belongs to a backup of the PKI on this host: its directory, kubeconfigs, the encryption configuration.',
  example: `
- name: See what there is
  pki_files:
    pki_dir: /etc/kubernetes/pki
    manifests_dir: /etc/kubernetes/manifests
  register: pki
`,
  place: 'host',
  args: argumentsOf({
    pki_dir: hostPath('The directory of certificates and keys.'),
    kubernetes_dir: Type.Optional(hostPath('Where the kubeconfigs lie. Default: /etc/kubernetes.')),
    manifests_dir: hostPath('The API server’s manifest names its encryption configuration.'),
  }),
  result: Type.Object({ paths: Type.Array(Type.String()) }),
  readOnly: true,
  repeatable: true,
  undo: { kind: 'nothing' },

  async probe({ pki_dir, kubernetes_dir = '/etc/kubernetes', manifests_dir }, ask) {
    const manifest = join(manifests_dir, 'kube-apiserver.yaml');
    const read = await ask.host({
      pki: { kind: 'stat', path: pki_dir },
      manifest: { kind: 'read', path: manifest, bytesMax: 1_000_000 },
    });
    if (!read.ok) return read;
    if (read.value.pki?.type !== 'directory') {
      const message = `there is no directory ${pki_dir}`;
      return err(refused('no-pki', message, 'say where it is (pki_dir)'));
    }
    const apiserver = readManifest(read.value.manifest?.text ?? '');
    const named = apiserver?.flags.get('encryption-provider-config');
    const encryption = named === undefined ? null : (apiserver?.hostPathOf(named) ?? null);
    const wanted = [...KUBECONFIG_NAMES.map((name) => join(kubernetes_dir, name))];
    if (encryption !== null && isCleanAbsolute(encryption)) wanted.push(encryption);
    const questions = wanted.map((path): [string, Question] => [path, { kind: 'stat', path }]);
    const seen = await ask.host(Object.fromEntries(questions));
    if (!seen.ok) return seen;
    const there = wanted.filter((path) => seen.value[path] !== null && !within(path, pki_dir));
    return ok({ paths: [pki_dir, ...there] });
  },
  plan: () => ok([]),
  verify: async (_args, before) => ok(before),
  material: () => ({}),
});

function within(path: string, directory: string): boolean {
  return path.startsWith(`${directory}/`);
}
