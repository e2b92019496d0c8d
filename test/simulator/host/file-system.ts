import type { Mount, Stat } from '../../../src/core/question.js';
import type { Database } from '../etcd/database.js';
import type { Random } from '../time/random.js';

/** Text, or a database that a running etcd writes to in place. */
export type Content = string | Database;

export interface File {
  readonly type: 'file';
  readonly inode: number;
  mode: number;
  uid: number;
  gid: number;
  content: Content;
}

export interface Directory {
  readonly type: 'directory';
  readonly inode: number;
  mode: number;
  uid: number;
  gid: number;
  readonly entries: Map<string, Node>;
}

export type Node = File | Directory;

export class FileError extends Error {
  constructor(
    readonly code: string,
    readonly path: string,
  ) {
    super(`${path}: ${code}`);
  }
}

/** One change of names that a power loss could still take back, with the directories it concerns. */
interface Unsynced {
  readonly touches: readonly number[];
  readonly takeBack: () => void;
}

/**
 * The disk of one machine: inodes, names, owners, mounts. As ext4 and xfs do, names reach the disk in
 * order: a sync of a directory makes everything before it durable, and a power loss keeps some beginning
 * of what was not synced. A file's bytes are its own: without a sync they may be torn although the name
 * is there.
 */
export class FileSystem {
  readonly mounts: Mount[];
  /** No byte more can be written anywhere. */
  isFull = false;
  /** Told of every path whose entry has changed. */
  onEntry: (path: string) => void = () => {};
  #inodes = 2;
  #root: Directory = this.directoryNode(0o755);
  #unsynced: Unsynced[] = [];
  /** Files whose bytes are not on the disk, with what is. */
  readonly #torn = new Map<File, Content>();

  constructor(mounts: readonly Mount[]) {
    this.mounts = [...mounts];
  }

  find(path: string): Node | null {
    let node: Node = this.#root;
    for (const name of partsOf(path)) {
      if (node.type !== 'directory') return null;
      const next = node.entries.get(name);
      if (next === undefined) return null;
      node = next;
    }
    return node;
  }

  file(path: string): File | null {
    const node = this.find(path);
    return node?.type === 'file' ? node : null;
  }

  directory(path: string): Directory | null {
    const node = this.find(path);
    return node?.type === 'directory' ? node : null;
  }

  text(path: string): string | null {
    const content = this.file(path)?.content;
    return typeof content === 'string' ? content : null;
  }

  stat(path: string): Stat | null {
    const node = this.find(path);
    if (node === null) return null;
    const { type, mode, uid, gid, inode } = node;
    const sizeBytes =
      node.type === 'file' && typeof node.content === 'string' ? node.content.length : 0;
    const place = { inode: `${inode}`, device: '8:1', modifiedS: 0 };
    return { type, mode, uid, gid, sizeBytes, ...place };
  }

  mountOf(path: string): Mount {
    const holding = this.mounts.filter(
      ({ mountPoint: at }) => at === '/' || path === at || path.startsWith(`${at}/`),
    );
    const found = holding.sort((a, b) => b.mountPoint.length - a.mountPoint.length)[0];
    if (found === undefined) throw new Error(`no mount holds ${path}`);
    return { ...found, realPath: path, ...(this.isFull ? { freeBytes: 0 } : {}) };
  }

  makeDirectory(path: string, mode: number): void {
    const parent = this.parentOf(path);
    if (parent.entries.has(nameOf(path))) throw new FileError('EEXIST', path);
    this.needRoom(path);
    this.enter(path, parent, this.directoryNode(mode));
  }

  /** Creates or overwrites; the bytes are not durable before `sync`. */
  write(path: string, content: Content, mode: number): File {
    const parent = this.parentOf(path);
    const there = parent.entries.get(nameOf(path));
    if (there?.type === 'directory') throw new FileError('EISDIR', path);
    this.needRoom(path);
    const file = there ?? this.fileNode(mode);
    if (!this.#torn.has(file)) this.#torn.set(file, file.content);
    file.content = content;
    if (there === undefined) this.enter(path, parent, file);
    else this.onEntry(path);
    return file;
  }

  /** Within one mount; an existing target that is a file is replaced. */
  rename(from: string, to: string): void {
    const [source, target] = [this.parentOf(from), this.parentOf(to)];
    const [name, newName] = [nameOf(from), nameOf(to)];
    const node = source.entries.get(name);
    if (node === undefined) throw new FileError('ENOENT', from);
    const old = target.entries.get(newName);
    if (old?.type === 'directory' && old.entries.size > 0) throw new FileError('ENOTEMPTY', to);
    source.entries.delete(name);
    target.entries.set(newName, node);
    this.#unsynced.push({
      touches: [source.inode, target.inode],
      takeBack: () => {
        if (old === undefined) target.entries.delete(newName);
        else target.entries.set(newName, old);
        source.entries.set(name, node);
      },
    });
    this.onEntry(from);
    this.onEntry(to);
  }

  remove(path: string): void {
    const parent = this.parentOf(path);
    const node = parent.entries.get(nameOf(path));
    if (node === undefined) throw new FileError('ENOENT', path);
    if (node.type === 'directory' && node.entries.size > 0) throw new FileError('ENOTEMPTY', path);
    parent.entries.delete(nameOf(path));
    this.#unsynced.push({
      touches: [parent.inode],
      takeBack: () => parent.entries.set(nameOf(path), node),
    });
    this.onEntry(path);
  }

  /** Makes one file or directory durable, and every name that was changed before it. */
  sync(path: string): void {
    const node = this.find(path);
    if (node === null) throw new FileError('ENOENT', path);
    if (node.type === 'file') this.#torn.delete(node);
    const last = this.#unsynced.findLastIndex(({ touches }) => touches.includes(node.inode));
    this.#unsynced.splice(0, last + 1);
  }

  syncAll(): void {
    this.#unsynced = [];
    this.#torn.clear();
  }

  losePower(random: Random): void {
    const kept = random.between(0, this.#unsynced.length);
    for (const { takeBack } of this.#unsynced.splice(kept).reverse()) takeBack();
    for (const [file, durable] of this.#torn) {
      if (typeof file.content === 'string') file.content = tear(durable, file.content, random);
    }
    this.syncAll();
  }

  /** Every path below, one line each: type, inode, owner, mode and text. */
  listing(path: string, isLeftOut: (path: string) => boolean): readonly string[] {
    if (isLeftOut(path)) return [];
    const node = this.find(path);
    if (node === null) return [];
    const { inode, mode, uid, gid } = node;
    const head = `${path} ${node.type} ${inode} ${uid}:${gid} ${mode.toString(8)}`;
    if (node.type === 'file') {
      return [typeof node.content === 'string' ? `${head} ${node.content}` : `${head} (database)`];
    }
    const names = [...node.entries.keys()].sort();
    const below = names.flatMap((name) =>
      this.listing(path === '/' ? `/${name}` : `${path}/${name}`, isLeftOut),
    );
    return [head, ...below];
  }

  /** Every text file below. */
  texts(path: string): readonly { readonly path: string; readonly text: string }[] {
    const node = this.find(path);
    if (node?.type === 'file') {
      return typeof node.content === 'string' ? [{ path, text: node.content }] : [];
    }
    return [...(node?.entries.keys() ?? [])].flatMap((name) => this.texts(`${path}/${name}`));
  }

  private enter(path: string, parent: Directory, node: Node): void {
    parent.entries.set(nameOf(path), node);
    this.#unsynced.push({
      touches: [parent.inode, node.inode],
      takeBack: () => parent.entries.delete(nameOf(path)),
    });
    this.onEntry(path);
  }

  private needRoom(path: string): void {
    if (this.isFull) throw new FileError('ENOSPC', path);
  }

  private parentOf(path: string): Directory {
    const parent = this.find(path.slice(0, path.lastIndexOf('/')) || '/');
    if (parent === null) throw new FileError('ENOENT', path);
    if (parent.type !== 'directory') throw new FileError('ENOTDIR', path);
    return parent;
  }

  private directoryNode(mode: number): Directory {
    return { type: 'directory', inode: this.#inodes++, mode, uid: 0, gid: 0, entries: new Map() };
  }

  private fileNode(mode: number): File {
    return { type: 'file', inode: this.#inodes++, mode, uid: 0, gid: 0, content: '' };
  }
}

/** Bytes behind the last sync are there, or not, or in part. An append keeps what was synced. */
function tear(durable: Content, content: string, random: Random): string {
  const sound = typeof durable === 'string' && content.startsWith(durable) ? durable.length : 0;
  return content.slice(0, random.between(sound, content.length));
}

const split = new Map<string, readonly string[]>();

function partsOf(path: string): readonly string[] {
  const known = split.get(path);
  if (known !== undefined) return known;
  const parts = path.split('/').filter((part) => part !== '');
  if (split.size < 10_000) split.set(path, parts);
  return parts;
}

export function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1);
}
