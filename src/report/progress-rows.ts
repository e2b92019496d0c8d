import type { Event } from '../core/event.js';
import type { StepOutcome } from '../core/outcome.js';
import { oneLine } from './safe-text.js';
import { OUTCOME_WORDS } from './wording.js';

/** More rows than this stall the tree: 50 of them cost ten seconds of CPU in a job of three. */
const hostsMax = 10;

/** Where the hosts of the running task stand. */
export class Progress {
  readonly #states = new Map<string, StepOutcome | 'running'>();

  readonly #failed = new Set<string>();

  #said: readonly string[] = [];

  constructor(private readonly hosts: number) {}

  /** What programs printed last, as it is to be shown. */
  says(lines: readonly string[]): void {
    this.#said = lines;
  }

  note(event: Extract<Event, { type: 'step.started' | 'step.finished' }>): void {
    this.#states.set(event.host, event.type === 'step.finished' ? event.outcome : 'running');
    if (event.type === 'step.finished' && isFailure(event)) this.#failed.add(event.host);
    else this.#failed.delete(event.host);
  }

  /** By hosts: under a loop a host ends many steps. */
  get count(): string {
    const ended = [...this.#states.values()].filter((state) => state !== 'running').length;
    return `${ended} of ${this.hosts}`;
  }

  /** When its task is over, a host that still runs was stopped in the middle. */
  get isUnfinished(): boolean {
    return [...this.#states.values()].includes('running');
  }

  get hasFailed(): boolean {
    return this.#failed.size > 0;
  }

  /** One row for each state, with the hosts' names; with their number when they are many. */
  rows(): readonly string[] {
    const hosts = new Map<StepOutcome | 'running', string[]>();
    for (const [host, state] of this.#states) {
      hosts.set(state, [...(hosts.get(state) ?? []), oneLine(host)]);
    }
    const rows = [...hosts].map(([state, names]) => {
      const word = state === 'running' ? 'running' : OUTCOME_WORDS[state];
      return this.hosts > hostsMax ? `${names.length} ${word}` : `${names.join(' ')}  ${word}`;
    });
    return [...rows, ...this.#said];
  }
}

const BAD: readonly StepOutcome[] = ['failed', 'unreachable', 'unknown', 'not_undone'];

/** A host that was left out where that is allowed says why, and does not fail the task. */
function isFailure({ outcome, why }: Extract<Event, { type: 'step.finished' }>): boolean {
  return BAD.includes(outcome) && !(outcome === 'unreachable' && why !== null);
}
