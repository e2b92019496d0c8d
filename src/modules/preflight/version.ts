/** `registry.k8s.io/etcd:3.5.16-0@sha256:…` → `3.5.16`; empty when the image does not say. */
export function imageVersion(image: string): string {
  const tag = image.replace(/@.*$/, '').split('/').at(-1)?.split(':')[1] ?? '';
  return /^v?([0-9]+\.[0-9]+\.[0-9]+)/.exec(tag)?.[1] ?? '';
}

/** `3.5.16` → `3.5`; empty for an unknown version. */
export function minorOf(version: string): string {
  return /^v?([0-9]+\.[0-9]+)(\.|$)/.exec(version)?.[1] ?? '';
}

/** Below, at or above 0, as the versions are; of known ones. */
export function compareMinor(a: string, b: string): number {
  const [aMajor = 0, aMinor = 0] = minorOf(a).split('.').map(Number);
  const [bMajor = 0, bMinor = 0] = minorOf(b).split('.').map(Number);
  return aMajor === bMajor ? aMinor - bMinor : aMajor - bMajor;
}
