import { type Failure, refused } from '../../core/failure.js';
import { err, ok, type Result } from '../../core/result.js';
import { type Flags, sameFlags } from './flags.js';
import { readManifest } from './manifest.js';

/**
 * The same text with these flags of etcd's command, and every other byte as it was. What came out is read
 * again: where it does not say exactly that, the manifest is of a form that only a person should touch.
 */
export function withFlags(path: string, text: string, flags: Flags): Result<string, Failure> {
  const before = readManifest(text)?.flags;
  if (before === undefined) return err(otherForm(path, flags));
  let edited = text;
  for (const [flag, value] of Object.entries(flags)) {
    edited = withFlag(edited, flag, value) ?? edited;
  }
  const after = readManifest(edited)?.flags;
  const wanted = new Map([...before, ...Object.entries(flags)]);
  const isExact = after !== undefined && sameFlags(after, wanted);
  return isExact ? ok(edited) : err(otherForm(path, flags));
}

/** Null where the flag stands in no line of its own, and no other flag shows where one would. */
function withFlag(text: string, flag: string, value: string): string | null {
  const line = lineOf(flag);
  if (line.test(text)) {
    return text.replace(line, (_all, start: string, quote: string) => {
      return `${start}${quote}--${flag}=${value}${quote}`;
    });
  }
  const beside = ['initial-cluster', 'initial-advertise-peer-urls', 'name'].map(lineOf);
  const place = beside.find((one) => one.test(text));
  if (place === undefined) return null;
  return text.replace(place, (all, start: string) => `${all}\n${start}--${flag}=${value}`);
}

/** `    - --name=cp1`, in quotes or not: one word a line, as kubeadm writes it. */
function lineOf(flag: string): RegExp {
  return new RegExp(`^([ \\t]*-[ \\t]+)(["']?)--${flag}=[^"'\\n]*\\2[ \\t]*$`, 'm');
}

/** Every place where the old address stands as a whole. */
export function withAddress(text: string, was: string, is: string): string {
  const old = escaped(was);
  return text.replace(new RegExp(`(?<![0-9A-Za-z.:])${old}(?![0-9A-Za-z]|\\.[0-9])`, 'g'), is);
}

/** As a pattern that means nothing but this text. */
export function escaped(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}

/** What goes and what comes, line by line: the whole difference, but for empty lines. */
export function changedLines(before: string, after: string): readonly string[] {
  const [was, is] = [before, after].map((text) => text.split('\n').filter(Boolean)) as [
    string[],
    string[],
  ];
  const gone = was.filter((line) => !is.includes(line)).map((line) => `- ${line.trim()}`);
  const come = is.filter((line) => !was.includes(line)).map((line) => `+ ${line.trim()}`);
  return [...gone, ...come];
}

function otherForm(path: string, flags: Flags): Failure {
  const wanted = Object.entries(flags).map(([flag, value]) => `--${flag}=${value}`);
  const message = `${path} is not written as kubeadm writes it, and is not edited by guesswork`;
  const next = 'write these flags into it by hand, one a line, then run this again';
  return refused('manifest-form', message, next, wanted.join('\n'));
}
