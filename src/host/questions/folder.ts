import { quote } from '../../core/argv.js';
import type { FolderFile } from '../../core/question.js';
import type { Asked } from './asked.js';

const MISSING = 44;
const filesMax = 100;

/** Name, access and text of every plain file, dot files too, each ended by a NUL: no text keeps one. */
export function folder(path: string, bytesMax: number): Asked {
  const script = [
    `[ -d ${quote(path)} ] || exit ${MISSING}`,
    `cd -- ${quote(path)} || exit 1`,
    'n=0',
    'for f in .* *; do',
    // A link to a file counts: the kubelet follows it.
    '  [ -f "$f" ] || continue',
    `  n=$((n + 1)); [ $n -le ${filesMax} ] || break`,
    '  printf \'%s\\0\' "$f"',
    '  printf \'%s\\0\' "$(stat -L -c \'%s %a %u\' -- "./$f")"',
    `  head -c ${bytesMax} -- "./$f" | tr -d '\\000'`,
    "  printf '\\0'",
    'done',
  ].join('\n');
  return {
    script,
    parse: ({ exitCode, output }) => {
      if (exitCode === MISSING) return null;
      const words = output.toString('utf8').split('\0');
      const files: FolderFile[] = [];
      for (let at = 0; at + 2 < words.length; at += 3) {
        const [size = '', mode = '', uid = ''] = (words[at + 1] ?? '').split(' ');
        const access = { mode: Number.parseInt(mode, 8) || 0, uid: Number(uid) };
        const name = words[at] ?? '';
        files.push({ name, sizeBytes: Number(size), ...access, text: words[at + 2] ?? '' });
      }
      return files;
    },
  };
}
