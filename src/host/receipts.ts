import { clean } from '../core/clean.js';
import type { ChangeId } from '../core/names.js';
import type { Receipt } from '../core/receipt.js';
import type { Part } from './channel.js';

/** One that the host could not make final: its disk is full or read-only. `said`: what it complained of. */
export type SeenReceipt =
  | Receipt
  | { readonly state: 'unsettled'; readonly id: ChangeId; readonly said: string };

/** Three parts for each id: what was seen, the end of its output, the end of its errors. */
export function readReceipts(
  ids: readonly ChangeId[],
  parts: readonly Part[],
): readonly SeenReceipt[] {
  return ids.map((id, index) => {
    const [line, out, errors] = parts.slice(index * 3, index * 3 + 3);
    return readReceipt(id, textOf(line), clean(textOf(out)), clean(textOf(errors)));
  });
}

/** `text`: at its end a word and what there is to say of it, see src/host/runner/look.sh; complaints before it. */
export function readReceipt(
  id: ChangeId,
  text: string,
  stdoutTail: string,
  stderrTail: string,
): SeenReceipt {
  const lines = text.trim().split('\n');
  const [state, ...about] = (lines.at(-1) ?? '').trim().split(' ');
  switch (state) {
    case 'done':
      return doneReceipt(id, about, stdoutTail, stderrTail);
    case 'never':
    case 'running':
      return { state, id };
    case 'orphaned':
      return { state: 'running', id, orphans: about.map(Number) };
    case 'interrupted':
      return interrupted(id, about[0] === 'reboot' ? 'reboot' : 'killed');
    case 'absent':
    case 'pending':
      return { state: 'running', id };
    default:
      return { state: 'unsettled', id, said: lines.slice(0, -1).join('\n') };
  }
}

function doneReceipt(
  id: ChangeId,
  [code, took, sha256 = '-', sizeBytes]: readonly string[],
  stdoutTail: string,
  stderrTail: string,
): Receipt {
  const tails = { stdoutTail, stderrTail };
  const ran = {
    state: 'done',
    id,
    exitCode: Number(code),
    durationMs: Number(took),
    ...tails,
  } as const;
  return sha256 === '-' ? ran : { ...ran, sha256, sizeBytes: Number(sizeBytes) };
}

function interrupted(id: ChangeId, cause: 'reboot' | 'killed'): Receipt {
  const detail =
    cause === 'reboot'
      ? 'the host was restarted before anybody saw its end'
      : 'it was started, and was killed before anybody saw its end';
  return { state: 'interrupted', id, detail, cause };
}

function textOf(part: Part | undefined): string {
  return part?.output.toString('utf8') ?? '';
}
