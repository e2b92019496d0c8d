import { describe, expect, it } from 'vitest';
import { KINDS } from '../../../src/modules/diagnose/kinds.js';
import { idsIn, readLog } from '../../../src/modules/diagnose/read-log.js';
import { SIGNS, type Speaker } from '../../../src/modules/diagnose/signs.js';
import { ETCD_LINES } from './etcd-lines.js';

const codes = (speaker: Speaker, text: string) =>
  readLog('cp1', speaker, 'its log', text).map(({ code }) => code);

describe('what etcd says', () => {
  it.each(ETCD_LINES)('of %s is known as %s: %s', (_version, code, _how, line) => {
    expect(codes('etcd', line)).toEqual([code]);
  });

  it('is told once, with how often and the last line', () => {
    const [, , , line = ''] = ETCD_LINES.find(([, code]) => code === 'certificate-refused') ?? [];
    const later = line.replace('2026', '2027');
    const [only, ...more] = readLog('cp1', 'etcd', 'its log', [line, line, later].join('\n'));
    expect(more).toEqual([]);
    expect(only).toMatchObject({ message: 'its log says it 3 times', evidence: later });
  });
});

it('what kept a program from beginning is over when it answers, and what it says now is not', () => {
  const missing =
    'embed: rejected connection from "10.0.0.2:4" (error "open /etc/kubernetes/pki/etcd/peer.crt: no such file or directory")';
  const refused = 'remote error: tls: bad certificate';
  const said = (program: 'answers' | 'unknown') =>
    readLog('cp1', 'etcd', 'its log', `${missing}\n${refused}`, program).map(({ code }) => code);
  expect(said('unknown').sort()).toEqual(['certificate-refused', 'file-missing']);
  expect(said('answers')).toEqual(['certificate-refused']);
});

/** Words of other programs, as their sources have them. */
const OTHERS: readonly (readonly [Speaker, string, string])[] = [
  ['etcd', 'clock-differs', '"msg":"prober found high clock drift","clock-drift":"2.1s"'],
  [
    'etcd',
    'clock-differs',
    'rafthttp: the clock difference against peer abc is too high [2s > 1s]',
  ],
  ['etcd', 'disk-slow', '"msg":"slow fdatasync","took":"2.5s","expected-duration":"1s"'],
  ['etcd', 'stranger-calls', '"msg":"failed to find remote peer in cluster","local-member-id":"a"'],
  ['etcd', 'already-bootstrapped', 'member 9e737febb6b99eee has already been bootstrapped'],
  [
    'kubelet',
    'crash-loop',
    '"Error syncing pod, skipping" err="failed to \\"StartContainer\\" for \\"etcd\\" with CrashLoopBackOff: \\"back-off 5m0s restarting failed container=etcd pod=etcd-cp1_kube-system(1)\\"" pod="kube-system/etcd-cp1"',
  ],
  ['kubelet', 'kubelet-fails', 'failed to run Kubelet: running with swap on is not supported'],
  ['kubelet', 'manifest-not-read', '"Could not process manifest file" err="…"'],
  ['kernel', 'out-of-memory', 'Out of memory: Killed process 4711 (etcd) total-vm:11000000kB'],
  ['kernel', 'disk-errors', 'blk_update_request: I/O error, dev sda, sector 2048'],
  ['apiserver', 'etcd-not-answering', 'dial tcp 127.0.0.1:2379: connect: connection refused'],
  ['apiserver', 'address-in-use', 'listen tcp 0.0.0.0:6443: bind: address already in use'],
];

it.each(OTHERS)('%s: knows %s', (speaker, code, line) => {
  expect(codes(speaker, line)).toEqual([code]);
});

it('has a sign for every kind that only a log can tell', () => {
  const told = new Set(SIGNS.map(({ code }) => code));
  const fromLogs = Object.keys(KINDS).slice(0, Object.keys(KINDS).indexOf('host-away'));
  expect(fromLogs.filter((code) => !told.has(code as never))).toEqual([]);
});

describe('what is over', () => {
  const lineOf = (code: string) => ETCD_LINES.find(([, one]) => one === code)?.[3] ?? '';
  const begins =
    '{"level":"info","caller":"etcdmain/etcd.go:73","msg":"Running: ","args":["etcd"]}';
  const serves = '{"level":"info","msg":"ready to serve client requests"}';
  const filler = Array<string>(20).fill('{"level":"info","msg":"nothing"}');

  it('is why it ended once it serves again', () => {
    const before = [begins, ...filler, lineOf('address-in-use'), begins, ...filler];
    expect(codes('etcd', before.join('\n'))).toEqual(['address-in-use']);
    expect(codes('etcd', [...before, serves].join('\n'))).toEqual([]);
  });

  it('is what others said before it was started anew', () => {
    const before = [begins, serves, lineOf('cluster-differs')];
    expect(codes('etcd', before.join('\n'))).toEqual(['cluster-differs']);
    expect(codes('etcd', [...before, begins].join('\n'))).toEqual([]);
  });

  it('is what stands far behind', () => {
    const old = [lineOf('peer-out-of-reach'), ...Array<string>(300).fill('fine')];
    expect(codes('etcd', old.join('\n'))).toEqual([]);
  });
});

describe('its own ids', () => {
  it.each([
    ['etcdserver: starting member ddd67b312462fd7b in cluster a7ef944b95711739'],
    [
      'etcdserver: restarting member ddd67b312462fd7b in cluster a7ef944b95711739 at commit index 7',
    ],
    [
      '"msg":"starting local member","local-member-id":"ddd67b312462fd7b","cluster-id":"a7ef944b95711739"',
    ],
    [
      '"local-member-id":"ddd67b312462fd7b","local-member-cluster-id":"a7ef944b95711739","error":"x"',
    ],
  ])('are read out of %s', (line) => {
    expect(idsIn(line)).toEqual({ cluster: 'a7ef944b95711739', member: 'ddd67b312462fd7b' });
  });

  it('are known from what others refuse, and not from an earlier start', () => {
    const refused = 'rafthttp: request cluster ID mismatch (got 1111 want 2222)';
    expect(idsIn(refused).cluster).toBe('2222');
    expect(idsIn(`${refused}\netcdmain: etcd Version: 3.4.23`).cluster).toBe('');
  });
});
