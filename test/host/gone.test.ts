import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { CONTROLLER } from '../../src/core/names.js';
import type { Answer, Process, Question, Waited } from '../../src/core/question.js';
import { HostSession } from '../../src/host/session.js';
import { localTransportOnlyWith, localTransportWith, shells, toolsWithout } from './shells.js';

const signal = new AbortController().signal;
type WaitGone = Extract<Question, { kind: 'wait-gone' }>;

let directory: string;
let session: HostSession;
let child: ChildProcess | null;

beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'runback-gone-'));
  child = null;
});

afterEach(() => {
  child?.kill('SIGKILL');
  session.close();
  rmSync(directory, { recursive: true, force: true });
});

async function open(transport: ReturnType<typeof localTransportWith>): Promise<void> {
  const stateDir = join(directory, 'state');
  const opened = await HostSession.open({ host: CONTROLLER, transport, stateDir });
  if (!opened.ok) throw new Error(opened.error.message);
  session = opened.value;
}

async function ask(question: Question): Promise<Answer | undefined> {
  const answers = await session.ask({ it: question }, signal);
  if (!answers.ok) throw new Error(answers.error.message);
  return answers.value.it;
}

async function waited(question: Partial<WaitGone>): Promise<Waited> {
  const plain = { kind: 'wait-gone', processes: [], ports: [], timeoutMs: 20_000 } as const;
  return (await ask({ ...plain, ...question })) as Waited;
}

describe.each(await shells())('gone, in $name', ({ tools }) => {
  /** A crictl that notes its words and then does this; with none there is none. */
  const withCrictl = async (does: string): Promise<void> => {
    const text = `#!/bin/sh\nprintf '%s\\n' "$*" >>${directory}/words\n${does}\n`;
    writeFileSync(join(directory, 'crictl'), text, { mode: 0o755 });
    await open(localTransportWith(`${tools}:${directory}`));
  };

  it('is a matter of time where something may be about to start', async () => {
    await open(localTransportWith(tools));
    const gone = await waited({ quietMs: 200 });
    const late = await waited({ quietMs: 20_000, timeoutMs: 100 });
    expect(gone).toMatchObject({ reached: true });
    expect(gone.waitedMs).toBeGreaterThanOrEqual(200);
    expect(late).toMatchObject({
      reached: false,
      lastSeen: expect.stringContaining('but only for'),
    });
  });

  it('is not so while the container runtime holds a ready sandbox', async () => {
    await withCrictl('[ -e "${0%/*}/asked" ] && exit 0\n: >"${0%/*}/asked"; echo 4f5e6d');
    const gone = await waited({ sandboxes: ['etcd'], quietMs: 200 });
    expect(gone).toMatchObject({ reached: true });
    expect(gone).not.toHaveProperty('note');
    // What was there the first time makes it wait anew.
    expect(gone.waitedMs).toBeGreaterThanOrEqual(400);
    const [words] = readFileSync(join(directory, 'words'), 'utf8').split('\n');
    expect(words).toBe(
      '--timeout=2s pods --state ready --quiet --label io.kubernetes.pod.namespace=kube-system ' +
        '--label tier=control-plane --label component=etcd',
    );
  });

  it('names the pod whose sandbox stays', async () => {
    await withCrictl('case $* in *component=etcd*) echo 4f5e6d ;; esac');
    expect(await waited({ sandboxes: ['kube-apiserver', 'etcd'], timeoutMs: 100 })).toMatchObject({
      reached: false,
      lastSeen: 'sandbox:etcd',
    });
  });

  it('says that a runtime does not answer, and why', async () => {
    await withCrictl('echo a warning >&2; echo "connection refused" >&2; exit 1');
    expect(await waited({ sandboxes: ['etcd'] })).toMatchObject({
      reached: true,
      note: 'crictl does not answer: connection refused',
    });
  });

  it('counts another process of the name, and not the one that was there', async () => {
    const program = join(directory, 'rb-ghost');
    symlinkSync('/bin/sleep', program);
    child = spawn(program, ['600']);
    await open(localTransportWith(tools));
    const up = { kind: 'wait-running', processes: ['rb-ghost'], ports: [] } as const;
    expect(await ask({ ...up, timeoutMs: 20_000 })).toMatchObject({ reached: true });
    const ghosts = (await ask({ kind: 'processes', names: ['rb-ghost'] })) as readonly Process[];
    expect(ghosts).toHaveLength(1);
    const same = await ask({ ...up, except: ghosts, timeoutMs: 100 });
    expect(same).toMatchObject({ reached: false, lastSeen: 'rb-ghost' });
    const except = ghosts.map((ghost) => ({ ...ghost, startTicks: '1' }));
    expect(await ask({ ...up, except, timeoutMs: 100 })).toMatchObject({ reached: true });
  });
});

describe('gone, where there is no crictl', () => {
  it('is told by processes and ports, and says so', async () => {
    const tools = toolsWithout([], {});
    await open(localTransportOnlyWith(tools));
    expect(await waited({ sandboxes: ['etcd'] })).toMatchObject({
      reached: true,
      note: 'crictl is not on this host',
    });
    rmSync(tools, { recursive: true });
  });
});
