import { readFileSync } from 'node:fs';
import { load } from 'js-yaml';
import { openCri } from './cri.js';
import { describe, exec, info, list, logs, remove, stop, version } from './crictl-verbs.js';
import { readWords } from './crictl-words.js';

/*
 * A stand-in for crictl: what cri-tools' own does with pods and containers, as far as runback and operators
 * use it, over the real CRI of a real runtime, in crictl's formats. It knows no images and creates nothing.
 */
const VERBS: { readonly [verb: string]: typeof list | undefined } = {
  ps: list,
  pods: list,
  inspect: describe,
  inspectp: describe,
  stop,
  stopp: stop,
  rm: remove,
  rmp: remove,
  logs,
  exec,
  info,
  version,
};

main().catch((problem: unknown) => {
  process.stderr.write(`FATA[0000] ${problem instanceof Error ? problem.message : problem}\n`);
  process.exit(1);
});

async function main(): Promise<void> {
  const words = readWords(process.argv.slice(2));
  const act = VERBS[words.verb];
  if (act === undefined) throw new Error(`crictl-stand-in: no such command: ${words.verb}`);
  const cri = openCri(words.flag('--runtime-endpoint', '-r') ?? endpointOf());
  try {
    process.exitCode = await act(cri, words);
  } finally {
    cri.close();
  }
}

/** As the real one: of /etc/crictl.yaml, else of the environment. */
function endpointOf(): string {
  const named = process.env.CONTAINER_RUNTIME_ENDPOINT;
  if (named !== undefined) return named;
  const config = load(readFileSync('/etc/crictl.yaml', 'utf8')) as { [key: string]: unknown };
  return String(config['runtime-endpoint']);
}
