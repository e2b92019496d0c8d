import { buildSimulator } from './build.mjs';
import { packages } from './packages.mjs';
import { show } from './run.mjs';

await packages();
await buildSimulator();
const program = ['--enable-source-maps', 'dist/simulator/main.js'];
process.exitCode = await show(process.execPath, [...program, ...process.argv.slice(2)]);
