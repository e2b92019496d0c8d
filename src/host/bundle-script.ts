import { quote } from '../core/argv.js';
import type { ChangeId, RunId } from '../core/names.js';
import type { Bundle } from '../core/ports.js';
import type { Announced } from '../core/record.js';
import { changeScript, type ScriptedChange } from './changes/change-script.js';

/** Claims every change, starts them detached in order, waits, and prints their receipts. */
export function bundleScript(base: string, bundle: Bundle, group: readonly Announced[]): string {
  const steps = stepsPath(base, bundle.run);
  const epoch = bundle.fence?.epoch ?? 0;
  const limitS = Math.max(1, Math.ceil(bundle.timeoutMs / 1_000));
  const ids = group.map((item) => item.id);
  const claims = group.map(({ id, change }) => {
    const script = changeScript(change as ScriptedChange, id);
    return `rb_claim ${quote(steps)} ${id} ${epoch} ${quote(script)} 2>&1 || exit 1`;
  });
  return [
    '(',
    `(umask 077; mkdir -p -- ${quote(steps)}) 2>&1 || exit 1`,
    ...claims,
    `rb_launch ${quote(base)} ${quote(steps)} ${epoch} ${limitS} ${ids.join(' ')} 2>&1`,
    ')',
    'rb_part $?',
    ...receiptLines('rb_receipt', steps, ids, " 'interrupted 0 0'"),
  ].join('\n');
}

export function settleScript(base: string, run: RunId, ids: readonly ChangeId[]): string {
  const steps = stepsPath(base, run);
  return [
    `(umask 077; mkdir -p -- ${quote(steps)}) 2>/dev/null`,
    ...receiptLines('rb_settle', steps, ids, ''),
  ].join('\n');
}

/** Where a run's changes have their claims, notes and receipts. */
export function stepsPath(base: string, run: RunId): string {
  return `${base}/runs/${run}/steps`;
}

function receiptLines(
  command: string,
  steps: string,
  ids: readonly ChangeId[],
  rest: string,
): readonly string[] {
  return ids.map((id) => `${command} ${quote(steps)} ${id}${rest}`);
}
