import { describe, expect, it } from 'vitest';
import { accepted, diagnostics, mistakes } from './read.js';

const BOOK = 'plays: [{name: P, hosts: all, tasks: [{debug: {message: m}}]}]\n';

function book(vars: string): string {
  return `name: A book\nvars:\n  ${vars.replaceAll('\n', '\n  ')}\n${BOOK}`;
}

describe('a variable', () => {
  it.each([
    ['text', 'x', 'string'],
    ['a number', '3', 'integer'],
    ['a fraction', '0.5', 'number'],
    ['true', 'true', 'boolean'],
    ['a list', '[1, a]', 'list'],
    ['a map that is no declaration', '{size: 3}', 'map'],
    ['an expression', '${{ run.id }}', 'string'],
  ])('has its default’s type: %s', (_, written, type) => {
    expect(accepted(book(`v: ${written}`)).vars.get('v')).toMatchObject({ type, required: false });
  });

  it('is declared with a type, a description and whether it is required', () => {
    const text = 'v:\n  type: list\n  items: host_path\n  description: Places.\n  required: true';
    expect(accepted(book(text)).vars.get('v')).toMatchObject({
      name: 'v',
      type: 'list',
      items: 'host_path',
      description: 'Places.',
      required: true,
      fallback: null,
      at: { file: 'book.yml', line: 3, column: 3 },
    });
  });

  it.each([
    ['neither a type nor a default', 'v:', '3:3 var-type'],
    ['an unknown type', 'v: {type: strin}', '3:13 var-type'],
    ['an unknown word', 'v: {type: string, defualt: x}', '3:21 unknown-keyword'],
    ['a name with a dash', 'my-var: 1', '3:3 var-name'],
    ['items of an unknown type', 'v: {type: list, items: sting}', '3:26 var-type'],
    ['items of secrets', 'v: {type: list, items: secret}', '3:26 var-type'],
    ['items of a text', 'v: {type: string, items: string}', '3:21 var-type'],
    ['a default that uses itself', 'a: ${{ vars.b }}\nb: ${{ vars.a }}', '3:3 var-cycle'],
    ['a default that uses a host', 'a: ${{ host.name }}', '3:10 unknown-name'],
    ['a default that uses a result', 'a: ${{ results.x.y }}', '3:10 unknown-name'],
  ])('is refused with %s', (_, text, found) => {
    expect(mistakes(book(text))).toContain(found);
  });

  it('is written once', () => {
    expect(diagnostics(book('v: 1\nv: 2'))[0]).toMatchObject({ at: { line: 4, column: 3 } });
  });
});
