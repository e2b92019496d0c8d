import { buildLab, buildStandIns } from './build.mjs';
import { packages } from './packages.mjs';
import { show } from './run.mjs';

await packages();
await Promise.all([buildLab(), buildStandIns()]);
process.exitCode = await show(process.execPath, ['dist/lab/main.js', ...process.argv.slice(2)]);
