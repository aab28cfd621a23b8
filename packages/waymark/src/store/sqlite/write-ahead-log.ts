/**
 * Keeps the write-ahead log short. SQLite writes it back by itself, and begins it anew when no reader is in it: where readers take
 * turns, there may be no such moment for long.
 */
import { realpathSync, statSync } from 'node:fs';
import type { Driver } from './driver.ts';

export interface WriteAheadLog {
  /** Between two transactions. */
  limit(): void;
}

// Twice what makes SQLite write it back, which is 32 MiB.
const maxLogBytes = 64 * 1024 * 1024;

export function createWriteAheadLog({
  driver,
  path,
  withoutReaders,
}: {
  readonly driver: Driver;
  readonly path: string;
  withoutReaders<Result>(work: () => Result): Result;
}): WriteAheadLog {
  const log = `${realpathSync(path)}-wal`; // beside the file that a link leads to
  return {
    limit() {
      if ((statSync(log, { throwIfNoEntry: false })?.size ?? 0) <= maxLogBytes) return;
      withoutReaders(() => driver.exec('PRAGMA wal_checkpoint(TRUNCATE)'));
    },
  };
}
