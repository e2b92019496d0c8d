import { describe, expect, it } from 'vitest';
import type { Diagnostic } from '../../src/core/diagnostic.js';
import { catalogue } from '../../src/modules/index.js';
import type { CheckedPlaybook } from '../../src/playbook/checked.js';
import { importedFile } from '../../src/playbook/imports.js';
import { importsOf, parsePlaybook } from '../../src/playbook/index.js';

type Files = { readonly [file: string]: string };

/** The first file is the playbook; the others are those that somebody could read. */
function parse(files: Files): CheckedPlaybook | readonly Diagnostic[] {
  const [[file, text] = ['', ''], ...others] = Object.entries(files);
  const playbook = parsePlaybook({ file, text }, catalogue, new Map(others));
  return playbook.ok ? playbook.value : playbook.error;
}

function mistakes(files: Files): readonly string[] {
  const parsed = parse(files);
  if ('plays' in parsed) return [];
  return parsed.map(({ at, code }) => `${at.file}:${at.line}:${at.column} ${code}`);
}

function right(files: Files): CheckedPlaybook {
  const parsed = parse(files);
  if (!('plays' in parsed)) throw new Error(JSON.stringify(parsed));
  return parsed;
}

const play = (message: string, more = '') => `  - hosts: etcd
    tasks:
      - debug: {message: "${message}"}${more}
`;

const OTHER = `name: Other
vars: {depth: 1, site: b}
plays:
${play('${{ vars.site }}', '\n        register: said')}`;

const MAIN = `name: Main
vars: {site: a}
plays:
${play('first')}  - import: sub/other.yml
${play('${{ results.said.message }} ${{ vars.depth }}')}`;

describe('an import', () => {
  const files = { 'books/main.yml': MAIN, 'books/sub/other.yml': OTHER };

  it('is named by the playbook as the playbook is named', () => {
    expect(importsOf({ file: 'books/main.yml', text: MAIN })).toEqual(['books/sub/other.yml']);
    expect(importsOf({ file: 'books/main.yml', text: 'plays: [' })).toEqual([]);
  });

  it.each([
    ['a.yml', 'b.yml', 'b.yml'],
    ['x/a.yml', './b.yml', 'x/b.yml'],
    ['x/y/a.yml', '../b.yml', 'x/b.yml'],
    ['a.yml', '../b.yml', '../b.yml'],
    ['../a.yml', '../b.yml', '../../b.yml'],
    ['/srv/x/a.yml', '../../b.yml', '/b.yml'],
    ['./a.yml', 'b.yml', './b.yml'],
  ])('is relative to its file: %s imports %s', (from, written, file) => {
    expect(importedFile(from, written)).toBe(file);
  });

  it('puts the plays of the other in its place, numbered through', () => {
    const { plays, texts } = right(files);
    expect(plays.map(({ id }) => id)).toEqual(['1', '2', '3']);
    expect(plays.map(({ tasks }) => tasks[0]?.at.file)).toEqual([
      'books/main.yml',
      'books/sub/other.yml',
      'books/main.yml',
    ]);
    expect(texts.map(({ file }) => file)).toEqual(['books/main.yml', 'books/sub/other.yml']);
  });

  it('shares variables and registers; what the importing playbook declares goes before', () => {
    const { vars } = right(files);
    expect([...vars.keys()].sort()).toEqual(['depth', 'site']);
    expect(vars.get('site')?.at.file).toBe('books/main.yml');
    expect(vars.get('depth')?.at).toMatchObject({ file: 'books/sub/other.yml', line: 2 });
  });

  it('hands its tags and conditions down', () => {
    const main = MAIN.replace(
      'import: sub/other.yml',
      'import: sub/other.yml\n    tags: deep\n    when: vars.depth > 0',
    );
    const [task] = right({ ...files, 'books/main.yml': main }).plays[1]?.tasks ?? [];
    expect(task).toMatchObject({ tags: ['deep'], when: [{ source: 'vars.depth > 0' }] });
  });

  it.each<[string, Files, string]>([
    ['a file that is not there', { 'books/main.yml': MAIN }, 'books/main.yml:7:13 unknown-import'],
    [
      'a mistake in the other',
      { ...files, 'books/sub/other.yml': OTHER.replace('vars.site', 'vars.sight') },
      'books/sub/other.yml:6:36 undeclared-var',
    ],
    [
      'no YAML in the other',
      { ...files, 'books/sub/other.yml': 'plays: [' },
      'books/sub/other.yml:1:9 yaml',
    ],
    [
      'a variable of two types',
      { ...files, 'books/sub/other.yml': OTHER.replace('site: b', 'site: 7') },
      'books/sub/other.yml:2:18 var-conflict',
    ],
    [
      'a circle',
      { ...files, 'books/sub/other.yml': 'name: O\nplays:\n  - import: ../main.yml\n' },
      'books/sub/other.yml:3:13 import-cycle',
    ],
    ['itself', { 'a.yml': 'name: A\nplays: [{import: a.yml}]\n' }, 'a.yml:2:18 import-cycle'],
    [
      'a path from the root',
      { 'a.yml': 'name: A\nplays: [{import: /etc/b.yml}]\n' },
      'a.yml:2:18 wrong-value',
    ],
    [
      'an expression',
      { 'a.yml': 'name: A\nplays: [{import: "${{ vars.x }}.yml"}]\n' },
      'a.yml:2:18 wrong-value',
    ],
    [
      'hosts beside it',
      { 'a.yml': 'name: A\nplays: [{import: b.yml, hosts: all}]\n', 'b.yml': OTHER },
      'a.yml:2:25 beside-import',
    ],
    [
      'a misspelt word beside it',
      { 'a.yml': 'name: A\nplays: [{import: b.yml, tag: x}]\n', 'b.yml': OTHER },
      'a.yml:2:25 unknown-keyword',
    ],
  ])('is refused on its line with %s', (_, given, found) => {
    const all = mistakes(given);
    expect(all).toContain(found);
    expect(
      all.filter((one) => !/unknown-register|undeclared-var/.test(one) || one === found),
    ).toEqual([found]);
  });

  it('registers a name once in all of the files', () => {
    const twice = {
      'a.yml': 'name: A\nplays: [{import: b.yml}, {import: b.yml}]\n',
      'b.yml': OTHER,
    };
    expect(mistakes(twice)).toEqual(['b.yml:7:19 register-twice']);
  });

  it('cannot be an avalanche', () => {
    const files = Object.fromEntries(
      Array.from({ length: 30 }, (_, n) => [
        `${n}.yml`,
        `name: N\nplays: [{import: ${n + 1}.yml}, {import: ${n + 1}.yml}]\n`,
      ]),
    );
    expect(mistakes(files).filter((one) => one.endsWith('too-many-imports'))).toHaveLength(1);
  });
});
