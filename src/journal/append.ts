import type { Failure } from '../core/failure.js';
import type { Journal } from '../core/ports.js';
import type { RecordBody } from '../core/record.js';
import { err, ok, type Result } from '../core/result.js';
import { type ChainEnd, endAfter, lineOf } from './chain.js';
import type { Disk } from './disk.js';
import { diskFailure } from './failures.js';

/**
 * Appends records to an open file. An append resolves when its record is on the disk; appends that are
 * waiting at the same time share one sync, in the order in which they were called.
 */
export class JournalFile implements Journal {
  readonly #waiting: ((result: Result<void, Failure>) => void)[] = [];
  #isSyncing = false;
  #isClosed = false;
  #isUntrusted = false;
  #broken: Failure | null = null;
  #end: ChainEnd;
  #durableEnd: ChainEnd;

  constructor(
    private readonly path: string,
    private readonly file: number,
    end: ChainEnd,
    private readonly disk: Disk,
    private readonly now: () => string,
  ) {
    this.#end = end;
    this.#durableEnd = end;
  }

  append(record: RecordBody): Promise<Result<void, Failure>> {
    if (this.#isClosed) throw new Error('a record was appended to a closed journal');
    if (this.#broken !== null) return Promise.resolve(err(this.#broken));
    const line = lineOf(record, this.now(), this.#end);
    try {
      this.disk.append(this.file, `${line}\n`);
    } catch (thrown) {
      this.#broken = diskFailure(this.path, thrown);
      return Promise.resolve(err(this.#broken));
    }
    this.#end = endAfter(line, this.#end);
    return new Promise((resolve) => {
      this.#waiting.push(resolve);
      if (!this.#isSyncing) void this.syncUntilIdle();
    });
  }

  get isBroken(): boolean {
    return this.#broken !== null;
  }

  /** Behind the last record that is on the disk for certain. */
  get durableEnd(): ChainEnd {
    return this.#durableEnd;
  }

  /** What was appended before is still synced; the file is let go behind it. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    if (!this.#isSyncing) this.disk.close(this.file);
  }

  /** One sync for all that wait when it begins; those that come during it wait for the next. */
  private async syncUntilIdle(): Promise<void> {
    this.#isSyncing = true;
    // Appends of the same turn come together before the first sync begins.
    await Promise.resolve();
    while (this.#waiting.length > 0) {
      const served = this.#waiting.splice(0);
      const result = await this.sync();
      for (const resolve of served) resolve(result);
    }
    this.#isSyncing = false;
    if (this.#isClosed) this.disk.close(this.file);
  }

  /**
   * What was written before a sync that succeeded is safe, whatever a later append met. After a sync
   * that failed nothing on this file can be trusted: the journal stays broken.
   */
  private async sync(): Promise<Result<void, Failure>> {
    if (this.#isUntrusted && this.#broken !== null) return err(this.#broken);
    const end = this.#end;
    try {
      await this.disk.sync(this.file);
      this.#durableEnd = end;
      return ok(undefined);
    } catch (thrown) {
      this.#isUntrusted = true;
      this.#broken = diskFailure(this.path, thrown);
      return err(this.#broken);
    }
  }
}
