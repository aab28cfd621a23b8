/** What SQLite complains of when it writes, for whoever sent the spans. */

import { reasonOf } from '../reason-of.ts';
import { StoreDamaged } from '../store-damaged.ts';

/** The disk is full, or cannot be written. What was sent is not kept; the sender may try again. */
class StoreFull extends Error {
  readonly code: 'WAYMARK_STORE_FULL' = 'WAYMARK_STORE_FULL';
  readonly status: 503 = 503;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreFull';
  }
}

/** Its file has no name any more: what is written to it is lost when it is closed. */
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
    `${path} was deleted, or replaced by another file, while it was open: what is sent is not kept. Start the collector again.`,
  );
}

/** Full, or an input or output error: SQLITE_FULL and SQLITE_IOERR, in the words of both drivers. Or a page that is damaged. */
export function storeProblem(error: unknown, path: string): unknown {
  if (error instanceof StoreDamaged) return new StoreDamaged(path, error, { retryAfterSeconds: 30 });
  const reason = reasonOf(error);
  if (!/full|disk I\/O|readonly|unable to open/i.test(reason)) return error;
  return new StoreFull(`${path} cannot be written: ${reason}. Make room; what was sent is not kept.`, {
    cause: error,
  });
}
