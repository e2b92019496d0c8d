import type { Readable } from 'node:stream';

const tailBytes = 4_096;

/** Drains a stream and remembers its end: what a program complains of is bounded. */
export function tailOf(stream: Readable): () => string {
  let tail: Buffer = Buffer.alloc(0);
  stream.on('data', (chunk: Buffer) => {
    tail = Buffer.concat([tail, chunk]).subarray(-tailBytes);
  });
  stream.on('error', () => {});
  return () => tail.toString('utf8').trim();
}
