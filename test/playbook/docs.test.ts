import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { LATER_TASK_KEYWORDS, PLAY_KEYWORDS, TASK_KEYWORDS } from '../../src/playbook/keywords.js';
import { bookWith, diagnostics } from './read.js';

const page = readFileSync('docs/playbooks.md', 'utf8');
const examples = [...page.matchAll(/```yaml\n([\s\S]*?)```/g)].map((match) => match[1] as string);

/** An example as a whole playbook; null for a part that is none by itself. */
function bookOf(example: string): string | null {
  if (example.startsWith('name:')) return example;
  if (!example.startsWith('- name:')) return null;
  const isPlay = /^ {2}hosts:/m.test(example);
  return isPlay ? `name: Example\nplays:\n${example}` : bookWith(example.trimEnd());
}

describe('docs/playbooks.md', () => {
  const books = examples.flatMap((example) => bookOf(example) ?? []);

  it('has examples of tasks and of plays', () => {
    expect(books.length).toBeGreaterThan(6);
  });

  it.each(books)('has an example without a mistake: %s', (book) => {
    expect(diagnostics(book)).toEqual([]);
  });

  it.each([...PLAY_KEYWORDS, ...TASK_KEYWORDS, ...LATER_TASK_KEYWORDS])(
    'says what %s is',
    (word) => {
      expect(page).toContain(`\`${word}\``);
    },
  );
});
