import { quote } from '../../core/argv.js';
import type { Question } from '../../core/question.js';
import { archiveNames, unpacked } from '../tar.js';
import type { Asked } from './asked.js';
import { noAnswer } from './etcd.js';

/**
 * Reads it to its end. `sed` prints the names that are wanted and, on the last line, the number of lines;
 * a directory's name ends with a slash.
 */
export function archiveList(question: Extract<Question, { kind: 'archive-list' }>): Asked {
  const { path, compression, wanted } = question;
  const names = archiveNames(wanted);
  const wantedLines = names.map((name) => `-e ${quote(`s/^${escaped(name)}\\/*$/&/p`)}`).join(' ');
  const script = [
    `[ -f ${quote(path)} ] || { echo ${quote(`${path} is missing`)}; exit 1; }`,
    'exec 6>&1',
    `code=$({ { ${unpacked(compression)} <${quote(path)} 2>/dev/null; echo $? >&5; } |`,
    `  { tar -tf - 2>/dev/null; echo $? >&5; } | sed -n ${wantedLines} -e '$=' >&6; } 5>&1)`,
    `[ "$code" = '0\n0' ] || { echo 'it cannot be read to its end'; exit 1; }`,
  ].join('\n');
  return {
    script,
    parse: (part) => {
      if (part.exitCode !== 0) return noAnswer(part);
      const lines = part.output.toString('utf8').trimEnd().split('\n');
      const entries = Number(lines.pop() ?? 0);
      const found = lines.map((line) => line.replace(/\/+$/, ''));
      return { entries, missing: wanted.filter((_, at) => !found.includes(names[at] ?? '')) };
    },
  };
}

/** One name in a basic regular expression. */
function escaped(name: string): string {
  return name.replace(/[\\/.*[\]^$]/g, '\\$&');
}
