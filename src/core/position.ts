/** A place in a text file, as editors count: line and column from 1. */
export interface Position {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}

export function placeText(position: Position): string {
  return `${position.file}:${position.line}:${position.column}`;
}
