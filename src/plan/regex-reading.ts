import type { Shape } from './automaton.js';

/** What is read, how far, and the first thing that cannot be meant or cannot be matched in linear time. */
export interface Reading {
  readonly characters: readonly string[];
  at: number;
  depth: number;
  problem: string | null;
}

const NOTHING: Shape = { kind: 'sequence', parts: [] };

/** Notes why, and lets the reading end. */
export function refuse(reading: Reading, why: string): Shape {
  reading.problem ??= why;
  reading.at = reading.characters.length;
  return NOTHING;
}
