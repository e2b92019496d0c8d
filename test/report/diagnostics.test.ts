import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.js';
import { diagnosticsJson, diagnosticsText } from '../../src/report/index.js';

function finding(line: number, column: number, more: Partial<Diagnostic> = {}): Diagnostic {
  const at = { file: 'i.yml', line, column };
  return {
    severity: 'error',
    code: 'some-code',
    message: 'it is wrong',
    help: 'mend it',
    at,
    ...more,
  };
}

function shown(text: string, ...findings: readonly Diagnostic[]): string {
  return diagnosticsText(findings, new Map([['i.yml', text]]));
}

describe('a finding', () => {
  it('shows its line with a caret', () => {
    expect(shown('all:\n  host:\n', finding(2, 3))).toBe(`i.yml:2:3: error: it is wrong [some-code]
  2 |   host:
    |   ^
  help: mend it
`);
  });

  it('keeps the caret in place behind a tab and an escape', () => {
    expect(shown('\ta\u001b[1m: 1', finding(1, 7))).toContain(`
  1 |  a\\u001b[1m: 1
    |            ^`);
  });

  it('cuts a long line around the column', () => {
    const [, line = '', caret = ''] = shown(
      `${'x'.repeat(500)}HERE${'y'.repeat(500)}`,
      finding(1, 501),
    ).split('\n');
    expect(line.length).toBeLessThan(112);
    expect(line.slice(caret.indexOf('^'))).toMatch(/^HEREy+…$/);
  });

  it('needs neither a text nor a help', () => {
    const { help: _, ...bare } = finding(9, 1);
    expect(diagnosticsText([bare], new Map())).toBe('i.yml:9:1: error: it is wrong [some-code]\n');
  });

  it('stands where it stands in the file, and once', () => {
    const text = shown('', finding(3, 1), finding(1, 9), finding(1, 2), finding(3, 1));
    expect(text.match(/i\.yml:[0-9:]+/g)).toEqual(['i.yml:1:2:', 'i.yml:1:9:', 'i.yml:3:1:']);
  });
});

it('is one JSON line for programs', () => {
  expect(JSON.parse(diagnosticsJson([finding(2, 3)], 'now'))).toEqual({
    v: 1,
    at: 'now',
    type: 'diagnostic',
    severity: 'error',
    code: 'some-code',
    message: 'it is wrong',
    help: 'mend it',
    file: 'i.yml',
    line: 2,
    column: 3,
  });
});
