import type { OutputPiece } from '../core/ports.js';

export interface Line {
  readonly text: string;
  /** Something before it is left out. */
  readonly gap: boolean;
}

/** Of a line that does not end only so much is kept: the rest is dropped until it does. */
const charactersMax = 4_096;

/** Makes lines of the pieces of one stream. A secret in a line is masked as a whole, so no line is told in parts. */
export class Lines {
  #open = '';
  #hasGap = false;

  take({ text, gap }: Pick<OutputPiece, 'text' | 'gap'>): readonly Line[] {
    // What was begun before a gap and what comes behind it are not one line.
    const told = gap ? this.rest() : [];
    this.#hasGap ||= gap;
    const [first = '', ...others] = text.split('\n');
    const lines = [this.bounded(this.#open + first), ...others.map((one) => this.bounded(one))];
    this.#open = lines.pop() ?? '';
    return [...told, ...lines.map((line) => this.line(line))];
  }

  /** What has no line break behind it, when nothing more comes. */
  rest(): readonly Line[] {
    const text = this.#open;
    this.#open = '';
    return text === '' ? [] : [this.line(text)];
  }

  private bounded(text: string): string {
    return text.slice(0, charactersMax);
  }

  private line(text: string): Line {
    const gap = this.#hasGap;
    this.#hasGap = false;
    return { text, gap };
  }
}
