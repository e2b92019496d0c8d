import { readFileSync, writeFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { FindingKind } from '../../src/core/finding.js';
import { KINDS } from '../../src/modules/preflight/kinds.js';

const FILE = 'docs/preflight.md';
const MARK = 'npx vitest run test/schemas writes it. -->\n';
const CODES: readonly (readonly [string, FindingKind])[] = Object.entries(KINDS);

describe('docs/preflight.md', () => {
  it('lists every finding as it is defined (UPDATE=1 writes it)', () => {
    const text = readFileSync(FILE, 'utf8');
    const [head = ''] = text.split(MARK);
    const made = `${head}${MARK}${reference()}`;
    if (process.env.UPDATE === '1') writeFileSync(FILE, made);
    expect(readFileSync(FILE, 'utf8')).toBe(made);
  });
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

function reference(): string {
  const rows = CODES.map(
    ([code, { severity, neverBecause, means, remedy }]) =>
      `| \`${code}\` | ${severity} | ${acceptable(severity, neverBecause)} | ${means} | ${remedy} |`,
  );
  const head = [
    '',
    '## All findings',
    '',
    '| code | severity | may be accepted | what it means | what to do |',
  ];
  return `${[...head, '| --- | --- | --- | --- | --- |', ...rows].join('\n')}\n`;
}

function acceptable(severity: FindingKind['severity'], why: string | null): string {
  if (severity !== 'error') return 'stops nothing';
  return why === null ? 'yes' : `no: ${why}`;
}
