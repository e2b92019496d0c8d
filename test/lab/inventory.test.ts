import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import { inventoryOf } from './inventory.js';
import { withDefaults } from './options.js';
import { shapeOf } from './shape.js';

it('keeps inventories/lab.yml equal to what `npm run lab -- up` writes', () => {
  const made = shapeOf(withDefaults({ name: 'lab' }), '10.231.77');
  // Wherever RUNBACK_LABS has this machine keep its labs.
  const lab = { ...made, dir: '/var/tmp/runback-lab/lab' };
  expect(readFileSync('inventories/lab.yml', 'utf8')).toBe(inventoryOf(lab));
});
