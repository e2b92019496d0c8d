/**
 * The words of an ExecStart with its variables put in: `${NAME}` is one word or part of one, `$NAME` alone
 * is as many words as its value has. What is not set is nothing. (systemd.service(5), Command lines)
 */
export function commandWords(
  command: string,
  variables: ReadonlyMap<string, string>,
): readonly string[] {
  return command
    .split(' ')
    .filter(Boolean)
    .flatMap((word) => {
      const alone = /^\$([A-Za-z_][A-Za-z0-9_]*)$/.exec(word)?.[1];
      if (alone !== undefined) return (variables.get(alone) ?? '').split(/\s+/).filter(Boolean);
      return [
        word.replace(/\$\{([A-Za-z_][A-Za-z0-9_]*)\}/g, (_, name) => variables.get(name) ?? ''),
      ];
    });
}
