import { resolve } from 'node:path/posix';
import type { Ask, Places } from '../../src/core/ask.js';
import type { Change, ServiceVerb } from '../../src/core/change.js';
import { sha256 } from '../../src/core/hash.js';
import { isWithin, nameOf, parentOf } from '../../src/core/host-path.js';
import type { ChangeId, RunId } from '../../src/core/names.js';
import type {
  Access,
  Answer,
  EtcdTool,
  EtcdTools,
  FolderFile,
  Mount,
  Question,
  QuestionKind,
  Stat,
  UnitSettings,
} from '../../src/core/question.js';
import type { Receipt } from '../../src/core/receipt.js';
import { ok } from '../../src/core/result.js';

export const RUN = '20260102T030405Z-0123456789abcdef' as RunId;

export interface Entry extends Partial<Pick<Stat, 'type' | 'mode' | 'uid' | 'gid' | 'inode'>> {
  readonly text?: string;
  /** Where a link leads. */
  readonly target?: string;
  readonly label?: string;
  readonly sizeBytes?: number;
  /** What the question snapshot-file says of it. */
  readonly snapshot?: { readonly isBolt: boolean; readonly trailer: 'valid' | 'wrong' | 'absent' };
}

type OfKind<K extends QuestionKind> = Extract<Question, { kind: K }>;

export interface Table {
  readonly files?: { readonly [path: string]: Entry };
  readonly processes?: readonly string[];
  /** Mount points besides `/`; each is a mount of its own. */
  readonly mounts?: readonly string[];
  /** Mount points, of those above or `/`, that nobody may write to. */
  readonly readOnly?: readonly string[];
  /** Of a mount point, where it is not ext4. */
  readonly fsTypes?: { readonly [mountPoint: string]: string };
  /** Directories with a device of their own on the mount of what holds them. */
  readonly subvolumes?: readonly string[];
  readonly freeBytes?: number;
  /** Of one mount point. */
  readonly free?: { readonly [mountPoint: string]: number };
  readonly tools?: { readonly [name: string]: string | null };
  /** What a program says to its version; null: it does not run. */
  readonly toolVersion?: (path: string) => string | null;
  /** An etcd that runs: where its own programs are. */
  readonly etcd?: { readonly folder: string; readonly version: string | null };
  /** The image that containerd holds. */
  readonly image?: string;
  /** Users and groups, each with a number. */
  readonly accounts?: { readonly [name: string]: number };
  /** Units that systemd knows: is each active, and what is it otherwise? */
  readonly units?: {
    readonly [unit: string]: { active: boolean; enabled: string } & Partial<
      Omit<UnitSettings, 'active'>
    >;
  };
  /** Answers to what files and processes do not say: etcd's, the tools', the waits'. */
  readonly says?: {
    readonly [K in QuestionKind]?: (question: OfKind<K>) => Answer;
  };
  /** What a program does to this host. */
  readonly runs?: (argv: readonly string[], host: TableHost) => void;
}

const IDLE_UNIT = {
  loaded: true,
  isStale: false,
  files: [],
  commands: [],
  environment: '',
  environmentFiles: [],
  user: '',
  group: '',
  triggeredBy: [],
  running: null,
};
const DIRECTORY: Entry = { type: 'directory', mode: 0o700 };

/** One host as a table of files and answers. It can be changed as a change says, and asked again. */
export class TableHost {
  readonly files: Map<string, Entry>;
  readonly units: Map<string, NonNullable<Table['units']>[string]>;
  readonly asked: Question[] = [];
  readonly #table: Table;
  #nextInode = 1_000;

  constructor(table: Table) {
    this.#table = table;
    this.files = new Map();
    this.units = new Map(Object.entries(table.units ?? {}));
    for (const [path, entry] of Object.entries(table.files ?? {})) this.put(path, entry);
  }

  put(path: string, entry: Entry): void {
    this.files.set(path, { inode: String(this.#nextInode++), ...entry });
  }

  readonly ask: Ask = async (questions) => {
    const answers = Object.entries(questions).map(([name, question]) => {
      this.asked.push(question);
      return [name, this.answer(question)] as const;
    });
    return ok(Object.fromEntries(answers)) as never;
  };

  /** Carries a change out, and gives the receipt that a host would give. */
  carryOut(change: Change, id: ChangeId): Receipt {
    const stdoutTail = this.#do(change, id).join('\n');
    return { state: 'done', id, exitCode: 0, stdoutTail, stderrTail: '', durationMs: 1 };
  }

  #do(change: Change, id: ChangeId): readonly string[] {
    switch (change.kind) {
      case 'make-directory':
        return this.#make(change.path, accessIn(change));
      case 'rename':
        this.#move(change.from, change.to);
        return [];
      case 'remove':
        this.#make(change.trash);
        this.#move(change.path, `${change.trash}/${id}`);
        return [];
      case 'write-file': {
        const { path, text, mode, uid = 0, gid = 0 } = change;
        if (this.files.has(path)) this.#move(path, `${change.trash}/${id}`);
        this.put(path, { text, mode, uid, gid });
        return [];
      }
      case 'remove-empty-directories':
        for (const path of change.paths) {
          const isEmpty = ![...this.files.keys()].some((one) => parentOf(one) === path);
          if (isEmpty) this.files.delete(path);
        }
        return [];
      case 'send':
        this.put(change.to, { text: `the file ${change.from}`, ...accessIn(change) });
        return [];
      case 'set-access':
        this.files.set(change.path, { ...this.files.get(change.path), ...change.access });
        return [];
      case 'make-link':
        this.put(change.path, { type: 'link', target: change.target });
        return [];
      case 'replace': {
        const { from, to, was, trash } = change;
        if ((was !== null) !== this.files.has(to)) throw new Error(`${to} is not as it was`);
        if (was !== null) this.#move(to, `${trash}/${id}`);
        this.#move(from, to);
        return [];
      }
      case 'copy-file': {
        const { text = '' } = this.files.get(change.from) ?? {};
        this.put(change.to, { text, ...change.access });
        return [];
      }
      case 'archive': {
        const text = `tar of ${change.paths.join(' ')}`;
        this.put(change.to, { text, mode: 0o600 });
        return [sha256(text)];
      }
      case 'service':
        this.#tell(change.unit, change.verb);
        return [];
      case 'run':
        this.#table.runs?.(change.argv, this);
        return [];
      default:
        return [];
    }
  }

  #tell(unit: string, verb: ServiceVerb): void {
    const was = this.units.get(unit) ?? { active: false, enabled: 'disabled' };
    if (verb === 'daemon-reload') {
      this.units.set(unit, { ...was, ...this.#inFiles('files' in was ? (was.files ?? []) : []) });
      return;
    }
    const { active, enabled } = was;
    const isRunning = verb === 'start' || verb === 'restart' || (active && verb !== 'stop');
    const state = verb === 'enable' || verb === 'disable' ? `${verb}d` : enabled;
    this.units.set(unit, { ...was, active: isRunning, enabled: state });
  }

  /** What systemd reads anew: later files win. */
  #inFiles(files: readonly string[]): Pick<UnitSettings, 'commands' | 'environment'> {
    const lines = files.flatMap((path) =>
      (this.files.get(path)?.text ?? '').replace(/\\\n\s*/g, '').split('\n'),
    );
    const all = (name: string) =>
      lines
        .filter((line) => line.startsWith(`${name}=`))
        .map((line) => line.slice(name.length + 1));
    return { commands: all('ExecStart').slice(-1), environment: all('Environment').join(' ') };
  }

  #make(path: string, access: Partial<Access> = {}): readonly string[] {
    if (path === '/' || this.files.has(path)) return [];
    const made = this.#make(parentOf(path));
    this.put(path, { ...DIRECTORY, ...access });
    return [...made, path];
  }

  #move(from: string, to: string): void {
    if (!this.files.has(from)) throw new Error(`${from} is missing`);
    if (this.files.has(to)) throw new Error(`${to} exists`);
    for (const [path, entry] of [...this.files]) {
      if (!isWithin(path, from)) continue;
      this.files.delete(path);
      this.files.set(`${to}${path.slice(from.length)}`, entry);
    }
  }

  private answer(question: Question): Answer {
    const said = this.#table.says?.[question.kind] as ((one: Question) => Answer) | undefined;
    if (said !== undefined) return said(question);
    switch (question.kind) {
      case 'stat':
        return this.#stat(question.follow ? this.#real(question.path) : question.path);
      case 'link': {
        const target = this.files.get(question.path)?.target;
        return target === undefined ? null : { target };
      }
      case 'accounts': {
        const numbers = (names: readonly string[]) =>
          Object.fromEntries(names.map((name) => [name, this.#table.accounts?.[name] ?? null]));
        return { users: numbers(question.users), groups: numbers(question.groups) };
      }
      case 'unit': {
        const unit = this.units.get(question.unit);
        if (unit === undefined) return { loaded: false, active: 'inactive', enabled: '' };
        return { loaded: true, ...unit, active: unit.active ? 'active' : 'inactive' };
      }
      case 'unit-settings': {
        const unit = this.units.get(question.unit);
        if (unit === undefined) return { reason: 'missing', detail: 'there is no systemctl' };
        return {
          ...IDLE_UNIT,
          name: question.unit,
          ...unit,
          active: unit.active ? 'active' : 'inactive',
        };
      }
      case 'wait-unit': {
        const reached = this.units.get(question.unit)?.active === question.active;
        return reached ? { reached, waitedMs: 1 } : { reached, waitedMs: 1, lastSeen: 'failed' };
      }
      case 'list':
        return this.#list(question.path);
      case 'read': {
        const text = this.files.get(question.path)?.text;
        return text === undefined ? null : { text, sizeBytes: text.length };
      }
      case 'digest': {
        const entry = this.files.get(question.path);
        if (entry === undefined || (entry.type ?? 'file') !== 'file') return null;
        const { text = '' } = entry;
        return { sha256: sha256(text), sizeBytes: entry.sizeBytes ?? text.length };
      }
      case 'snapshot-file': {
        const entry = this.files.get(question.path);
        if (entry === undefined) return null;
        const { text = '', snapshot = { isBolt: true, trailer: 'valid' } } = entry;
        return { sha256: sha256(text), sizeBytes: entry.sizeBytes ?? text.length, ...snapshot };
      }
      case 'mount':
        return this.#mount(question.path);
      case 'folder':
        return this.#folder(question.path);
      case 'space': {
        const { sizeBytes, freeBytes } = this.#mount(question.path);
        return { path: question.path, device: '1', sizeBytes, freeBytes, inodes: 0, freeInodes: 0 };
      }
      case 'label': {
        const label = this.files.get(question.path)?.label;
        return label === undefined ? null : { label };
      }
      case 'sockets':
        return [];
      case 'ages':
        return { bornS: {}, processes: [] };
      case 'processes':
        return (this.#table.processes ?? [])
          .filter((name) => question.names.includes(name))
          .map((name, index) => ({ pid: 100 + index, name, startTicks: '1' }));
      case 'tools':
        return Object.fromEntries(
          question.names.map((name) => [name, this.#table.tools?.[name] ?? null]),
        );
      case 'etcd-tools':
        return this.#tools(question);
      default:
        throw new Error(`the table has no answer to ${JSON.stringify(question)}`);
    }
  }

  /** The programs on the search path and in these folders, each as it answers to its version. */
  #tools({ folder, image }: OfKind<'etcd-tools'>): EtcdTools {
    const { etcd } = this.#table;
    const pair = (pathOf: (name: string) => string | null) => ({
      etcdctl: this.#tool(pathOf('etcdctl')),
      etcdutl: this.#tool(pathOf('etcdutl')),
    });
    const inside = (place: string | null | undefined) => (name: string) =>
      place != null && this.files.has(`${place}/${name}`) ? `${place}/${name}` : null;
    return {
      host: pair((name) => this.#table.tools?.[name] ?? null),
      folder: pair(inside(folder)),
      running: pair(inside(etcd?.folder)),
      runningVersion: etcd?.version ?? null,
      imageThrough: image !== null && this.#table.image === image ? '/usr/bin/ctr' : null,
    };
  }

  #tool(path: string | null): EtcdTool | null {
    if (path === null) return null;
    const version = this.#table.toolVersion?.(path) ?? null;
    return { path, version, said: version === null ? 'exec format error' : '' };
  }

  #stat(path: string): Stat | null {
    const entry = this.files.get(path);
    if (entry === undefined) return null;
    const { type = 'file', mode = 0o600, uid = 0, gid = 0, inode = '0', text = '' } = entry;
    const sizeBytes = entry.sizeBytes ?? text.length;
    return { type, mode, uid, gid, inode, sizeBytes, device: '8:1', modifiedS: 0 };
  }

  #list(path: string): readonly string[] | null {
    if (this.files.get(path)?.type !== 'directory') return null;
    return [...this.files.keys()].filter((one) => parentOf(one) === path).map(nameOf);
  }

  #folder(path: string): readonly FolderFile[] | null {
    const names = this.#list(path);
    if (names === null) return null;
    return names.flatMap((name) => {
      const {
        type = 'file',
        text = '',
        mode = 0o600,
        uid = 0,
      } = this.files.get(`${path}/${name}`) ?? {};
      return type === 'file' ? [{ name, text, mode, uid, sizeBytes: text.length }] : [];
    });
  }

  #mount(asked: string): Mount {
    const path = this.#real(asked);
    const mounts = ['/', ...(this.#table.mounts ?? [])];
    const holding = mounts.filter((mount) => isWithin(path, mount));
    const mountPoint = holding.reduce((a, b) => (b.length > a.length ? b : a), '/');
    const freeBytes = this.#table.free?.[mountPoint] ?? this.#table.freeBytes ?? 50e9;
    const readOnly = this.#table.readOnly?.includes(mountPoint) ?? false;
    const fsType = this.#table.fsTypes?.[mountPoint] ?? 'ext4';
    const space = { freeBytes, sizeBytes: 100e9, readOnly, fsType };
    const mountId = mounts.indexOf(mountPoint) + 1;
    const subvolumes = (this.#table.subvolumes ?? []).filter((one) => isWithin(path, one));
    const device = `${subvolumes.at(-1) ?? mountId}`;
    return { realPath: path, device, mountId, mountPoint, ...space };
  }

  /** With every link resolved, those on the way too. */
  #real(path: string): string {
    if (path === '/') return path;
    const parent = this.#real(parentOf(path));
    const here = parent === '/' ? `/${nameOf(path)}` : `${parent}/${nameOf(path)}`;
    const target = this.files.get(here)?.target;
    if (target === undefined) return here;
    return this.#real(resolve(parent, target));
  }
}

function accessIn({
  mode,
  uid = 0,
  gid = 0,
}: {
  mode: number;
  uid?: number;
  gid?: number;
}): Access {
  return { mode, uid, gid };
}

/** The two places of a step; what a test does not need is empty. */
export function places(host: Table | TableHost, controller: Table | TableHost = {}): Places {
  const at = (one: Table | TableHost) => (one instanceof TableHost ? one : new TableHost(one));
  const pause: Places['pause'] = async () => ok({ by: 'operator', waitedMs: 5 });
  return { host: at(host).ask, controller: at(controller).ask, pause, run: RUN };
}
