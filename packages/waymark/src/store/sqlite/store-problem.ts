/** Converts an error of SQLite into one for the sender of the spans. */

import { reasonOf } from '../reason-of.ts';
import { StoreDamaged } from '../store-damaged.ts';

/** The disk is full or not writable. The request's spans are not stored; the sender may try again. */
class StoreFull extends Error {
  readonly code: 'WAYMARK_STORE_FULL' = 'WAYMARK_STORE_FULL';
  readonly status: 503 = 503;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreFull';
  }
}

/** The file was deleted or replaced: what is written to it is lost when it is closed. */
class StoreGone extends Error {
  readonly code: 'WAYMARK_STORE_GONE' = 'WAYMARK_STORE_GONE';
  readonly status: 503 = 503;

  constructor(message: string) {
    super(message);
    this.name = 'StoreGone';
  }
}

export function storeGone(path: string): StoreGone {
  return new StoreGone(
    `${path} was deleted, or replaced by another file, while it was open: spans are not stored any more. Start the collector again.`,
  );
}

/** Recognises SQLITE_FULL and SQLITE_IOERR in the messages of both drivers, and a damaged page. */
export function storeProblem(error: unknown, path: string): unknown {
  if (error instanceof StoreDamaged) return new StoreDamaged(path, error, { retryAfterSeconds: 30 });
  const reason = reasonOf(error);
  if (!/full|disk I\/O|readonly|unable to open/i.test(reason)) return error;
  return new StoreFull(
    `${path} cannot be written: ${reason}. The spans of this request are not stored. Free some disk space.`,
    {
      cause: error,
    },
  );
}
