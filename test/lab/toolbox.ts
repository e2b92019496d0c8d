import { type ContainerTools, containerTools } from '../prepare/containers.mjs';
import { etcd35, type Program, tools } from '../prepare/tools.mjs';
import type { FullLabOptions } from './options.js';

/** The programs of one lab, as the machine sees them. */
export interface Toolbox {
  readonly etcd: Program;
  readonly etcdctl: Program;
  readonly etcdutl?: Program;
  readonly sshd: Program;
  readonly nft: Program;
  readonly sudo: Program;
  /** Of a lab whose pods run in containers. */
  readonly containers?: ContainerTools;
}

export async function toolboxFor(options: FullLabOptions): Promise<Toolbox> {
  const common = await tools();
  const etcd = options.etcd === '3.5' ? await etcd35() : {};
  if (options.runtime === 'processes') return { ...common, ...etcd };
  return { ...common, ...etcd, containers: await containerTools() };
}

/** The cache folders that must be made visible inside the hosts. */
export function foldersOf(toolbox: Toolbox): readonly string[] {
  const folders = Object.values(toolbox).flatMap(
    ({ folder }: { folder?: string | undefined }) => folder ?? [],
  );
  return [...new Set(folders)];
}

/** Where a host finds a program: below /opt/lab/tools when it was fetched, else where it is installed. */
export function insideHost({ path, folder }: Program): string {
  return folder === undefined ? path : path.replace(folder, toolMountOf(folder));
}

export function librariesInsideHost({ libraryPath, folder }: Program): string {
  return folder === undefined ? '' : libraryPath.replaceAll(folder, toolMountOf(folder));
}

export function toolMountOf(folder: string): string {
  return `/opt/lab/tools/${folder.slice(folder.lastIndexOf('/') + 1)}`;
}
