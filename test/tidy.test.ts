import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, normalize, relative } from 'node:path';
import { describe, expect, it } from 'vitest';

/** Which rooms a room may import. What is not listed here is not allowed; ARCHITECTURE.md says why. */
const MAY_IMPORT: { readonly [room: string]: readonly string[] } = {
  core: [],
  playbook: ['core'],
  inventory: ['core'],
  plan: ['core', 'playbook'],
  modules: ['core'],
  engine: ['core'],
  host: ['core'],
  journal: ['core'],
  report: ['core'],
  cli: ['core', 'playbook', 'inventory', 'plan', 'engine', 'journal', 'report'],
  terminal: ['core'],
  main: [
    'core',
    'terminal',
    'cli',
    'playbook',
    'inventory',
    'plan',
    'modules',
    'engine',
    'host',
    'journal',
    'report',
  ],
};

/** Rooms that do no I/O of their own, and the packages that they may use: none touches the world. */
const PURE_ROOMS: { readonly [room: string]: readonly string[] } = {
  core: ['typebox', 'js-yaml'],
  playbook: ['ajv', 'ajv-formats', 'js-yaml', '@marcbachmann/cel-js', 'typebox'],
  inventory: ['js-yaml'],
  plan: ['ajv', 'ajv-formats', '@marcbachmann/cel-js', 'typebox'],
  modules: ['typebox', 'js-yaml'],
  engine: [],
};

const MAY_USE_NODE = new Map([['core/hash.ts', ['node:crypto']]]);
const MAY_USE_PACKAGE: { readonly [name: string]: readonly string[] } = {
  ssh2: ['host'],
  listr2: ['report'],
  chalk: ['report'],
  commander: ['cli'],
};
const FORBIDDEN_FOLDERS = ['utils', 'util', 'helpers', 'common', 'types', 'lib', 'misc'];
const LINES_MAX = 300;

interface SourceFile {
  readonly path: string;
  readonly room: string;
  readonly text: string;
  readonly imports: readonly string[];
}

const files = readSources('src');

describe('the house', () => {
  it('has sources to look at', () => {
    expect(files.length).toBeGreaterThan(50);
  });

  it('lets a room import only the rooms below it', () => {
    const wrong = files.flatMap((file) =>
      localImports(file)
        .map(roomOf)
        .filter((room) => room !== file.room && !(MAY_IMPORT[file.room] ?? []).includes(room))
        .map((room) => `${file.path} imports ${room}/`),
    );
    expect(wrong).toEqual([]);
  });

  it('keeps the world out of the pure rooms', () => {
    const wrong = files
      .filter((file) => file.room in PURE_ROOMS)
      .flatMap((file) =>
        packageImports(file)
          .filter((name) => !(PURE_ROOMS[file.room] ?? []).includes(packageName(name)))
          .filter((name) => !(MAY_USE_NODE.get(file.path) ?? []).includes(name))
          .map((name) => `${file.path} imports ${name}`),
      );
    expect(wrong).toEqual([]);
  });

  it('keeps each big package in its room', () => {
    const wrong = files.flatMap((file) =>
      packageImports(file)
        .map(packageName)
        .filter((name) => !(MAY_USE_PACKAGE[name] ?? [file.room]).includes(file.room))
        .map((name) => `${file.path} imports ${name}`),
    );
    expect(wrong).toEqual([]);
  });

  it('reads the clock, the environment and the arguments only at the edge', () => {
    const world = /\b(Date\.now|new Date\(\)|Math\.random|process\.|setTimeout|setInterval)\b/;
    const wrong = files
      .filter((file) => file.room in PURE_ROOMS)
      .filter((file) => world.test(withoutComments(file.text)))
      .map((file) => file.path);
    expect(wrong).toEqual([]);
  });

  it('has no import cycle, types included', () => {
    expect(findCycle(files)).toEqual([]);
  });

  it('has no folder for things without a place', () => {
    const folders = new Set(files.flatMap((file) => file.path.split('/').slice(0, -1)));
    expect(FORBIDDEN_FOLDERS.filter((name) => folders.has(name))).toEqual([]);
  });

  it('keeps files small', () => {
    const long = files
      .filter((file) => file.text.split('\n').length > LINES_MAX)
      .map((file) => file.path);
    expect(long).toEqual([]);
  });
});

function readSources(root: string): readonly SourceFile[] {
  return readdirSync(root, { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !name.endsWith('.d.ts'))
    .map((name) => {
      const text = readFileSync(join(root, name), 'utf8');
      const path = normalize(name);
      return { path, room: roomOf(path), text, imports: importsOf(text) };
    });
}

function roomOf(path: string): string {
  return path.includes('/') ? path.slice(0, path.indexOf('/')) : path.replace(/\.ts$/, '');
}

function importsOf(text: string): readonly string[] {
  const from = [...text.matchAll(/^\s*(?:import|export)\b[^;'"]*?\bfrom\s+['"]([^'"]+)['"]/gm)];
  const bare = [...text.matchAll(/^\s*import\s+['"]([^'"]+)['"]/gm)];
  const late = [...text.matchAll(/\bimport\(\s*['"]([^'"]+)['"]\s*\)/g)];
  return [...from, ...bare, ...late].map((match) => match[1] as string);
}

function localImports(file: SourceFile): readonly string[] {
  return file.imports
    .filter((name) => name.startsWith('.') && !name.endsWith('.json'))
    .map((name) => relative('.', join(dirname(file.path), name)).replace(/\.js$/, '.ts'));
}

function packageImports(file: SourceFile): readonly string[] {
  return file.imports.filter((name) => !name.startsWith('.'));
}

function packageName(specifier: string): string {
  if (specifier.startsWith('node:')) return specifier;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
}

function withoutComments(text: string): string {
  return text.replace(/\/\*[\s\S]*?\*\//g, '').replace(/\/\/.*$/gm, '');
}

/** The first cycle that a depth-first walk meets, as a list of files; empty when there is none. */
function findCycle(all: readonly SourceFile[]): readonly string[] {
  const byPath = new Map(all.map((file) => [file.path, file]));
  const finished = new Set<string>();
  const walk = (path: string, trail: readonly string[]): readonly string[] => {
    if (trail.includes(path)) return [...trail.slice(trail.indexOf(path)), path];
    const file = byPath.get(path);
    if (file === undefined || finished.has(path)) return [];
    for (const next of localImports(file)) {
      const cycle = walk(next, [...trail, path]);
      if (cycle.length > 0) return cycle;
    }
    finished.add(path);
    return [];
  };
  for (const file of all) {
    const cycle = walk(file.path, []);
    if (cycle.length > 0) return cycle;
  }
  return [];
}
