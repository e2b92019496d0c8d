import type { Access, Answer, AnswerTo, Question } from './question.js';

/** Something that must be true on the host before an inverse may be carried out. */
export type Guard =
  | { readonly path: string; readonly is: 'present' | 'missing' }
  | { readonly path: string; readonly is: 'digest'; readonly sha256: string }
  | { readonly path: string; readonly is: 'link'; readonly target: string }
  | ({ readonly path: string; readonly is: 'access' } & Access);

/** What the host is asked to know whether a guard holds. */
export function questionOf({ path, is }: Guard): Question {
  return { kind: is === 'digest' || is === 'link' ? is : 'stat', path };
}

export function holds(guard: Guard, answer: Answer | undefined): boolean {
  switch (guard.is) {
    case 'missing':
      return answer === null;
    case 'present':
      return answer !== null && answer !== undefined;
    case 'digest':
      return (answer as AnswerOf<'digest'>)?.sha256 === guard.sha256;
    case 'link':
      return (answer as AnswerOf<'link'>)?.target === guard.target;
    case 'access': {
      const seen = answer as AnswerOf<'stat'>;
      return seen?.mode === guard.mode && seen.uid === guard.uid && seen.gid === guard.gid;
    }
  }
}

type AnswerOf<K extends Question['kind']> = AnswerTo<Extract<Question, { kind: K }>> | undefined;
