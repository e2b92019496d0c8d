import { clean } from '../core/clean.js';
import type { Plan } from '../core/plan.js';

/** Behind the question of every verb that changes hosts: a yes is a yes to this as well. */
export function leftOutText({ without }: Pick<Plan, 'without'>): string {
  if (without.length === 0) return '';
  const [are, they] = without.length === 1 ? ['is', 'it stays'] : ['are', 'they stay'];
  const hosts = clean(without.join(', '));
  return ` ${hosts} ${are} left out: you say that ${they} down.`;
}
