import { quote } from '../../core/argv.js';
import type { SnapshotFile, SnapshotStatus } from '../../core/question.js';
import type { Part } from '../channel.js';
import type { Asked } from './asked.js';
import { noAnswer, readJson } from './etcd.js';

const MISSING = 44;
/** bbolt's magic, little-endian at byte 16 of the file (bbolt, internal/common/types.go). */
const BOLT_MAGIC = 'edda0ced';
const TRAILER_BYTES = 32;
const SECTOR_BYTES = 512;

/** Only `restore` checks the trailer; here it is checked before anything is stopped. */
export function snapshotFile(path: string): Asked {
  const file = quote(path);
  const script = [
    `[ -f ${file} ] || exit ${MISSING}`,
    `n=$(stat -Lc %s -- ${file})`,
    'printf "%s\\n" "$n"',
    `sha256sum <${file}`,
    `dd if=${file} bs=1 skip=16 count=4 2>/dev/null | od -An -tx1 | tr -d ' \\n'`,
    'printf "\\n"',
    `[ $((n % ${SECTOR_BYTES})) -eq ${TRAILER_BYTES} ] || exit 0`,
    `head -c $((n - ${TRAILER_BYTES})) <${file} | sha256sum`,
    `tail -c ${TRAILER_BYTES} <${file} | od -An -tx1 -v | tr -d ' \\n'`,
  ].join('\n');
  return { script, parse: parseSnapshotFile };
}

function parseSnapshotFile(part: Part): SnapshotFile | null {
  if (part.exitCode !== 0) return null;
  const [size = '', whole = '', magic, body, trailer] = part.output.toString('ascii').split('\n');
  const isTrailed = body !== undefined && body !== '';
  const agrees = isTrailed && body.slice(0, 64) === trailer?.trim();
  return {
    sizeBytes: Number(size),
    sha256: whole.slice(0, 64),
    isBolt: magic?.trim() === BOLT_MAGIC,
    trailer: isTrailed ? (agrees ? 'valid' : 'wrong') : 'absent',
  };
}

/** A database that an etcd has open is locked: without a bound the tool would wait for that one's end. */
export function snapshotStatus(tool: string, path: string, timeoutMs: number): Asked {
  return {
    script: [
      'bound=',
      `command -v timeout >/dev/null 2>&1 && bound="timeout ${Math.ceil(timeoutMs / 1_000)}"`,
      `$bound ${quote(tool)} snapshot status ${quote(path)} -w json 2>&1`,
    ].join('\n'),
    parse: (part) => {
      const json = readJson(part) as { [field: string]: number } | null;
      if (json === null) return noAnswer(part);
      const status: SnapshotStatus = {
        hash: json.hash ?? 0,
        revision: json.revision ?? 0,
        totalKeys: json.totalKey ?? 0,
        totalSizeBytes: json.totalSize ?? 0,
      };
      return status;
    },
  };
}
