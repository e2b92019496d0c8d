/**
 * What systemd reads of an EnvironmentFile: `NAME=value` a line, quotes, a backslash before the end of a
 * line, and comments. Later ones win. (systemd.exec(5), EnvironmentFile=)
 */
export function readEnvironmentFile(text: string): ReadonlyMap<string, string> {
  const variables = new Map<string, string>();
  const logical = text.replace(/\r\n/g, '\n').replace(/\\\n/g, '');
  for (const line of logical.split('\n')) {
    const [, name, written] = /^\s*([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line) ?? [];
    if (name !== undefined && written !== undefined) variables.set(name, unquoted(written.trim()));
  }
  return variables;
}

/** Quoted parts as they are, the rest with its backslashes taken out. */
function unquoted(written: string): string {
  const parts = written.matchAll(/"((?:[^"\\]|\\.)*)"|'([^']*)'|((?:[^"'\\]|\\.)+)|(.)/g);
  return [...parts]
    .map(([, double, single, bare, other]) => {
      if (double !== undefined) return double.replace(/\\(["\\`$])/g, '$1');
      return single ?? bare?.replace(/\\(.)/g, '$1') ?? other ?? '';
    })
    .join('');
}

/** `A=1 "B=two words"`, as `systemctl show` prints Environment=. */
export function readEnvironmentWords(text: string): ReadonlyMap<string, string> {
  const words = text.matchAll(/(?:[^\s"'\\]|\\.|"(?:[^"\\]|\\.)*"|'[^']*')+/g);
  return new Map(
    [...words].flatMap(([word]): [string, string][] => {
      const plain = unquoted(word);
      const at = plain.indexOf('=');
      return at > 0 ? [[plain.slice(0, at), plain.slice(at + 1)]] : [];
    }),
  );
}
