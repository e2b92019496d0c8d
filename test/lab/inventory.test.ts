import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inventoryOf } from './inventory.js';
import { withDefaults } from './options.js';
import { shapeOf } from './shape.js';

it('keeps inventories/lab.yml equal to what `npm run lab -- up` writes', () => {
  const lab = shapeOf(withDefaults({ name: 'lab' }), '10.231.77');
  expect(readFileSync('inventories/lab.yml', 'utf8')).toBe(inventoryOf(lab));
});
