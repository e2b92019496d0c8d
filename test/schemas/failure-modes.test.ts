import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

const rows = readFileSync('docs/failure-modes.md', 'utf8')
  .split('\n')
  .filter((line) => /^\| \d+ \|/.test(line))
  .map((line) => line.split(' | ').map((cell) => cell.replace(/^\| | \|$/g, '')));

/** Names of shapes, and of the files that hold them. */
const SHAPES = readdirSync('test/shapes')
  .filter((file) => file.endsWith('.shape.ts'))
  .flatMap((file) => {
    const text = readFileSync(join('test/shapes', file), 'utf8');
    const named = [...text.matchAll(/shape\('([a-z0-9]+)'/g)].map(([, name = '']) => name);
    return [file.replace('.shape.ts', ''), ...named];
  });

describe('docs/failure-modes.md', () => {
  it('numbers its rows as commits and comments refer to them', () => {
    expect(rows.map(([number]) => Number(number))).toEqual(rows.map((_, index) => index + 1));
    expect(rows.length).toBeGreaterThanOrEqual(28);
  });

  it.each(rows.map((cells) => ({ number: cells[0], shown: cells.at(-1) ?? '' })))(
    '$number is shown by tests that there are, or says why none can',
    ({ shown }) => {
      const [tests, why] = shown.split(': ');
      if (why !== undefined) return expect(why.length).toBeGreaterThan(20);
      for (const one of tests?.split(', ') ?? []) {
        const live = /^live\/([a-z-]+)$/.exec(one)?.[1];
        const shape = /^shapes \(([a-z0-9]+)\)$/.exec(one)?.[1];
        if (live !== undefined) expect(existsSync(`test/live/${live}.test.ts`), one).toBe(true);
        else if (shape !== undefined) expect(SHAPES, one).toContain(shape);
        else expect(['torture', 'the simulator']).toContain(one);
      }
    },
  );
});
