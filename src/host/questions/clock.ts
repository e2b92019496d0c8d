import type { Asked } from './asked.js';

/**
 * The host's time between two readings of ours, taken when the question is put and when its answer is
 * here: however slow the way is, the bounds hold. busybox's `date` knows no %N.
 */
export function clock(): Asked {
  const askedAtMs = Date.now();
  return {
    script: 'date -u +%s.%N',
    parse: ({ output }) => {
      const [seconds = '', fraction = ''] = output.toString('ascii').trim().split('.');
      const isFine = /^[0-9]{9}$/.test(fraction);
      const atMs = Number(seconds) * 1_000 + (isFine ? Math.floor(Number(fraction) / 1e6) : 0);
      return { askedAtMs, answeredAtMs: Date.now(), atMs, resolutionMs: isFine ? 1 : 1_000 };
    },
  };
}
