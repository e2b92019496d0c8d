import type { Compression } from '../core/question.js';

/** As they stand in the archive: below /, where it is made and unpacked. */
export function archiveNames(paths: readonly string[]): readonly string[] {
  return paths.map((path) => path.slice(1));
}

export function packed(compression: Compression): string {
  return { none: 'cat', gzip: 'gzip -c', zstd: 'zstd -q -c' }[compression];
}

export function unpacked(compression: Compression): string {
  return { none: 'cat', gzip: 'gzip -dc', zstd: 'zstd -q -dc' }[compression];
}

/** True when BOTH ended well: a pipe in a POSIX shell tells only of its last program. */
export function pipeline(first: string, second: string): string {
  return `[ "$({ { ${first}; echo $? >&5; } | { ${second} || echo bad >&5; }; } 5>&1)" = 0 ]`;
}
