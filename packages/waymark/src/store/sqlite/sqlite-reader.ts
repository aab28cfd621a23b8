/**
 * Reads a file that a store of the same process has opened, on a connection that can only read. Each statement sees the last
 * transaction that was committed before it, so what was acknowledged is found. No statement is open between two steps: a reader
 * never keeps the write-ahead log from being written back for longer than one of them takes.
 */
import type { TraceReads } from '../trace-store.ts';
import { openReadOnly } from './driver.ts';
import { createNames } from './names.ts';
import { createReads } from './reads.ts';

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

/** Where the store is of Node's own SQLite alone: `canReadBeside()`. */
export function createSqliteReader({
  path,
  maxSearchMs = 200,
  now = Date.now,
  giveWay = () => {},
}: SqliteReaderOptions): TraceReads & { close(): void } {
  const driver = openReadOnly(path);
  // A checkpoint may hold the log for a moment.
  driver.exec(`PRAGMA busy_timeout = 5000; PRAGMA temp_store = MEMORY; PRAGMA cache_size = -${cacheKib}`);
  const names = createNames(driver);
  const { reads } = createReads({ driver, names, maxSearchMs, now, giveWay });
  const services = driver.prepare('SELECT service FROM services WHERE spans > 0');

  /** The store may have removed a name, and given its number to another one. */
  function fresh<Args extends readonly unknown[], Result>(read: (...args: Args) => Result): (...args: Args) => Result {
    return (...args) => {
      names.forget();
      giveWay();
      return read(...args);
    };
  }

  return {
    list: fresh(reads.list),
    scatter: fresh(reads.scatter),
    facets: fresh(reads.facets),
    complete: fresh(reads.complete),
    spans: fresh(reads.spans),
    history: fresh(reads.history),
    operations: fresh(reads.operations),
    median: fresh(reads.median),
    map: fresh(reads.map),
    errors: fresh(reads.errors),
    services: fresh(() =>
      services
        .all()
        .map(({ service }) => names.textOf(Number(service)))
        .sort(),
    ),
    close: () => driver.close(),
  };
}
