import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { buildLab, buildProduct, buildStandIns } from './build.mjs';
import { check } from './check.mjs';
import { packages } from './packages.mjs';
import { show } from './run.mjs';
import { tools } from './tools.mjs';

/*
 * The whole test: packages, style and types, build, the lab's tools, vitest. Its last line counts the
 * tests. With RUNBACK_REQUIRE_LIVE=1 a live test that was skipped is a failure: CI must not go green
 * on a machine where no lab could run.
 */
const requireLive = process.env.RUNBACK_REQUIRE_LIVE === '1';

await packages();
const isInOrder = await check();
const isBuilt = await succeeds(() => Promise.all([buildProduct(), buildLab(), buildStandIns()]));
const hasTools = await succeeds(tools);
const { counts, vitestCode } = await vitest(process.argv.slice(2));
const lacksLive = requireLive && (!hasTools || counts.skippedLive > 0);

if (!isInOrder) console.error('style or types are not in order: see above');
if (lacksLive) console.error('live tests were skipped, and RUNBACK_REQUIRE_LIVE=1 demands them');
const isFine = isInOrder && isBuilt && vitestCode === 0 && counts.passed > 0 && !lacksLive;
process.exitCode = isFine ? 0 : 1;
console.log(`${counts.passed} passed, ${counts.failed} failed, ${counts.skipped} skipped`);

async function succeeds(work) {
  try {
    await work();
    return true;
  } catch (problem) {
    console.error(problem.message);
    return false;
  }
}

async function vitest(argv) {
  const folder = mkdtempSync(join(tmpdir(), 'runback-test-'));
  const file = join(folder, 'results.json');
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  try {
    const vitestCode = await show('node_modules/.bin/vitest', ['run', ...reporters, ...argv]);
    return { vitestCode, counts: countsOf(JSON.parse(readFileSync(file, 'utf8'))) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function countsOf(results) {
  const tests = results.testResults.flatMap((file) => file.assertionResults);
  const isSkipped = (test) => !['passed', 'failed'].includes(test.status);
  const isLive = (test) => test.ancestorTitles.some((title) => title.startsWith('live: '));
  // A file that cannot even be loaded has no tests, and must not count as nothing.
  const broken = results.testResults.filter(
    (file) =>
      file.status === 'failed' && file.assertionResults.every((test) => test.status !== 'failed'),
  );
  return {
    passed: tests.filter((test) => test.status === 'passed').length,
    failed: tests.filter((test) => test.status === 'failed').length + broken.length,
    skipped: tests.filter(isSkipped).length,
    skippedLive: tests.filter((test) => isSkipped(test) && isLive(test)).length,
  };
}
