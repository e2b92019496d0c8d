import type { Finding } from '../../core/finding.js';
import { sign } from './sign.js';
import { SIGNS, type Speaker } from './signs.js';

const recentLines = 200;
const lineCharactersMax = 4_000;
const shownCharactersMax = 400;

/** What a program says first, and what it says when all that it begins with is behind it. */
const BEGINS: { readonly [speaker in Speaker]?: RegExp } = {
  etcd: /etcdmain: etcd Version|"msg":"Running: "|"msg":"configuring peer listeners"/,
};
const SERVES: { readonly [speaker in Speaker]?: RegExp } = {
  etcd: /ready to serve client requests|serving (in)?secure client requests/,
  apiserver: /Serving securely on/,
};

/**
 * Everything that a log tells by itself: each kind once, with the last line that says it. A program that
 * answers has begun: a file that it missed for a moment is there again, or is found missing by a look.
 */
export function readLog(
  host: string,
  speaker: Speaker,
  from: string,
  text: string,
  program: 'answers' | 'unknown' = 'unknown',
): readonly Finding[] {
  const lines = text.split('\n').map((line) => line.slice(0, lineCharactersMax));
  const asWritten = firstLines(lines, speaker);
  const first = program === 'answers' ? { ...asWritten, start: lines.length } : asWritten;
  return SIGNS.filter((one) => one.of.includes(speaker)).flatMap(({ code, pattern, holds }) => {
    const said = lines.slice(first[holds]).filter((line) => pattern.test(line));
    const last = said.at(-1);
    if (last === undefined) return [];
    const often = said.length === 1 ? 'once' : `${said.length} times`;
    return [sign(code, host, `${from} says it ${often}`, shown(last, pattern))];
  });
}

/**
 * From which line on a sign counts. What went wrong before the program was begun again is over, but that
 * why it ended last counts until it serves.
 */
function firstLines(lines: readonly string[], speaker: Speaker) {
  const begun = lastOf(lines, BEGINS[speaker]);
  const before = lastOf(lines.slice(0, Math.max(0, begun - fewLines)), BEGINS[speaker]);
  const served = lastOf(lines, SERVES[speaker]);
  const now = Math.max(0, begun, lines.length - recentLines);
  return { start: Math.max(0, before, served + 1), now, ever: 0 };
}

/** As many lines as etcd writes between its first words and its listeners, at most. */
const fewLines = 12;

function lastOf(lines: readonly string[], pattern: RegExp | undefined): number {
  return pattern === undefined ? -1 : lines.findLastIndex((line) => pattern.test(line));
}

/** Long lines are cut around what was found. */
function shown(line: string, pattern: RegExp): string {
  if (line.length <= shownCharactersMax) return line;
  const at = Math.max(0, line.search(pattern) - shownCharactersMax / 2);
  const part = line.slice(at, at + shownCharactersMax);
  return `${at > 0 ? `${line.slice(0, 30)} … ` : ''}${part} …`;
}

/** A member's own ids as it has last logged them, when it began or when others refused it; may be empty. */
export function idsIn(text: string): { readonly cluster: string; readonly member: string } {
  const all = text.split('\n');
  const begun = Math.max(0, lastOf(all, BEGINS.etcd));
  const lines = all.slice(begun).toReversed();
  const first = (patterns: readonly RegExp[]) => {
    for (const line of lines) {
      const found = patterns.map((one) => one.exec(line)?.[1]).find((id) => id !== undefined);
      if (found !== undefined) return found;
    }
    return '';
  };
  return { cluster: first(CLUSTER_IDS), member: first(MEMBER_IDS) };
}

/** etcd 3.4 in its old words, then 3.5. */
const CLUSTER_IDS = [
  /starting member [0-9a-f]+ in cluster ([0-9a-f]+)/,
  /cluster ID mismatch.{0,80}(?:local=| want )([0-9a-f]+)/,
  /starting local member.{0,200}"cluster-id":"([0-9a-f]+)"/,
  /"local-member-cluster-id":"([0-9a-f]+)"/,
];
const MEMBER_IDS = [/starting member ([0-9a-f]+) in/, /"local-member-id":"([0-9a-f]+)"/];
