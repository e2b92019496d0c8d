import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Questions } from '../../src/core/ask.js';
import type { Change } from '../../src/core/change.js';
import { holds, questionOf } from '../../src/core/guard.js';
import { inverseOf } from '../../src/core/inverse.js';
import { type ChangeId, CONTROLLER, type RunId } from '../../src/core/names.js';
import type { Answer } from '../../src/core/question.js';
import type { Receipt } from '../../src/core/receipt.js';
import { HostSession } from '../../src/host/session.js';
import { localTransportWith } from './shells.js';

const signal = new AbortController().signal;
const run = '20260102T030405Z-0123456789abcdef' as RunId;

/** A change as it was sent, and what became of it. */
export interface Sent {
  readonly id: ChangeId;
  readonly change: Change;
  readonly receipt: Receipt;
}

/** This machine with another shell and other tools, and a directory of its own that is thrown away. */
export class ScratchHost {
  #made = 0;

  private constructor(
    readonly directory: string,
    readonly session: HostSession,
  ) {}

  static async open(tools: string): Promise<ScratchHost> {
    const directory = mkdtempSync(join(tmpdir(), 'runback-host-'));
    const opened = await HostSession.open({
      host: CONTROLLER,
      transport: localTransportWith(tools),
      stateDir: join(directory, 'state'),
    });
    if (!opened.ok) throw new Error(opened.error.message);
    return new ScratchHost(directory, opened.value);
  }

  readonly path = (name: string): string => join(this.directory, name);

  close(): void {
    this.session.close();
    rmSync(this.directory, { recursive: true, force: true });
  }

  async ask(questions: Questions): Promise<Readonly<Record<string, Answer>>> {
    const answers = await this.session.ask(questions, signal);
    if (!answers.ok) throw new Error(answers.error.message);
    return answers.value;
  }

  /** One change, in a bundle of its own. */
  async send(change: Change): Promise<Sent> {
    this.#made += 1;
    const id = this.#made.toString(16).padStart(32, '0') as ChangeId;
    const bundle = { run, fence: null, items: [{ id, change }], timeoutMs: 10_000 };
    const receipts = await this.session.carryOut(bundle, signal);
    if (!receipts.ok) throw new Error(`${receipts.error.message} ${receipts.error.detail}`);
    return { id, change, receipt: receipts.value[0] as Receipt };
  }

  /** As the engine does it: the first case whose guards hold. False when nobody knows the way back. */
  async takeBack({ id, change, receipt }: Sent): Promise<boolean> {
    for (const { when, changes } of inverseOf(change, id, receipt) ?? []) {
      const questions = when.map((guard, at) => [`${at}`, questionOf(guard)] as const);
      const answers = await this.ask(Object.fromEntries(questions));
      if (!when.every((guard, at) => holds(guard, answers[`${at}`]))) continue;
      for (const undo of changes) {
        const { receipt: undone } = await this.send(undo);
        if (undone.state !== 'done' || undone.exitCode !== 0)
          throw new Error(JSON.stringify(undone));
      }
      return true;
    }
    return false;
  }
}

/** Somebody saw it start, and nobody its end. */
export function inDoubt({ id, change }: Sent): Sent {
  return { id, change, receipt: { state: 'interrupted', id, detail: 'power cut' } };
}
