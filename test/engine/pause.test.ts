import { describe, expect, it } from 'vitest';
import type { Event } from '../../src/core/event.js';
import { pauser } from '../../src/engine/pause.js';

/** A promise that ends when the signal fires, or at once. */
const until = (signal: AbortSignal): Promise<void> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));

function paused(more: { isThere?: boolean; presses?: boolean; mode?: 'run' | 'dry-run' } = {}) {
  const { isThere = true, presses = true, mode = 'run' } = more;
  const events: Event[] = [];
  const stop = new AbortController();
  let nowMs = 0;
  const operator = {
    isThere,
    confirm: async () => false,
    enter: (signal: AbortSignal) => (presses ? Promise.resolve() : until(signal)),
  };
  const clock = {
    nowMs: () => nowMs,
    sleep: async (durationMs: number) => {
      nowMs += durationMs;
    },
  };
  const emit = (event: Event) => void events.push(event);
  const pause = pauser({ mode, world: { operator, clock }, emit }, stop.signal);
  return { pause, events, stop };
}

describe('a pause', () => {
  it('ends when somebody presses Enter, and was told as an event', async () => {
    const { pause, events } = paused();
    expect(await pause('Look', null)).toEqual({ ok: true, value: { by: 'operator', waitedMs: 0 } });
    expect(events).toEqual([{ type: 'paused', message: 'Look', forMs: null }]);
  });

  it('ends by itself when its time is over, with and without a terminal', async () => {
    for (const isThere of [true, false]) {
      const { pause } = paused({ isThere, presses: false });
      const ended = await pause('Look', 30_000);
      expect(ended).toEqual({ ok: true, value: { by: 'time', waitedMs: 30_000 } });
    }
  });

  it('without a terminal and without a time fails, and says what to do', async () => {
    const { pause, events } = paused({ isThere: false });
    const ended = await pause('Look', null);
    expect(ended).toMatchObject({ error: { code: 'nobody-there' } });
    expect(ended.ok ? '' : ended.error.next).toContain('for: 30s');
    expect(events).toEqual([]);
  });

  it('does not wait in a preview', async () => {
    const { pause, events } = paused({ presses: false, mode: 'dry-run' });
    expect(await pause('Look', null)).toMatchObject({ value: { by: 'nobody' } });
    expect(events).toEqual([]);
  });

  it('that is stopped by a signal is an interruption, not an answer', async () => {
    const { pause, stop } = paused({ presses: false });
    const ended = pause('Look', null);
    stop.abort();
    expect(await ended).toMatchObject({ error: { kind: 'interrupted' } });
  });
});
