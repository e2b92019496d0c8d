/** A pattern of characters. What cannot be written so (a look ahead, a reference back) is not linear. */
export type Shape =
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'sequence'; readonly parts: readonly Shape[] }
  | { readonly kind: 'either'; readonly parts: readonly Shape[] }
  /** `max` null: without end. */
  | {
      readonly kind: 'repeat';
      readonly of: Shape;
      readonly min: number;
      readonly max: number | null;
    };

type Step =
  | { readonly kind: 'one'; readonly accepts: (character: string) => boolean }
  | { readonly kind: 'begin' }
  | { readonly kind: 'end' }
  | { readonly kind: 'go'; readonly to: number[] }
  | { readonly kind: 'found' };

/** A pattern of more steps is not one that a person wrote for names. */
const stepsMax = 2_000;

export type Matcher = (text: string) => boolean;

/**
 * Matches from the first character on, in time that grows with the text and not with the ways to match
 * it: all ways are walked at once. Null when the pattern is too big.
 */
export function matcherOf(shape: Shape): Matcher | null {
  const steps: Step[] = [];
  if (!append(shape, steps)) return null;
  steps.push({ kind: 'found' });
  return (text) => isFound(steps, [...text]);
}

/** False when there are too many steps. */
function append(shape: Shape, steps: Step[]): boolean {
  if (steps.length > stepsMax) return false;
  switch (shape.kind) {
    case 'one':
    case 'begin':
    case 'end':
      steps.push(shape);
      return true;
    case 'sequence':
      return shape.parts.every((part) => append(part, steps));
    case 'either':
      return appendEither(shape.parts, steps);
    case 'repeat':
      return appendRepeat(shape, steps);
  }
}

function appendEither(parts: readonly Shape[], steps: Step[]): boolean {
  const choice = go(steps);
  const ends: number[][] = [];
  for (const part of parts) {
    choice.push(steps.length);
    if (!append(part, steps)) return false;
    ends.push(go(steps));
  }
  for (const end of ends) end.push(steps.length);
  return true;
}

function appendRepeat(shape: Extract<Shape, { kind: 'repeat' }>, steps: Step[]): boolean {
  for (let count = 0; count < shape.min; count++) {
    if (!append(shape.of, steps)) return false;
  }
  if (shape.max === null) {
    const again = steps.length;
    const choice = go(steps);
    choice.push(steps.length);
    if (!append(shape.of, steps)) return false;
    go(steps).push(again);
    choice.push(steps.length);
    return true;
  }
  const choices: number[][] = [];
  for (let count = shape.min; count < shape.max; count++) {
    const choice = go(steps);
    choice.push(steps.length);
    choices.push(choice);
    if (!append(shape.of, steps)) return false;
  }
  for (const choice of choices) choice.push(steps.length);
  return true;
}

function go(steps: Step[]): number[] {
  const to: number[] = [];
  steps.push({ kind: 'go', to });
  return to;
}

function isFound(steps: readonly Step[], text: readonly string[]): boolean {
  let here = new Set([0]);
  for (let at = 0; at <= text.length && here.size > 0; at++) {
    const next = new Set<number>();
    // A set that grows while it is walked takes every step once.
    for (const index of here) {
      const step = steps[index] as Step;
      if (step.kind === 'found') return true;
      if (step.kind === 'go') for (const to of step.to) here.add(to);
      else if (step.kind === 'begin' && at === 0) here.add(index + 1);
      else if (step.kind === 'end' && at === text.length) here.add(index + 1);
      else if (step.kind === 'one' && at < text.length && step.accepts(text[at] as string)) {
        next.add(index + 1);
      }
    }
    here = next;
  }
  return false;
}
