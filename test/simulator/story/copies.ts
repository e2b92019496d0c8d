import type { Verb } from '../controller/attempt.js';
import { makeParents } from '../host/changes.js';
import { Machine } from '../host/machine.js';
import type { Random } from '../time/random.js';
import type { Site } from './site.js';

/** An older copy of the run's directory, and what somebody tries with it. */
export interface OlderCopy {
  /** Taken behind so many effects of the first process. */
  readonly effect: number;
  readonly verb: Verb;
  /** Between two tries with the run's own directory, or when all is over. */
  readonly when: 'between' | 'after';
}

/** One story in six has one. */
export function olderCopyFrom(random: Random): OlderCopy | undefined {
  if (!random.chance(0.17)) return undefined;
  return {
    effect: random.between(1, random.between(1, 900)),
    verb: random.pick(['resume', 'rollback']),
    when: random.pick(['between', 'after']),
  };
}

/** Another computer with a copy of the run directory as it is at this moment. */
export function copyOf(site: Site, from: Machine): Machine {
  const other = new Machine('controller', from.address, from.around);
  for (const { path, text } of from.files.texts('/ops')) {
    makeParents(other, path);
    other.files.write(path, text, 0o600);
  }
  other.files.syncAll();
  site.trace.add('COPY', 'the run directory is copied');
  return other;
}
