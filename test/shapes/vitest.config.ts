import { defineConfig } from 'vitest/config';
import base from '../../vitest.config.js';

/** `npm run shapes`: not a part of `npm test`, since it takes minutes for each shape. */
export default defineConfig({
  ...base,
  test: { ...base.test, include: ['test/shapes/*.shape.ts'], maxWorkers: 1 },
});
