import type { Failure } from './failure.js';
import type { AnswerTo, Question } from './question.js';
import type { Result } from './result.js';

export type Questions = { readonly [name: string]: Question };
export type AnswersTo<Q extends Questions> = { readonly [K in keyof Q]: AnswerTo<Q[K]> };

/** Asks several questions in one frame, one round trip; the answers come under the questions' names. */
export type Ask = <const Q extends Questions>(
  questions: Q,
) => Promise<Result<AnswersTo<Q>, Failure>>;

/** The two places that a step can ask: the host it is about, and the machine that runback runs on. */
export interface Places {
  readonly host: Ask;
  readonly controller: Ask;
}
