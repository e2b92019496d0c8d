import { spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** The root of the checkout. */
export const project = fileURLToPath(new URL('../../', import.meta.url));

/** Runs a program to its end and answers its output; throws with the output when it fails. */
export function output(program, argv, options = {}) {
  const done = spawnSync(program, argv, { encoding: 'utf8', maxBuffer: 1 << 26, ...options });
  if (done.error) throw done.error;
  if (done.status !== 0) {
    throw new Error(
      `${program} ${argv.join(' ')} ended with ${done.status ?? done.signal}:\n${done.stderr}${done.stdout}`,
    );
  }
  return done.stdout;
}

/** Runs a program on our own terminal and answers its exit code. */
export function show(program, argv, options = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(program, argv, { stdio: 'inherit', cwd: project, ...options });
    // The terminal sends Ctrl-C to the child as well; we stay to pass on how it ended.
    const stay = () => {};
    process.on('SIGINT', stay);
    child.on('error', reject);
    child.on('exit', (code) => {
      process.off('SIGINT', stay);
      resolve(code ?? 1);
    });
  });
}

/** Where a program is installed on this machine, system folders included; undefined when it is not. */
export function installed(program) {
  const folders = [...(process.env.PATH ?? '').split(delimiter), '/usr/sbin', '/sbin', '/usr/bin'];
  return folders
    .filter((folder) => folder.startsWith('/'))
    .map((folder) => join(folder, program))
    .find((path) => existsSync(path));
}
