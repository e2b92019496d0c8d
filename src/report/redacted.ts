import type { Event } from '../core/event.js';

type Redact = (text: string) => string;

/**
 * The event with every text masked, before anything is made of it: once escaped for JSON or cleaned for
 * a terminal, a secret with a quote or a line break in it would no longer be recognised.
 */
export function redactedEvent(event: Event, redact: Redact): Event {
  return masked(event, redact) as Event;
}

function masked(value: unknown, redact: Redact): unknown {
  if (typeof value === 'string') return redact(value);
  if (Array.isArray(value)) return value.map((one) => masked(one, redact));
  if (value === null || typeof value !== 'object') return value;
  return Object.fromEntries(Object.entries(value).map(([key, one]) => [key, masked(one, redact)]));
}
