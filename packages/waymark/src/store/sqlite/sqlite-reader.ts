/**
 * Reads a file that a store of the same process has opened, on a read-only connection. Each statement sees the last
 * transaction that was committed before it, so acknowledged spans are found. No statement is open between two steps: a
 * reader never delays writing back the log for longer than one statement takes.
 */
import type { TraceReads } from '../trace-store.ts';
import { openReadOnly } from './open-driver.ts';
import { createReads } from './reads.ts';
import { createSeriesNames } from './series-names.ts';

export interface SqliteReaderOptions {
  readonly path: string;
  /** @see SqliteStoreOptions */
  readonly maxSearchMs?: number;
  readonly now?: () => number;
  /** Called between two steps of a read. */
  readonly giveWay?: () => void;
}

// The store's own cache has 64 MiB.
const cacheKib = 32_768;

/** Only for Node's own SQLite: see `canReadBeside()`. */
export function createSqliteReader({
  path,
  maxSearchMs = 200,
  now = Date.now,
  giveWay = () => {},
}: SqliteReaderOptions): TraceReads & { close(): void } {
  const driver = openReadOnly(path);
  // A checkpoint may lock the log for a moment.
  driver.exec(`PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${cacheKib}`);
  const names = createSeriesNames(driver);
  const { reads } = createReads({ driver, names, maxSearchMs, now, giveWay });

  function passing<Args extends readonly unknown[], Result>(
    read: (...args: Args) => Result,
  ): (...args: Args) => Result {
    return (...args) => {
      giveWay();
      return read(...args);
    };
  }

  return {
    list: passing(reads.list),
    scatter: passing(reads.scatter),
    facets: passing(reads.facets),
    complete: passing(reads.complete),
    spans: passing(reads.spans),
    reader: passing(reads.reader),
    history: passing(reads.history),
    operations: passing(reads.operations),
    median: passing(reads.median),
    map: passing(reads.map),
    errors: passing(reads.errors),
    services: passing(reads.services),
    close: () => driver.close(),
  };
}
