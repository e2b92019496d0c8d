import { spawnSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { alone } from './lock.mjs';
import { project } from './run.mjs';

/** Installs the npm packages of package-lock.json, unless that was done after its last change. */
export async function packages() {
  if (areInstalled()) return;
  await alone(join(project, 'dist/.npm-ci.lock'), async () => {
    if (areInstalled()) return;
    console.error('installing the npm packages…');
    const done = spawnSync('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error'], {
      cwd: project,
      encoding: 'utf8',
    });
    if (done.status !== 0) {
      throw new Error(
        `npm ci failed (exit ${done.status}):\n${withoutAddresses(done.stderr ?? '')}`,
      );
    }
  });
}

/** npm writes node_modules/.package-lock.json last, so its age is the age of a complete install. */
function areInstalled() {
  const mark = join(project, 'node_modules/.package-lock.json');
  return (
    existsSync(mark) &&
    statSync(mark).mtimeMs >= statSync(join(project, 'package-lock.json')).mtimeMs
  );
}

/** Where packages come from is the machine's own business and may hold credentials. */
function withoutAddresses(text) {
  return text.replace(/https?:\/\/\S+/g, '<address>');
}
