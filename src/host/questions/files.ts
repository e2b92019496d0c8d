import { quote } from '../../core/argv.js';
import type { FileType, Mount, Stat } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';

/** Exit code of a script that found nothing at the path: an answer, not an error. */
const MISSING = 44;

export function stat(path: string, follow = false): Asked {
  const file = quote(path);
  const gone = `[ -e ${file} ]${follow ? '' : ` || [ -L ${file} ]`} || exit ${MISSING}`;
  const script = `${gone}\nstat ${follow ? '-L ' : ''}-c '%f %a %u %g %s %i %d %Y' -- ${file}`;
  return { script, parse: (part) => (part.exitCode === MISSING ? null : parseStat(part)) };
}

export function list(path: string): Asked {
  const script = `[ -d ${quote(path)} ] || exit ${MISSING}\ncd -- ${quote(path)} && find . ! -name . -prune -print0`;
  return {
    script,
    parse: (part) => {
      if (part.exitCode === MISSING) return null;
      const names = part.output
        .toString('utf8')
        .split('\0')
        .filter((name) => name !== '');
      return names.map((name) => name.replace(/^\.\//, '')).sort();
    },
  };
}

export function read(path: string, bytesMax: number): Asked {
  const file = quote(path);
  const script = `[ -f ${file} ] || exit ${MISSING}\nstat -Lc %s -- ${file} && head -c ${bytesMax} -- ${file}`;
  return {
    script,
    parse: (part) => {
      if (part.exitCode !== 0) return null;
      const cut = part.output.indexOf('\n');
      const sizeBytes = Number(part.output.subarray(0, cut).toString('ascii'));
      return { text: part.output.subarray(cut + 1).toString('utf8'), sizeBytes };
    },
  };
}

export function digest(path: string): Asked {
  const file = quote(path);
  const script = `[ -f ${file} ] || exit ${MISSING}\nstat -Lc %s -- ${file} && sha256sum <${file}`;
  return {
    script,
    parse: (part) => {
      if (part.exitCode !== 0) return null;
      const [size = '', sum = ''] = part.output.toString('ascii').split('\n');
      return { sizeBytes: Number(size), sha256: sum.slice(0, 64) };
    },
  };
}

/** Where a link leads, as it is written in it. */
export function link(path: string): Asked {
  return {
    script: `[ -L ${quote(path)} ] || exit ${MISSING}\nreadlink -n -- ${quote(path)}`,
    parse: ({ exitCode, output }) => (exitCode === 0 ? { target: output.toString('utf8') } : null),
  };
}

/** `system_u:object_r:etc_t:s0`; stat writes a question mark where there is none, and busybox's the format. */
export function label(path: string): Asked {
  const script = `[ -e ${quote(path)} ] || exit ${MISSING}\nstat -c %C -- ${quote(path)} 2>/dev/null`;
  return {
    script,
    parse: ({ output }) => {
      const said = output.toString('utf8').trim();
      return LABEL.test(said) ? { label: said } : null;
    },
  };
}

const LABEL = /^[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+:[A-Za-z0-9_.-]+(:[A-Za-z0-9_.,:-]+)?$/;

export function tools(names: readonly string[]): Asked {
  const lines = names.map((name) => `printf '%s\\n' "$(command -v ${quote(name)})"`);
  return {
    script: lines.join('\n'),
    parse: (part) => {
      const found = part.output.toString('utf8').split('\n');
      return Object.fromEntries(
        names.map((name, index) => [name, found[index]?.startsWith('/') ? found[index] : null]),
      );
    },
  };
}

/** The mount of a path that may not exist yet: of its nearest ancestor that does; links are followed. */
export function mount(path: string): Asked {
  const script = [
    `p=${quote(path)}; rest=`,
    'while [ ! -e "$p" ] && [ "$p" != / ]; do',
    // A link on the way may lead to what is not there yet.
    '  if [ -L "$p" ] && q=$(readlink -f -- "$p") && [ "$q" != "$p" ]; then p=$q; continue; fi',
    '  rest=/${p##*/}$rest; p=${p%/*}; p=${p:-/}',
    'done',
    'p=$(readlink -f -- "$p")',
    'real=${p%/}$rest',
    'printf "%s\\n%s\\n" "$p" "${real:-/}"',
    'stat -c %d -- "$p"',
    'df -Pk -- "$p" | tail -n 1',
    'cat /proc/self/mountinfo',
  ].join('\n');
  return { script, parse: parseMount };
}

function parseMount(part: Part): Mount {
  const [path = '/', realPath = '/', device = '', space = '', ...lines] = part.output
    .toString('utf8')
    .split('\n');
  const [, sizeKb = '0', , freeKb = '0'] = space.trim().split(/\s+/);
  const mounts = lines.filter((line) => line !== '').map(parseMountLine);
  const holding = mounts.filter(({ mountPoint }) => holds(mountPoint, path));
  const longest = Math.max(0, ...holding.map(({ mountPoint }) => mountPoint.length));
  // The last of equal ones lies on top.
  const found = holding.filter(({ mountPoint }) => mountPoint.length === longest).at(-1);
  if (found === undefined) throw new Error(`no mount holds ${path}`);
  const bytes = { sizeBytes: Number(sizeKb) * 1_024, freeBytes: Number(freeKb) * 1_024 };
  return { ...found, ...bytes, realPath, device };
}

/** See proc(5), /proc/PID/mountinfo. */
function parseMountLine(line: string) {
  const fields = line.split(' ');
  const options = fields[5]?.split(',') ?? [];
  const superOptions = fields.at(-1)?.split(',') ?? [];
  return {
    mountId: Number(fields[0]),
    mountPoint: (fields[4] ?? '/').replace(/\\([0-7]{3})/g, (_, octal: string) =>
      String.fromCharCode(Number.parseInt(octal, 8)),
    ),
    fsType: fields[fields.indexOf('-') + 1] ?? '',
    readOnly: options.includes('ro') || superOptions.includes('ro'),
  };
}

function holds(mountPoint: string, path: string): boolean {
  return mountPoint === '/' || path === mountPoint || path.startsWith(`${mountPoint}/`);
}

function parseStat(part: Part): Stat | null {
  if (part.exitCode !== 0) return null;
  const [raw = '', mode = '', uid, gid, size, inode = '', device, modified] = part.output
    .toString('ascii')
    .trim()
    .split(' ');
  return {
    type: typeOf(Number.parseInt(raw, 16)),
    mode: Number.parseInt(mode, 8),
    uid: Number(uid),
    gid: Number(gid),
    sizeBytes: Number(size),
    inode,
    device: deviceOf(Number(device)),
    modifiedS: Number(modified),
  };
}

/** The file type bits of st_mode, stat(2). */
function typeOf(rawMode: number): FileType {
  switch (rawMode & 0o170000) {
    case 0o100000:
      return 'file';
    case 0o040000:
      return 'directory';
    case 0o120000:
      return 'link';
    default:
      return 'other';
  }
}

function deviceOf(device: number): string {
  const major = (device >> 8) & 0xfff;
  const minor = (device & 0xff) | ((device >> 12) & 0xfff00);
  return `${major}:${minor}`;
}
