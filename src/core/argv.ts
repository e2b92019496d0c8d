/** A program and its arguments. Never a command line: quoting happens in one place, here. */
export type Argv = readonly [string, ...string[]];

const SAFE = /^[A-Za-z0-9_@%+=:,./-]+$/;

/** THE shell quoting: one word for a POSIX shell, whatever it holds. NUL cannot be an argument. */
export function quote(word: string): string {
  if (word.includes('\0')) throw new Error('an argument cannot hold a NUL byte');
  if (SAFE.test(word)) return word;
  return `'${word.replaceAll("'", `'\\''`)}'`;
}

export function commandLine(argv: readonly string[]): string {
  return argv.map(quote).join(' ');
}
