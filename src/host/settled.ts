import type { Failure } from '../core/failure.js';
import type { ChangeId, HostName } from '../core/names.js';
import type { Receipt } from '../core/receipt.js';
import { err, ok, type Result } from '../core/result.js';
import type { Part } from './channel.js';
import { cannotWrite, fenced, usedBefore } from './failures.js';
import { readReceipts, type SeenReceipt } from './receipts.js';

/** What the runner's claim and the wrapper end with; see src/host/runner. */
const exits = { cannotWrite: 3, fenced: 9, used: 17 } as const;

/** What became of a bundle that was sent. Where the host could not write, what has run is in doubt, and why. */
export function readLaunched(
  host: HostName,
  place: string,
  ids: readonly ChangeId[],
  [claimed, launched, ...rest]: readonly Part[],
): Result<readonly Receipt[], Failure> {
  if (claimed?.exitCode === exits.used) return err(usedBefore(host));
  if (claimed?.exitCode !== 0) return err(cannotWrite(host, place, claimed));
  if (launched?.exitCode === exits.fenced) return err(fenced(host));
  const receipts = readReceipts(ids, rest);
  if (launched?.exitCode !== exits.cannotWrite) return final(host, place, receipts, launched);
  const failure = cannotWrite(host, place, launched);
  const hasRun = receipts.some(({ state }) => state === 'done' || state === 'interrupted');
  if (!hasRun) return err(failure);
  const told = receipts.map((receipt) =>
    receipt.state === 'interrupted' ? { ...receipt, detail: failure.message } : receipt,
  );
  return final(host, place, told, launched);
}

/** A part in front says whether anything could be written there. */
export function readSettled(
  host: HostName,
  place: string,
  ids: readonly ChangeId[],
  [prepared, ...rest]: readonly Part[],
): Result<readonly Receipt[], Failure> {
  return final(host, place, readReceipts(ids, rest), prepared);
}

function final(
  host: HostName,
  place: string,
  receipts: readonly SeenReceipt[],
  said: Part | undefined,
): Result<readonly Receipt[], Failure> {
  const settled: Receipt[] = [];
  for (const receipt of receipts) {
    if (receipt.state === 'unsettled') {
      const output = Buffer.concat([said?.output ?? Buffer.alloc(0), Buffer.from(receipt.said)]);
      return err(cannotWrite(host, place, { output, exitCode: 1 }));
    }
    settled.push(receipt);
  }
  return ok(settled);
}
