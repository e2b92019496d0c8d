import { StringDecoder } from 'node:string_decoder';
import { clean } from '../core/clean.js';
import type { ChangeId, RunId } from '../core/names.js';
import type { OutputPiece } from '../core/ports.js';
import { followScript } from './bundle-script.js';
import type { Part } from './channel.js';
import { readReceipt, type SeenReceipt } from './receipts.js';

const tailBytes = 4_096;

/** Where one who watches a step stands in its two streams of output. */
export class Follower {
  readonly #streams = [new FollowedStream('stdout'), new FollowedStream('stderr')] as const;

  constructor(
    private readonly base: string,
    private readonly run: RunId,
    private readonly id: ChangeId,
    private readonly onOutput: (piece: OutputPiece) => void,
  ) {}

  script(): string {
    const [out, errors] = this.#streams;
    return followScript(this.base, this.run, this.id, [out.at, errors.at]);
  }

  /** Hands on what is new, and gives what was seen of the step. */
  read([line, ...pieces]: readonly Part[]): SeenReceipt {
    for (const [index, stream] of this.#streams.entries()) {
      const piece = stream.take(pieces[2 * index], pieces[2 * index + 1]);
      if (piece !== null) this.onOutput(piece);
    }
    const [out, errors] = this.#streams;
    const seen = line?.output.toString('utf8') ?? '';
    return readReceipt(this.id, seen, out.tail(), errors.tail());
  }
}

class FollowedStream {
  at = 0;
  readonly #decoder = new StringDecoder('utf8');
  #tail = Buffer.alloc(0);

  constructor(private readonly stream: OutputPiece['stream']) {}

  take(position: Part | undefined, bytes: Part | undefined): OutputPiece | null {
    const output = bytes?.output ?? Buffer.alloc(0);
    const from = Number(position?.output.toString('ascii') ?? 0);
    const gap = from !== this.at;
    this.at = from + output.length;
    this.#tail = Buffer.concat([this.#tail, output]).subarray(-tailBytes);
    const text = clean(this.#decoder.write(output));
    return text === '' ? null : { stream: this.stream, text, gap };
  }

  tail(): string {
    return clean(this.#tail.toString('utf8'));
  }
}
