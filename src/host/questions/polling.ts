import type { Waited } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';

/** Polling happens on the host: no round trip is spent on waiting. */
const POLL_S = '0.05';

/**
 * Repeats a test until it holds or time is up. The test leaves what it saw in `$seen`, and what it could not
 * look at in `$note`; where nothing is to be hoped for any more, it calls `late`. `first` comes before all
 * of it, when `$begin` is known.
 */
export function poll(timeoutMs: number, test: string, first = '', everyS = POLL_S): Asked {
  const script = [
    'now() { IFS=" ." read -r s c _ </proc/uptime; n=$((s * 1000 + ${c#0} * 10)); }',
    'late() { now; printf \'late %s\\n%s\' "$((n - begin))" "$seen"; exit 0; }',
    `now; begin=$n; limit=$((begin + ${Math.ceil(timeoutMs)})); note=`,
    first,
    'while :; do',
    `if ${group(test)}; then now; printf 'reached %s\\n%s' "$((n - begin))" "$note"; exit 0; fi`,
    'now; [ "$n" -lt "$limit" ] || late',
    `sleep ${everyS} 2>/dev/null || sleep 1`,
    'done',
  ].join('\n');
  return { script, parse: parseWaited };
}

function group(test: string): string {
  return `{\n${test}\n}`;
}

function parseWaited(part: Part): Waited {
  const text = part.output.toString('utf8');
  const [head = '', ...rest] = text.split('\n');
  const [state, waited = '0'] = head.split(' ');
  const said = rest.join('\n').trim();
  if (state !== 'reached') return { reached: false, waitedMs: Number(waited), lastSeen: said };
  return { reached: true, waitedMs: Number(waited), ...(said === '' ? {} : { note: said }) };
}
