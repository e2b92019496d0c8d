import type { Code } from './kinds.js';

/** Whose log a line is looked for in. */
export type Speaker = 'etcd' | 'apiserver' | 'kubelet' | 'kernel';

export interface Sign {
  readonly code: Code;
  readonly of: readonly Speaker[];
  /** Of one line. None can take longer than the line is long. */
  readonly pattern: RegExp;
  /**
   * `start`: it is over when the program said later that it serves, or answers. `now`: it counts among the last lines
   * only, since it passes by itself. `ever`: it counts wherever it stands.
   */
  readonly holds: 'start' | 'now' | 'ever';
}

const ETCD = ['etcd'] as const;
const SERVERS = ['etcd', 'apiserver'] as const;
const PROGRAMS = ['etcd', 'apiserver', 'kubelet'] as const;
const KUBELET = ['kubelet'] as const;

/** In etcd's own words, of 3.4 (both loggers) and 3.5; where they differ both are here. */
export const SIGNS: readonly Sign[] = [
  one(
    'authority-unknown',
    PROGRAMS,
    'now',
    /signed by unknown authority|unknown certificate author/,
  ),
  one('certificate-outdated', PROGRAMS, 'now', /has expired or is not yet valid|tls: expired cert/),
  one(
    'certificate-for-others',
    PROGRAMS,
    'now',
    /x509: certificate is (not )?valid for |any IP SANs/,
  ),
  one('certificate-refused', SERVERS, 'now', /remote error: tls: bad certificate/),
  one('key-differs', SERVERS, 'start', /tls: private key does not match public key/),
  one('file-missing', SERVERS, 'start', /open \S+: no such file or directory/),
  one('may-not-read', SERVERS, 'start', /permission denied|error listing data dir/),
  one(
    'flags-refused',
    PROGRAMS,
    'start',
    /error verifying flags|flag provided but not defined|unknown flag:/,
  ),

  one('name-not-in-list', ETCD, 'start', /couldn't find local name/),
  one(
    'own-url-not-in-list',
    ETCD,
    'start',
    /but missing from --initial-(advertise-peer-urls|cluster)/,
  ),
  one(
    'list-refused',
    ETCD,
    'start',
    /error validating peerURLs|member count is unequal|unmatched member/,
  ),
  one('nobody-to-join', ETCD, 'start', /cannot fetch cluster info from peer urls/),
  one('cluster-differs', ETCD, 'now', /cluster ID mismatch/i),
  one('member-removed', ETCD, 'start', /permanently removed from the cluster/),
  one(
    'stranger-calls',
    ETCD,
    'now',
    /failed to find remote peer in cluster|because it was removed/,
  ),
  one('already-bootstrapped', ETCD, 'start', /has already been bootstrapped/),

  one('quota-full', SERVERS, 'now', /database space exceeded|alarm.{0,4}NOSPACE/),
  one('disk-full', ['etcd', 'apiserver', 'kubelet', 'kernel'], 'start', /no space left on device/),
  one(
    'disk-read-only',
    ['etcd', 'kubelet', 'kernel'],
    'start',
    /read-only file system|remounting filesystem read-only/i,
  ),
  one('disk-errors', ['kernel'], 'ever', /I\/O error|EXT4-fs error|XFS.{0,40}orruption/),
  one('disk-slow', ETCD, 'now', /slow fdatasync|sync duration of|overloaded/),
  one(
    'data-corrupt',
    ETCD,
    'start',
    /crc mismatch|failed to open database|invalid database|file size too small|checksum error/,
  ),
  one('data-behind', ETCD, 'start', /tocommit\(\d+\) is out of range/),
  one(
    'snapshot-missing',
    ETCD,
    'start',
    /recover\w* (v3 )?backend from snapshot|snapshot file doesn't exist/,
  ),
  one(
    'members-inconsistent',
    ETCD,
    'ever',
    /inconsistency with peers|checkInitialHashKV failed|alarm.{0,4}CORRUPT/,
  ),
  one('data-from-newer', ETCD, 'start', /lower than determined cluster version/),

  one('address-in-use', SERVERS, 'start', /address already in use/),
  one(
    'peer-out-of-reach',
    ETCD,
    'now',
    /connect: (connection refused|no route|network is unreach)|i\/o timeout/,
  ),
  one('clock-differs', ETCD, 'now', /high clock drift|clock difference against peer/),

  one('crash-loop', KUBELET, 'now', /CrashLoopBackOff.{0,300}kube-system/),
  one('image-missing', KUBELET, 'now', /(ErrImagePull|ImagePullBackOff).{0,300}kube-system/),
  one('out-of-memory', ['kubelet', 'kernel'], 'ever', /OOMKilled|Killed process \d+ \((etcd|kube)/),
  one('kubelet-fails', KUBELET, 'now', /failed to run [Kk]ubelet|[Ff]ailed to load kubelet config/),
  one(
    'manifest-not-read',
    KUBELET,
    'now',
    /process manifest file|process config file|couldn't parse as pod/,
  ),
  one(
    'node-pressure',
    KUBELET,
    'now',
    /eviction manager: (attempting|must evict|pods? .{0,80}evict)/,
  ),
  one('etcd-not-answering', ['apiserver'], 'now', /:2379: connect: connection refused/),
  one(
    'secrets-unreadable',
    ['apiserver'],
    'now',
    /no matching prefix found|unable to transform (key|data)/,
  ),
];

function one(code: Code, of: readonly Speaker[], holds: Sign['holds'], pattern: RegExp): Sign {
  return { code, of, pattern, holds };
}
