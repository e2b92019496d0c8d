import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join, relative } from 'node:path';
import { alone } from './lock.mjs';
import { project } from './run.mjs';

const SHARED = {
  bundle: true,
  platform: 'node',
  target: 'node20',
  absWorkingDir: project,
  write: false,
};
const MODULES = {
  ...SHARED,
  format: 'esm',
  packages: 'external',
  splitting: true,
  sourcemap: true,
  loader: { '.sh': 'text' },
};

/**
 * runback itself: dist/main.js. typebox is hundreds of small files, and reading them one by one is a
 * third of the start: it alone is bundled, the other packages are loaded as they are.
 */
export function buildProduct() {
  const { dependencies } = JSON.parse(readFileSync(join(project, 'package.json'), 'utf8'));
  return build('main', ['src'], ['src/main.ts'], 'dist', {
    ...MODULES,
    packages: 'bundle',
    external: Object.keys(dependencies).filter((name) => name !== 'typebox'),
    chunkNames: 'chunk-[hash]',
  });
}

/** The lab's command line and the demo: dist/lab/main.js, dist/lab/demo.js. */
export function buildLab() {
  const entries = ['test/lab/main.ts', 'test/lab/demo.ts'];
  return build('lab', ['src', 'test/lab'], entries, 'dist/lab', {
    ...MODULES,
    chunkNames: 'chunk-[hash]',
  });
}

/** The simulator's command line: dist/simulator/main.js. */
export function buildSimulator() {
  const sources = ['src', 'test/simulator'];
  return build('simulator', sources, ['test/simulator/main.ts'], 'dist/simulator', {
    ...MODULES,
    chunkNames: 'chunk-[hash]',
  });
}

/**
 * The programs that play kubelet and control plane inside a lab's hosts. One CommonJS file each, with
 * all that it needs: it must run where the checkout cannot be seen, and CommonJS starts faster.
 */
export function buildStandIns() {
  const folder = 'test/lab/stand-ins';
  const entries = readdirSync(join(project, folder))
    .filter((name) => name.endsWith('-stand-in.ts'))
    .map((name) => `${folder}/${name}`);
  return build('stand-ins', [folder], entries, 'dist/lab/stand-ins', {
    ...SHARED,
    format: 'cjs',
    outExtension: { '.js': '.cjs' },
  });
}

/** Bundles what exists of `entries`, unless nothing below `sources` has changed since the last time. */
async function build(name, sources, entries, outdir, options) {
  const entryPoints = entries.filter((path) => existsSync(join(project, path)));
  if (entryPoints.length === 0) return;
  const stamp = join(project, 'dist', `.${name}.stamp`);
  if (isFresh(stamp, sources)) return;
  await alone(join(project, 'dist', `.${name}.lock`), async () => {
    const print = fingerprint(sources);
    if (isFresh(stamp, sources)) return;
    const { build: bundle } = await import('esbuild');
    const made = await bundle({ ...options, entryPoints, outdir, outbase: dirname(entries[0]) });
    for (const file of made.outputFiles) replace(file.path, file.contents);
    removeOldChunks(join(project, outdir), made.outputFiles);
    replace(stamp, print);
  });
}

function isFresh(stamp, sources) {
  return existsSync(stamp) && readFileSync(stamp, 'utf8') === fingerprint(sources);
}

/** Names, sizes and times of all sources: reading the files themselves would cost more than it tells. */
function fingerprint(sources) {
  const hash = createHash('sha256');
  const files = [...sources.flatMap(filesBelow), 'test/prepare/build.mjs', 'package-lock.json'];
  for (const path of files) {
    const { size, mtimeMs } = statSync(join(project, path));
    hash.update(`${path} ${size} ${mtimeMs}\n`);
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  return readdirSync(join(project, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => relative(project, join(entry.parentPath, entry.name)))
    .sort();
}

/** By rename, so that a program that starts meanwhile reads the old file or the new one, never half. */
function replace(path, contents) {
  mkdirSync(dirname(path), { recursive: true });
  const temporary = `${path}.${process.pid}`;
  writeFileSync(temporary, contents);
  renameSync(temporary, path);
}

function removeOldChunks(folder, outputFiles) {
  const kept = new Set(outputFiles.map((file) => basename(file.path)));
  for (const name of readdirSync(folder)) {
    if (name.startsWith('chunk-') && !kept.has(name)) rmSync(join(folder, name));
  }
}

// This file is also bundled into the lab's own program, where it is not what was started.
if (process.argv[1]?.endsWith('/test/prepare/build.mjs')) {
  const { packages } = await import('./packages.mjs');
  await packages();
  await Promise.all([buildProduct(), buildStandIns(), buildLab()]);
}
