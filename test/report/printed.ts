import type { Event } from '../../src/core/event.js';
import { makeReport, type Report } from '../../src/report/index.js';

export interface Screen {
  readonly report: Report;
  text(): string;
}

type Options = Parameters<typeof makeReport>[0];

/** A report over a screen that only remembers. */
export function screen(
  kind: Options['kind'],
  more: Partial<Options['out']> = {},
  redact?: Options['redact'],
): Screen {
  let text = '';
  const write = (one: string): void => {
    text += one;
  };
  const report = makeReport({
    kind,
    out: { isTTY: false, columns: 100, colour: false, write, ...more },
    exitCodeOf: (outcome) => (outcome === 'done' ? 0 : 4),
    nextCommand: (outcome, run) =>
      outcome === 'refused' ? 'the same again' : `runback rollback ${run}`,
    now: () => '2026-11-24T12:17:22.000Z',
    ...(redact === undefined ? {} : { redact }),
  });
  return { report, text: () => text };
}

export async function printed(events: readonly Event[], on: Screen): Promise<string> {
  for (const event of events) on.report.emit(event);
  await on.report.finish();
  return on.text();
}
