import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { cp, readFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { alone } from '../prepare/lock.mjs';
import { must } from './command.js';
import { ETCD_IMAGES, KUBERNETES } from './manifests.js';
import type { FullLabOptions } from './options.js';
import type { Toolbox } from './toolbox.js';

export const PAUSE_IMAGE = 'registry.k8s.io/pause:3.6';
const COMPONENTS = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler'];
const BIN = 'usr/local/bin';

/** A file of an image: where it is there, and where it comes from. */
type Files = { readonly [inImage: string]: string };

interface Image {
  readonly names: readonly string[];
  readonly layers: readonly string[];
  readonly entrypoint: readonly string[];
}

/**
 * One archive of all images of a lab, made from local files: etcd's programs with the C library that
 * Debian's are linked to and nothing else, no shell as in the real image; the library alone for what is
 * played; and a pause image. Made once for all labs of this machine.
 */
export async function imagesFor(options: FullLabOptions, toolbox: Toolbox): Promise<string> {
  const { containers } = toolbox;
  if (containers === undefined) throw new Error('a lab of processes has no images');
  const programs = (['etcd', 'etcdctl', 'etcdutl'] as const).flatMap((name) => toolbox[name] ?? []);
  const libraries = await librariesOf([...programs.map(({ path }) => path), process.execPath]);
  const etcd: Files = Object.fromEntries(
    programs.map(({ path }) => [`${BIN}/${basename(path)}`, path]),
  );
  const mark = digest([...Object.values({ ...etcd, ...libraries }), containers.pause].join('\n'));
  const archive = join(
    dirname(containers.folder),
    `images-${options.etcd}-${mark.slice(0, 12)}.tar`,
  );
  await alone(`${archive}.lock`, async () => {
    if (existsSync(archive)) return;
    const folder = mkdtempSync(`${archive}.new-`);
    try {
      const base = await layerOf(folder, 'libraries', libraries);
      const own = await layerOf(folder, 'etcd', etcd);
      const pause = await layerOf(folder, 'pause', { pause: containers.pause });
      const played = COMPONENTS.map((name) => `registry.k8s.io/${name}:${KUBERNETES}`);
      await writeArchive(folder, [
        { names: [ETCD_IMAGES[options.etcd]], layers: [base, own], entrypoint: [] },
        { names: played, layers: [base], entrypoint: [] },
        { names: [PAUSE_IMAGE], layers: [pause], entrypoint: ['/pause', '-P'] },
      ]);
      await must(['tar', '-cf', `${archive}.new`, '-C', folder, '--exclude=./trees', '.']);
      renameSync(`${archive}.new`, archive);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
  return archive;
}

/** What the dynamic linker would load for these programs, and itself. */
async function librariesOf(programs: readonly string[]): Promise<Files> {
  const paths = await Promise.all(
    programs.map(async (program) => (await must(['ldd', program])).match(/\/\S+(?= \()/g) ?? []),
  );
  return Object.fromEntries(paths.flat().map((path) => [path.slice(1), path]));
}

/** Answers the layer's digest; it lies in the folder as DIGEST.tar. */
async function layerOf(folder: string, name: string, files: Files): Promise<string> {
  const tree = join(folder, 'trees', name);
  for (const [inImage, from] of Object.entries(files)) {
    mkdirSync(dirname(join(tree, inImage)), { recursive: true });
    await cp(from, join(tree, inImage), { dereference: true });
  }
  const file = join(folder, `${name}.tar`);
  await must(['tar', '-cf', file, '--owner=0', '--group=0', '-C', tree, '.']);
  const id = digest(await readFile(file));
  renameSync(file, join(folder, `${id}.tar`));
  return id;
}

/** In the shape of `docker save`, which every runtime imports. */
async function writeArchive(folder: string, images: readonly Image[]): Promise<void> {
  const entries = images.map(({ names, layers, entrypoint }) => {
    const config = JSON.stringify({
      architecture: { x64: 'amd64' }[process.arch as string] ?? process.arch,
      os: 'linux',
      config: { Entrypoint: entrypoint, Env: [`PATH=/${BIN}:/usr/bin:/bin`] },
      rootfs: { type: 'layers', diff_ids: layers.map((id) => `sha256:${id}`) },
    });
    const name = `${digest(config)}.json`;
    writeFileSync(join(folder, name), config);
    return { Config: name, RepoTags: names, Layers: layers.map((id) => `${id}.tar`) };
  });
  writeFileSync(join(folder, 'manifest.json'), JSON.stringify(entries));
}

function digest(bytes: string | Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}
