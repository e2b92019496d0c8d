import { quote } from '../core/argv.js';
import { sha256 } from '../core/hash.js';
import type { ChangeId, RunId } from '../core/names.js';
import type { Bundle } from '../core/ports.js';
import type { Announced } from '../core/record.js';
import { changeScript, type ScriptedChange } from './changes/change-script.js';

/**
 * Claims every change, starts them detached in order, waits, and tells what became of them: a part for the
 * claims, and when those went well one for the launch and three for each change.
 */
export function bundleScript(base: string, bundle: Bundle, group: readonly Announced[]): string {
  const epoch = bundle.fence?.epoch ?? 0;
  const ids = group.map((item) => item.id).join(' ');
  const intents = group.map(({ id, change }) => {
    const script = changeScript(change as ScriptedChange, id);
    const limitS = limitSOf(change as ScriptedChange, bundle.timeoutMs);
    return `rb_intend ${id} ${limitS} ${sha256(script)} ${quote(script)}`;
  });
  const claim = `rb_claim ${quote(base)} ${bundle.run} ${epoch} ${ids}`;
  return `{ ${[claim, ...intents].join(' &&\n')}; } 2>&1\nrb_launch_and_report $? ${ids}`;
}

/** What became of these for good, with a part in front that says whether anything can be written there. */
export function settleScript(base: string, run: RunId, ids: readonly ChangeId[]): string {
  return `rb_settle_all ${quote(base)} ${run} ${ids.join(' ')} 2>&1`;
}

/** Ends these, the last first, so that none starts while another is ended; then settles them. */
export function cancelScript(base: string, run: RunId, ids: readonly ChangeId[]): string {
  return `rb_cancel ${quote(base)} ${run} ${[...ids].reverse().join(' ')} 2>&1`;
}

export function followScript(
  base: string,
  run: RunId,
  id: ChangeId,
  at: readonly [number, number],
): string {
  return `rb_follow ${quote(base)} ${run} ${id} ${at.join(' ')}`;
}

/** How long a request that carries these out may take, with time for the host's own work. */
export function patienceMs(bundle: Bundle, group: readonly Announced[]): number {
  const each = group.map(({ change }) =>
    change.kind === 'wait' ? change.question.timeoutMs : bundle.timeoutMs,
  );
  return each.reduce((sum, timeMs) => sum + timeMs + 10_000, 60_000);
}

/** Whole seconds; 0 for what ends by itself: then no second process is spent on watching it. */
function limitSOf(change: ScriptedChange, timeoutMs: number): number {
  switch (change.kind) {
    case 'run':
      return wholeSeconds(Math.min(change.timeoutMs, timeoutMs));
    case 'archive':
    case 'copy-file':
    case 'service':
    case 'set-owner':
      return wholeSeconds(timeoutMs);
    default:
      return 0;
  }
}

function wholeSeconds(timeMs: number): number {
  return Math.max(1, Math.ceil(timeMs / 1_000));
}
