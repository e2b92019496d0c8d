import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { RecordBody } from '../../src/core/record.js';
import { type ChainEnd, endAfter, lineOf, readChain, START } from '../../src/journal/chain.js';
import { JOURNAL_VERSION, sealed } from '../../src/journal/envelope.js';
import { now, started, task } from './scratch.js';

const bodies: readonly RecordBody[] = [
  started,
  task('1.1'),
  { type: 'rollback.started', why: 'cp2: «naïve» "quoted"\n\u2028' },
];

function journalOf(records: readonly RecordBody[], begin: ChainEnd = START): string {
  let end = begin;
  let text = '';
  for (const body of records) {
    const line = lineOf(body, now(), end);
    end = endAfter(line, end);
    text += `${line}\n`;
  }
  return text;
}

const journal = Buffer.from(journalOf(bodies));

function damage(text: string): string {
  const chain = readChain(text);
  if (chain.ok) return 'sound';
  const { error } = chain;
  return error.kind === 'newer' ? `newer ${error.version}` : `${error.line}: ${error.what}`;
}

describe('a journal', () => {
  it('reads back what was written', () => {
    const chain = readChain(journal.toString());
    expect(chain).toMatchObject({ ok: true, value: { records: bodies, tornTail: '' } });
  });

  it('reads back any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (why) => {
        const records: RecordBody[] = [started, { type: 'rollback.started', why }];
        expect(readChain(journalOf(records))).toMatchObject({ ok: true, value: { records } });
      }),
    );
  });

  it('refuses every flipped bit, or takes it for the torn end of the last line', () => {
    for (let at = 0; at < journal.length; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const flipped = Buffer.from(journal);
        flipped[at] = (flipped[at] as number) ^ (1 << bit);
        const chain = readChain(flipped.toString());
        if (!chain.ok) continue;
        expect(at, `bit ${bit} of byte ${at}`).toBe(journal.length - 1);
        expect(chain.value.records).toEqual(bodies.slice(0, 2));
        expect(chain.value.tornTail).not.toBe('');
      }
    }
  });

  it('torn at every byte, keeps the whole lines before', () => {
    for (let size = 0; size < journal.length; size++) {
      const text = journal.subarray(0, size).toString();
      const chain = readChain(text);
      const whole = text.split('\n').length - 1;
      expect(chain).toMatchObject({ ok: true, value: { records: bodies.slice(0, whole) } });
      const soundBytes = Buffer.from(text).lastIndexOf('\n') + 1;
      expect(chain.ok && chain.value.soundBytes).toBe(soundBytes);
    }
  });
});

describe('damage, by line', () => {
  const lines = journal.toString().split('\n');

  it.each([
    ['a line that is missing', [lines[0], lines[2], ''], '2: it has the number 3, and 2 is due'],
    ['a line twice', [lines[0], lines[0], ''], '2: it has the number 1, and 2 is due'],
    ['an empty line', [lines[0], '', lines[1], ''], '2: it is not a record'],
    [
      'no beginning',
      [lineOf(task('1.1'), now(), START), ''],
      '1: the beginning of the run is missing',
    ],
    [
      'a line of another journal',
      [lines[0], lineOf(task('1.1'), now(), { seq: 2, hash: '0' }), ''],
      '2: it does not follow from the line before',
    ],
  ])('%s', (_, text, what) => {
    expect(damage(text.join('\n'))).toBe(what);
  });

  it('tells a newer version from damage', () => {
    const newer = sealed({ v: JOURNAL_VERSION + 1, seq: 1, at: now(), prev: '0', body: started });
    expect(damage(`${newer}\n`)).toBe(`newer ${JOURNAL_VERSION + 1}`);
  });
});
