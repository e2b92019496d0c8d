const KINDS = ['pods', 'configmaps', 'secrets', 'services/specs', 'deployments', 'events'];
const NAMESPACES = 20;

/** The key with this number: keys have the shape of Kubernetes', spread over kinds and namespaces. */
export function keyNumber(number: number): string {
  const kind = KINDS[number % KINDS.length];
  const namespace = `team-${String(number % NAMESPACES).padStart(2, '0')}`;
  return `/registry/${kind}/${namespace}/object-${String(number).padStart(6, '0')}`;
}

/** A value of about 300 bytes that tells its key and generation apart from every other. */
export function valueNumber(number: number, generation: string): string {
  return `k8s\u0000 ${generation} ${number} ${`${number}-${generation}-`.repeat(40)}`.slice(0, 300);
}
