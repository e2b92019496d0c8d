import { buildLab, buildProduct, buildStandIns } from './build.mjs';
import { packages } from './packages.mjs';
import { show } from './run.mjs';
import { tools } from './tools.mjs';

/*
 * npm run shapes [-- NAME…]: every shape of a cluster that runback knows, each in a lab of its own: the whole
 * story, and a failure forced in every phase. Names are those of the files in test/shapes.
 */
await packages();
await Promise.all([buildProduct(), buildLab(), buildStandIns(), tools()]);
const words = ['run', '--config', 'test/shapes/vitest.config.ts', ...process.argv.slice(2)];
process.exitCode = await show('node_modules/.bin/vitest', words);
