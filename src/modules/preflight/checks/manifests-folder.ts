import type { Finding } from '../../../core/finding.js';
import type { Facts } from '../facts.js';
import { found } from '../found.js';

/** The kubelet runs every file that does not begin with a dot. (kubernetes/kubernetes#136962) */
export function checkManifestsFolder({ host, folder, manifestsDir }: Facts): readonly Finding[] {
  const files = folder ?? [];
  const strays = files.filter(({ name }) => !/\.(yaml|yml|json)$/.test(name));
  const findings = strays.map(({ name, pod }) => {
    const what = pod === null ? 'it is no pod' : `the kubelet runs it as the pod ${pod}`;
    const message = `${name} in ${manifestsDir} is not called .yaml: ${what}`;
    return found('stray-manifest', host, message);
  });
  const pods = new Map<string, string[]>();
  for (const { pod, name } of files) {
    if (pod !== null) pods.set(pod, [...(pods.get(pod) ?? []), name]);
  }
  for (const [pod, names] of pods) {
    if (names.length === 1) continue;
    const message = `${names.join(' and ')} in ${manifestsDir} are both the pod ${pod}`;
    findings.push(found('duplicate-pod', host, message));
  }
  return findings;
}
