import { buildLab, buildProduct, buildStandIns } from './build.mjs';
import { packages } from './packages.mjs';
import { show } from './run.mjs';
import { tools } from './tools.mjs';

/*
 * npm run torture -- [--seed N] [--runs N]: restores of a live cluster, each with one fault at a random
 * step. The same seed chooses the same faults at the same steps.
 */
const given = (name) => {
  const place = process.argv.indexOf(name);
  return place < 0 ? undefined : process.argv[place + 1];
};
const seed = given('--seed');
if (seed !== undefined) process.env.RUNBACK_SEED = seed;
process.env.RUNBACK_TORTURE_RUNS = given('--runs') ?? '20';

await packages();
await Promise.all([buildProduct(), buildLab(), buildStandIns(), tools()]);
process.exitCode = await show('node_modules/.bin/vitest', ['run', 'test/torture']);
