/** A command line of crictl: `crictl -r unix:///… ps -a --label k=v ID`. */
export interface Words {
  readonly verb: string;
  /** Ids; for exec also the program and its arguments. */
  readonly rest: readonly string[];
  has(...names: readonly string[]): boolean;
  flag(...names: readonly string[]): string | undefined;
  flags(...names: readonly string[]): readonly string[];
}

const WITH_VALUE = new Set(
  `-r --runtime-endpoint -i --image-endpoint -t --timeout --label -l --name --namespace --state -s --id -p
   --pod -o --output --template --tail -c --config`.split(/\s+/),
);
/** What is a switch under this verb although another takes a value by that name. */
const SWITCHES: { readonly [verb: string]: readonly string[] } = {
  exec: ['-i', '-t', '-s'],
  ps: ['-l'],
  pods: ['-l'],
  logs: ['-p', '-t'],
};

/** Behind the first id of `exec`, everything is the program's. */
export function readWords(argv: readonly string[]): Words {
  const given: [string, string][] = [];
  const rest: string[] = [];
  let verb = '';
  for (let at = 0; at < argv.length; at++) {
    const word = argv[at] as string;
    const [name, value] = word.startsWith('--') ? halves(word) : [word, undefined];
    if (!word.startsWith('-') || (verb === 'exec' && rest.length > 0)) {
      if (verb === '') verb = word;
      else rest.push(word);
    } else if (value !== undefined) given.push([name, value]);
    else if (WITH_VALUE.has(name) && !SWITCHES[verb]?.includes(name)) {
      at++;
      given.push([name, argv[at] ?? '']);
    } else given.push([name, 'true']);
  }
  const flags = (...names: readonly string[]) =>
    given.filter(([name]) => names.includes(name)).map(([, value]) => value);
  return {
    verb,
    rest,
    flags,
    flag: (...names) => flags(...names).at(-1),
    has: (...names) => ['true', ''].includes(flags(...names).at(-1) ?? 'false'),
  };
}

function halves(word: string): [string, string | undefined] {
  const at = word.indexOf('=');
  return at < 0 ? [word, undefined] : [word.slice(0, at), word.slice(at + 1)];
}
