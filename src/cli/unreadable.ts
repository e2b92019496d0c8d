import type { Diagnostic } from '../core/diagnostic.js';
import type { Failure } from '../core/failure.js';
import type { Position } from '../core/position.js';

/** A file that cannot be read, said as a finding about that file; what a program said last is in it. */
export function cannotRead(file: string, failure: Failure): Diagnostic {
  const { code, message, next, detail } = failure;
  const said = detail === undefined || detail === '' ? '' : `: ${detail}`;
  return { severity: 'error', code, message: `${message}${said}`, help: next, at: atFile(file) };
}

export function atFile(file: string): Position {
  return { file, line: 1, column: 1 };
}
