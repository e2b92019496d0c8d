import type { Answer } from '../../core/question.js';
import type { Part } from '../channel.js';

/** How one kind of question is put to a shell, and how its answer is read. The script changes nothing. */
export interface Asked {
  readonly script: string;
  readonly parse: (part: Part) => Answer;
}
