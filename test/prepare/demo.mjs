import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { buildLab, buildProduct, buildStandIns } from './build.mjs';
import { packages } from './packages.mjs';
import { project, show } from './run.mjs';
import { tools } from './tools.mjs';

await packages();
await Promise.all([buildProduct(), buildLab(), buildStandIns(), tools()]);
if (existsSync(join(project, 'dist/lab/demo.js'))) {
  process.exitCode = await show(process.execPath, ['dist/lab/demo.js', ...process.argv.slice(2)]);
} else {
  console.error('there is no demo yet: test/lab/demo.ts is missing');
  process.exitCode = 1;
}
