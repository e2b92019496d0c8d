/**
 * A value that must not be seen. It has no way to become text by accident: String(), JSON and
 * template literals give the mask. Only `reveal` gives the text, and only host/ calls it.
 */
export class Secret {
  readonly #text: string;

  constructor(text: string) {
    this.#text = text;
  }

  reveal(): string {
    return this.#text;
  }

  toString(): string {
    return MASK;
  }

  toJSON(): string {
    return MASK;
  }
}

export const MASK = '«secret»';

/** Replaces every known secret's text, longest first, so that a secret inside another leaves no rest. */
export function redact(text: string, secrets: readonly Secret[]): string {
  const known = secrets
    .map((secret) => secret.reveal())
    .filter((plain) => plain.length > 0)
    .sort((a, b) => b.length - a.length);
  return known.reduce((clean, plain) => clean.split(plain).join(MASK), text);
}
