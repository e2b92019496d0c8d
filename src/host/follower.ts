import { clean } from '../core/clean.js';
import type { ChangeId, RunId } from '../core/names.js';
import type { OutputAt, OutputPiece } from '../core/ports.js';
import { followScript } from './bundle-script.js';
import type { Part } from './channel.js';
import { readReceipt, type SeenReceipt } from './receipts.js';

const tailBytes = 4_096;

/** Where one who watches a step stands in its two streams of output. */
export class Follower {
  readonly #streams: readonly [FollowedStream, FollowedStream];

  constructor(
    private readonly base: string,
    private readonly run: RunId,
    private readonly id: ChangeId,
    from: OutputAt,
    private readonly onOutput: (piece: OutputPiece) => void,
  ) {
    this.#streams = [
      new FollowedStream('stdout', from.stdout),
      new FollowedStream('stderr', from.stderr),
    ];
  }

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
  #tail = Buffer.alloc(0);

  constructor(
    private readonly stream: OutputPiece['stream'],
    public at: number,
  ) {}

  take(position: Part | undefined, bytes: Part | undefined): OutputPiece | null {
    // What is cut off in the middle of a character is asked for again.
    const output = wholeCharacters(bytes?.output ?? Buffer.alloc(0));
    const from = Number(position?.output.toString('ascii') ?? 0);
    const gap = from !== this.at;
    this.at = from + output.length;
    this.#tail = Buffer.concat([this.#tail, output]).subarray(-tailBytes);
    const text = clean(output.toString('utf8'));
    return text === '' ? null : { stream: this.stream, text, at: this.at, gap };
  }

  tail(): string {
    return clean(this.#tail.toString('utf8'));
  }
}

/** Without the beginning of a character whose rest has not come yet. */
function wholeCharacters(bytes: Buffer): Buffer {
  for (let back = 1; back <= 3 && back <= bytes.length; back++) {
    const byte = bytes[bytes.length - back] ?? 0;
    if (byte < 0x80) return bytes;
    if (byte < 0xc0) continue;
    const length = byte < 0xe0 ? 2 : byte < 0xf0 ? 3 : 4;
    return length > back ? bytes.subarray(0, -back) : bytes;
  }
  return bytes;
}
