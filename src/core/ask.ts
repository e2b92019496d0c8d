import type { Failure } from './failure.js';
import type { RunId } from './names.js';
import type { AnswerTo, Question } from './question.js';
import type { Result } from './result.js';

export type Questions = { readonly [name: string]: Question };
export type AnswersTo<Q extends Questions> = { readonly [K in keyof Q]: AnswerTo<Q[K]> };

/** Asks several questions in one frame, one round trip; the answers come under the questions' names. */
export type Ask = <const Q extends Questions>(
  questions: Q,
) => Promise<Result<AnswersTo<Q>, Failure>>;

/** Whom a step can ask: the host it is about, the machine that runback runs on, and the operator. */
export interface Places {
  readonly host: Ask;
  readonly controller: Ask;
  readonly pause: Pause;
  /** Names what the run leaves on a host: its trash, which `clean` takes away. */
  readonly run: RunId;
}

/** Waits for whoever sits at the terminal, or until a time is over: null waits for a person only. */
export type Pause = (message: string, forMs: number | null) => Promise<Result<Paused, Failure>>;

export interface Paused {
  /** What ended it; `nobody` in a preview, which does not wait. */
  readonly by: 'operator' | 'time' | 'nobody';
  readonly waitedMs: number;
}
