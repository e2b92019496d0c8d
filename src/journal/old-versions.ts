import type { RecordBody } from '../core/record.js';

/**
 * A record of an older journal as this version writes it. An older journal opens always, and is gone on
 * with in this version's lines; a newer one is refused (chain.ts).
 *
 * - 1: steps had no loops, so none of its records has an index.
 * - 2: an end raised no epoch, so there is no `lock.releasing`: hosts have noted no end of such a run.
 */
export function upgraded(body: RecordBody, version: number): RecordBody {
  if (version >= 2 || !('host' in body) || 'index' in body) return body;
  return { ...(body as RecordBody), index: 0 } as RecordBody;
}
