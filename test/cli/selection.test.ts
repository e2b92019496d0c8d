import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runback } from '../live/runback.js';

const BOOK = `name: Three tasks
plays:
  - hosts: all
    tasks:
      - { name: First, debug: { message: a }, tags: [one] }
      - { name: Second, debug: { message: b }, tags: [two] }
      - { name: Third, debug: { message: c } }
  - hosts: all
    become: true
    whole: true
    tasks:
      - { name: Whole, debug: { message: d }, tags: [always] }
`;

describe('what the operator takes of a playbook', () => {
  let directory: string;

  beforeAll(() => {
    directory = mkdtempSync(join(tmpdir(), 'runback-selection-'));
    writeFileSync(join(directory, 'whole.yml'), BOOK);
    writeFileSync(join(directory, 'book.yml'), BOOK.replace('    whole: true\n', ''));
    writeFileSync(join(directory, 'hosts.yml'), 'all: { hosts: { box: } }\n');
  });

  afterAll(() => {
    rmSync(directory, { recursive: true });
  });

  async function planned(book: string, ...more: readonly string[]) {
    const words = ['plan', book, '-i', 'hosts.yml', '--offline', '--output', 'json', ...more];
    const ended = await runback(words, directory);
    const names = [...ended.stdout.matchAll(/"name":"(First|Second|Third|Whole)"/g)];
    return { ...ended, names: names.map(([, name]) => name) };
  }

  it('is all of it when nothing is said', async () => {
    expect((await planned('book.yml')).names).toEqual(['First', 'Second', 'Third', 'Whole']);
  });

  it('is what has the tag, and what has it always', async () => {
    expect((await planned('book.yml', '--tags', 'two')).names).toEqual(['Second', 'Whole']);
    expect((await planned('book.yml', '--skip-tags', 'one')).names).toEqual([
      'Second',
      'Third',
      'Whole',
    ]);
  });

  it('begins at a task', async () => {
    expect((await planned('book.yml', '--start-at-task', 'Third')).names).toEqual([
      'Third',
      'Whole',
    ]);
  });

  it('is refused by a play that concerns the whole cluster, with each option', async () => {
    for (const option of [
      ['--tags', 'one'],
      ['--skip-tags', 'one'],
      ['--start-at-task', 'Third'],
    ]) {
      const ended = await planned('whole.yml', ...option);
      expect(ended.code, option.join(' ')).toBe(2);
      expect(ended.events.at(-1)?.message).toContain(option[0]);
    }
  });
});
