import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { printed, screen } from './printed.js';
import { STORIES } from './stories.js';

/** Readable pages: look at them when they change. UPDATE=1 writes them anew. */
const golden = join(import.meta.dirname, 'golden');

describe.each(Object.entries(STORIES))('%s', (name, events) => {
  it.each([
    ['plain', 'txt'],
    ['json', 'jsonl'],
  ] as const)('as %s', async (kind, ending) => {
    const file = join(golden, `${name}.${ending}`);
    const text = await printed(events, screen(kind));
    if (process.env.UPDATE === '1') {
      mkdirSync(dirname(file), { recursive: true });
      writeFileSync(file, text);
    }
    expect(text).toBe(readFileSync(file, 'utf8'));
  });
});
