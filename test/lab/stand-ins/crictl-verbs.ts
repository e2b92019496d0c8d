import { readFileSync } from 'node:fs';
import { type Container, type Cri, containers, type Sandbox, sandboxes } from './cri.js';
import type { Words } from './crictl-words.js';

const GRACE_S_DEFAULT = '0';

type Verb = (cri: Cri, words: Words) => Promise<number>;

/** ps and pods. */
export const list: Verb = async (cri, words) => {
  const isPods = words.verb === 'pods';
  const all: readonly (Container | Sandbox)[] = isPods
    ? await sandboxes(cri)
    : await containers(cri);
  const chosen = all
    .filter((one) => isPods || words.has('-a', '--all') || hasState(one, 'running', words))
    .filter((one) => matches(one, words))
    .sort((a, b) => Number(BigInt(b.createdAt) - BigInt(a.createdAt)));
  if (words.has('-q', '--quiet')) for (const { id } of chosen) print(id);
  else if (words.flag('-o', '--output') === 'json') {
    print(JSON.stringify(isPods ? { items: chosen } : { containers: chosen }, undefined, 2));
  } else
    print(
      table(isPods ? rowsOfPods(chosen as Sandbox[]) : rowsOfContainers(chosen as Container[])),
    );
  return 0;
};

function hasState(one: Container | Sandbox, fallback: string, words: Words): boolean {
  const wanted = words.flag('--state', '-s') ?? fallback;
  return one.state.toLowerCase().endsWith(`_${wanted.toLowerCase()}`);
}

function matches(one: Container | Sandbox, words: Words): boolean {
  const labels = words.flags('--label').map((label) => label.split('='));
  const name = words.flag('--name');
  const pod = words.flag('-p', '--pod');
  return (
    labels.every(([key = '', value]) => one.labels[key] === value) &&
    (words.flag('--state', '-s') === undefined || hasState(one, '', words)) &&
    (name === undefined || new RegExp(name).test(one.metadata.name)) &&
    one.id.startsWith(words.flag('--id') ?? '') &&
    (pod === undefined || ('podSandboxId' in one && one.podSandboxId.startsWith(pod))) &&
    new RegExp(words.flag('--namespace') ?? '').test(
      one.labels['io.kubernetes.pod.namespace'] ?? '',
    )
  );
}

function rowsOfContainers(all: readonly Container[]): readonly (readonly string[])[] {
  const head = ['CONTAINER', 'IMAGE', 'CREATED', 'STATE', 'NAME', 'ATTEMPT', 'POD ID', 'POD'];
  const rows = all.map((one) => [
    one.id.slice(0, 13),
    one.imageRef.replace('sha256:', '').slice(0, 13),
    ageOf(one),
    capital(one.state.slice('CONTAINER_'.length)),
    one.metadata.name,
    String(one.metadata.attempt),
    one.podSandboxId.slice(0, 13),
    one.labels['io.kubernetes.pod.name'] ?? 'unknown',
  ]);
  return [head, ...rows];
}

function rowsOfPods(all: readonly Sandbox[]): readonly (readonly string[])[] {
  const head = ['POD ID', 'CREATED', 'STATE', 'NAME', 'NAMESPACE', 'ATTEMPT', 'RUNTIME'];
  const rows = all.map((one) => [
    one.id.slice(0, 13),
    ageOf(one),
    one.state === 'SANDBOX_READY' ? 'Ready' : 'NotReady',
    one.metadata.name,
    one.metadata.namespace ?? '',
    String(one.metadata.attempt),
    one.runtimeHandler || '(default)',
  ]);
  return [head, ...rows];
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, at) =>
    Math.max(...rows.map((row) => row[at]?.length ?? 0)),
  );
  const line = (row: readonly string[]) =>
    row.map((cell, at) => cell.padEnd(Math.max(20, (widths[at] ?? 0) + 1))).join('');
  return rows.map((row) => line(row).trimEnd()).join('\n');
}

function ageOf({ createdAt }: { readonly createdAt: string }): string {
  const seconds = Math.max(0, Date.now() / 1_000 - Number(BigInt(createdAt) / 1_000_000_000n));
  const [amount, unit] =
    seconds < 60
      ? [seconds, 'seconds']
      : seconds < 3_600
        ? [seconds / 60, 'minutes']
        : [seconds / 3_600, 'hours'];
  return `${Math.floor(amount)} ${unit} ago`;
}

/** inspect and inspectp: `{ status, info }`, or what a template of dots and names leads to. */
export const describe: Verb = async (cri, words) => {
  const isPod = words.verb === 'inspectp';
  for (const id of words.rest) {
    const answer = isPod
      ? await cri.call<Described>('PodSandboxStatus', { podSandboxId: id, verbose: true })
      : await cri.call<Described>('ContainerStatus', { containerId: id, verbose: true });
    const known = { status: withTimes(answer.status), info: JSON.parse(answer.info.info ?? '{}') };
    const template = words.flag('--template');
    print(template === undefined ? JSON.stringify(known, undefined, 2) : filled(template, known));
  }
  return 0;
};

interface Described {
  readonly status: { readonly [field: string]: unknown };
  readonly info: { readonly info?: string };
}

function withTimes(status: Described['status']) {
  const time = (value: unknown) =>
    new Date(Number(BigInt(String(value)) / 1_000_000n)).toISOString();
  return Object.fromEntries(
    Object.entries(status).map(([name, value]) => [
      name,
      name.endsWith('At') ? time(value) : value,
    ]),
  );
}

/** Of Go's templates only `{{.info.pid}}` and its like. */
function filled(template: string, known: unknown): string {
  return template.replace(/\{\{\s*\.([\w.]+)\s*\}\}/g, (_, path: string) => {
    let at = known;
    for (const name of path.split('.'))
      at = (at as { [name: string]: unknown } | undefined)?.[name];
    return String(at ?? '<no value>');
  });
}

/** stop and stopp. Of the ids all are tried; one that fails makes the whole fail. */
export const stop: Verb = (cri, words) =>
  each(words.rest, async (id) => {
    if (words.verb === 'stopp') {
      await cri.call('StopPodSandbox', { podSandboxId: id }, timeoutMsOf(words));
      print(`Stopped sandbox ${id}`);
    } else {
      const timeout = words.flag('-t', '--timeout') ?? GRACE_S_DEFAULT;
      await cri.call('StopContainer', { containerId: id, timeout }, timeoutMsOf(words));
      print(id);
    }
  });

/** rm and rmp: what runs only with -f. */
export const remove: Verb = async (cri, words) => {
  const isPod = words.verb === 'rmp';
  const isForced = words.has('-f', '--force');
  return each(words.rest, async (id) => {
    const found = isPod ? await sandboxes(cri, { id }) : await containers(cri, { id });
    const isAlive = found.some(({ state }) => /_(READY|RUNNING)$/.test(state));
    if (isAlive && !isForced) throw new Error(`"${id}" is running, please stop it first`);
    if (isAlive && isPod)
      await cri.call('StopPodSandbox', { podSandboxId: id }, timeoutMsOf(words));
    if (isAlive && !isPod) await cri.call('StopContainer', { containerId: id }, timeoutMsOf(words));
    await (isPod
      ? cri.call('RemovePodSandbox', { podSandboxId: id }, timeoutMsOf(words))
      : cri.call('RemoveContainer', { containerId: id }, timeoutMsOf(words)));
    print(isPod ? `Removed sandbox ${id}` : id);
  });
};

/** crictl has one time for each call; a grace period comes on top of it. */
function timeoutMsOf(words: Words): number {
  const grace =
    words.verb === 'stop' ? Number(words.flag('-t', '--timeout') ?? GRACE_S_DEFAULT) : 0;
  return (10 + grace) * 1_000;
}

async function each(ids: readonly string[], act: (id: string) => Promise<void>): Promise<number> {
  let code = 0;
  for (const id of ids) {
    try {
      await act(id);
    } catch (problem) {
      process.stderr.write(`E stopping or removing "${id}": ${String(problem)}\n`);
      code = 1;
    }
  }
  return code;
}

/** The container's own lines, without the runtime's time and stream before each. */
export const logs: Verb = async (cri, words) => {
  const [id = ''] = words.rest;
  const { status } = await cri.call<{ status: { logPath: string } }>('ContainerStatus', {
    containerId: id,
  });
  const lines = readFileSync(status.logPath, 'utf8').trimEnd().split('\n');
  const tail = Number(words.flag('--tail') ?? lines.length);
  for (const line of lines.slice(-tail)) print(line.replace(/^\S+ \S+ \S+ /, ''));
  return 0;
};

/** Through ExecSync, whatever is asked for: no terminal and no standard input. */
export const exec: Verb = async (cri, words) => {
  const [containerId, ...cmd] = words.rest;
  const timeout = words.flag('--timeout') ?? '0';
  const done = await cri.call<{ stdout: Buffer; stderr: Buffer; exitCode: number }>(
    'ExecSync',
    { containerId, cmd, timeout },
    120_000,
  );
  process.stdout.write(done.stdout);
  process.stderr.write(done.stderr);
  return done.exitCode;
};

export const info: Verb = async (cri) => {
  const { status, info: more } = await cri.call<Described>('Status', { verbose: true });
  const parsed = Object.entries(more).map(([name, text]) => [name, parsedOr(text ?? '')]);
  print(JSON.stringify({ status, ...Object.fromEntries(parsed) }, undefined, 2));
  return 0;
};

function parsedOr(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const version: Verb = async (cri) => {
  const it = await cri.call<{ [field: string]: string }>('Version', {});
  print(
    `Version:  ${it.version}\nRuntimeName:  ${it.runtimeName}\nRuntimeVersion:  ${it.runtimeVersion}\nRuntimeApiVersion:  ${it.runtimeApiVersion}`,
  );
  return 0;
};

function capital(word: string): string {
  return word.charAt(0) + word.slice(1).toLowerCase();
}

function print(line: string): void {
  process.stdout.write(`${line}\n`);
}
