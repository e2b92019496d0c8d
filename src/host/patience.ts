import type { Questions } from '../core/ask.js';
import type { Question } from '../core/question.js';

/**
 * How long the answers to these questions may take before the host counts as hanging. The scripts bound
 * themselves where they can; this is for a disk or a network file system that does not come back.
 */
export function askPatienceMs(questions: Questions): number {
  return Object.values(questions).reduce((sum, question) => sum + patienceMs(question), 60_000);
}

function patienceMs(question: Question): number {
  if ('timeoutMs' in question) return question.timeoutMs;
  switch (question.kind) {
    case 'archive-list':
    case 'digest':
    case 'etcd-content':
    case 'snapshot-file':
      return 15 * 60_000;
    case 'log':
    case 'survey':
      return 2 * 60_000;
    default:
      return 10_000;
  }
}
