import { cpSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { RunId } from '../../src/core/names.js';
import { statusOf } from '../../src/engine/run-status.js';
import { openRun, readRun } from '../../src/journal/index.js';
import { now, stateDirectory } from './scratch.js';

/** Journals that real runs of older versions wrote, and what this version must still read in them. */
const MUSEUM: { readonly [exhibit: string]: object } = {
  'v1/done': { outcome: 'done', pointOfNoReturn: '3.1', left: expect.anything(), inDoubt: [] },
  'v1/killed-in-the-swap': {
    outcome: null,
    isGoingBack: false,
    pointOfNoReturn: null,
    left: expect.arrayContaining(['2.1 cp1', '2.6 cp2']),
  },
  'v1/killed-and-taken-back': { outcome: 'done', isTakenBack: true, left: [], inDoubt: [] },
  'v2/done': { outcome: 'done', epoch: 1, left: expect.anything(), inDoubt: [] },
  'v2/killed-in-flight': { outcome: null, left: ['1.1 cp1', '1.2 cp1'], inDoubt: ['1.2 cp1'] },
  'v2/killed-and-taken-back': { outcome: 'done', isTakenBack: true, left: [], inDoubt: [] },
};

/** An exhibit where a run lies, under the name that its own journal gives it. */
function laidOut(exhibit: string): { stateDir: string; run: RunId } {
  const source = join('test/journals', exhibit);
  const [first = ''] = readFileSync(join(source, 'journal.jsonl'), 'utf8').split('\n');
  const { run } = (JSON.parse(first) as { body: { run: RunId } }).body;
  const stateDir = stateDirectory();
  cpSync(source, join(stateDir, 'runs', run), { recursive: true });
  return { stateDir, run };
}

describe('the museum of old journals', () => {
  it('has all of its exhibits looked at', () => {
    const exhibits = readdirSync('test/journals').flatMap((version) =>
      readdirSync(join('test/journals', version)).map((name) => `${version}/${name}`),
    );
    expect(exhibits.sort()).toEqual(Object.keys(MUSEUM).sort());
  });

  for (const [exhibit, wanted] of Object.entries(MUSEUM)) {
    it(`opens ${exhibit}, and knows where the run stood`, () => {
      const { stateDir, run } = laidOut(exhibit);
      const read = readRun(stateDir, run);
      expect(read.ok).toBe(true);
      if (read.ok) expect(statusOf(null, read.value.records)).toMatchObject(wanted);
    });

    it(`goes on writing behind ${exhibit}`, async () => {
      const { stateDir, run } = laidOut(exhibit);
      const opened = openRun(stateDir, run, now);
      if (!opened.ok) throw new Error(opened.error.message);
      const before = opened.value.records.length;
      await opened.value.journal.append({ type: 'rollback.started', why: 'a test' });
      opened.value.close();
      const again = readRun(stateDir, run);
      expect(again.ok && again.value.records.length).toBe(before + 1);
    });
  }
});
