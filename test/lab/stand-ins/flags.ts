/** Reads `--name=value` and `--name value`, as the real components do. */
export function flag(name: string, fallback: string): string {
  const argv = process.argv.slice(2);
  const at = argv.findIndex((argument) => argument === name || argument.startsWith(`${name}=`));
  const found = argv[at];
  if (found === undefined) return fallback;
  return found.includes('=') ? found.slice(found.indexOf('=') + 1) : (argv[at + 1] ?? fallback);
}
