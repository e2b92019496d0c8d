import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FindingKind } from '../../src/core/finding.js';
import { KINDS as OF_DIAGNOSIS } from '../../src/modules/diagnose/kinds.js';
import { AFTER_KINDS } from '../../src/modules/kube/kinds.js';
import { KINDS as OF_PREFLIGHT } from '../../src/modules/preflight/kinds.js';

type Codes = readonly (readonly [string, FindingKind])[];

/** Each page with its kinds; what a preflight finds may be accepted, a diagnosis and a look only tell. */
const PAGES: readonly (readonly [string, Codes, 'acceptable' | 'told'])[] = [
  ['docs/preflight.md', Object.entries(OF_PREFLIGHT), 'acceptable'],
  ['docs/diagnosis.md', Object.entries(OF_DIAGNOSIS), 'told'],
  ['docs/after-restore.md', Object.entries(AFTER_KINDS), 'told'],
];
const MARK = 'npx vitest run test/schemas writes it. -->\n';
const CODES = PAGES.flatMap(([, codes]) => codes);

it.each(PAGES)(
  '%s lists every finding as it is defined (UPDATE=1 writes it)',
  (file, codes, are) => {
    const [head = ''] = readFileSync(file, 'utf8').split(MARK);
    const made = `${head}${MARK}${reference(codes, are)}`;
    if (process.env.UPDATE === '1') writeFileSync(file, made);
    expect(readFileSync(file, 'utf8')).toBe(made);
  },
);

it('no two kinds share a code', () => {
  expect(new Set(CODES.map(([code]) => code)).size).toBe(CODES.length);
});

describe('every kind of finding', () => {
  it.each(CODES)(
    '%s: has a code that can be typed, and says what it means and what to do',
    (code, kind) => {
      expect(code).toMatch(/^[a-z]+(-[a-z]+)*$/);
      expect(kind.means).toMatch(/^[^|]+\.$/);
      expect(kind.remedy).toMatch(/^[^|]+[^.]$/);
      if (kind.severity !== 'error') expect(kind.neverBecause).toBeNull();
    },
  );
});

function reference(codes: Codes, are: 'acceptable' | 'told'): string {
  const row = (...cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  const columns = (last: readonly string[], middle: string) =>
    are === 'told' ? last : [last[0] ?? '', last[1] ?? '', middle, ...last.slice(2)];
  const head = columns(['code', 'severity', 'what it means', 'what to do'], 'may be accepted');
  const rows = codes.map(([code, { severity, neverBecause, means, remedy }]) =>
    row(...columns([`\`${code}\``, severity, means, remedy], acceptable(severity, neverBecause))),
  );
  const lines = ['', '## All findings', '', row(...head), row(...head.map(() => '---')), ...rows];
  return `${lines.join('\n')}\n`;
}

function acceptable(severity: FindingKind['severity'], why: string | null): string {
  if (severity !== 'error') return 'stops nothing';
  return why === null ? 'yes' : `no: ${why}`;
}
