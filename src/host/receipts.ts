import { clean } from '../core/clean.js';
import type { ChangeId } from '../core/names.js';
import type { Receipt } from '../core/receipt.js';
import type { Part } from './channel.js';

export type SeenReceipt = Receipt | { readonly state: 'fenced'; readonly id: ChangeId };

/** Three parts for each id: its state line, the end of its output, the end of its errors. */
export function readReceipts(
  ids: readonly ChangeId[],
  parts: readonly Part[],
): readonly SeenReceipt[] {
  return ids.map((id, index) => {
    const [line, out, errors] = parts.slice(index * 3, index * 3 + 3);
    const [state, code, took] = line?.output.toString('ascii').trim().split(' ') ?? [];
    if (state === 'done') {
      return {
        state,
        id,
        exitCode: Number(code),
        durationMs: Number(took),
        stdoutTail: clean(out?.output.toString('utf8') ?? ''),
        stderrTail: clean(errors?.output.toString('utf8') ?? ''),
      };
    }
    if (state === 'never' || state === 'running' || state === 'fenced') return { state, id };
    return { state: 'interrupted', id, detail: 'it was started, and nobody saw its end' };
  });
}
