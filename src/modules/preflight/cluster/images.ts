import type { Finding } from '../../../core/finding.js';
import { found } from '../found.js';
import type { HostReport } from '../report.js';
import { minorOf } from '../version.js';

export function checkImages(reports: readonly HostReport[]): readonly Finding[] {
  const known = reports.filter(({ image_version }) => image_version !== '');
  const minors = [...new Set(known.map(({ image_version }) => minorOf(image_version)))].sort();
  if (minors.length < 2) return [];
  const message = `the manifests name etcd ${minors.join(' and ')}`;
  const evidence = known.map(({ host, image }) => `${host}: ${image}`).join('\n');
  return [found('image-versions-differ', null, message, evidence)];
}
