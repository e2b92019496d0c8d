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
}

export async function toolboxFor(options: FullLabOptions): Promise<Toolbox> {
  const common = await tools();
  return options.etcd === '3.5' ? { ...common, ...(await etcd35()) } : common;
}

/** The cache folders that must be made visible inside the hosts. */
export function foldersOf(toolbox: Toolbox): readonly string[] {
  const folders = Object.values(toolbox).flatMap(({ folder }) => folder ?? []);
  return [...new Set(folders)];
}

/** Where a host finds a program: below /opt/lab/tools when it was fetched, else where it is installed. */
export function insideHost({ path, folder }: Program): string {
  return folder === undefined ? path : path.replace(folder, toolMountOf(folder));
}

export function librariesInsideHost({ libraryPath, folder }: Program): string {
  return folder === undefined ? '' : libraryPath.replaceAll(folder, toolMountOf(folder));
}

function toolMountOf(folder: string): string {
  return `/opt/lab/tools/${folder.slice(folder.lastIndexOf('/') + 1)}`;
}
