import { packages } from './packages.mjs';
import { show } from './run.mjs';

/** Style and types of the whole project: answers whether both are in order. */
export async function check() {
  await packages();
  const biome = await show('node_modules/.bin/biome', ['check', '.']);
  const types = await show('node_modules/.bin/tsc', ['--noEmit']);
  return biome === 0 && types === 0;
}

if (process.argv[1]?.endsWith('/test/prepare/check.mjs'))
  process.exitCode = (await check()) ? 0 : 1;
