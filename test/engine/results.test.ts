import { expect, it } from 'vitest';
import type { HostName } from '../../src/core/names.js';
import { Results } from '../../src/engine/results.js';
import { moveTask } from './simulated-run.js';

const [cp1, elsewhere] = ['cp1', 'api1'] as HostName[] as [HostName, HostName];
const task = (more: object) => ({ ...moveTask('1.1', '/a', '/b'), register: 'seen', ...more });

it('a host’s own result is there on that host alone', () => {
  const results = new Results();
  results.put(task({}), cp1, 'own');
  expect(results.get('seen', cp1)).toBe('own');
  expect(results.get('seen', elsewhere)).toBeUndefined();
});

it.each([{ runOnce: true }, { place: 'controller' }])(
  '%o speaks for hosts of later plays too',
  (more) => {
    const results = new Results();
    results.put(task(more), cp1, 'for all');
    expect(results.get('seen', elsewhere)).toBe('for all');
  },
);
