/** A part of the file cannot be read: the disk or another program has changed it. */
import { reasonOf } from './reason-of.ts';

/** Concerns a part of an open file. The rest of the file is still used. */
export class StoreDamaged extends Error {
  readonly code: 'WAYMARK_STORE_UNREADABLE' = 'WAYMARK_STORE_UNREADABLE';
  /** The message of SQLite or of the decoder. */
  readonly reason: string;
  /** For spans that could not be stored: the sender still has them when the file has been moved away. */
  readonly retryAfterSeconds: number | undefined;

  constructor(what: string, cause: unknown, { retryAfterSeconds }: { readonly retryAfterSeconds?: number } = {}) {
    const reason = cause instanceof StoreDamaged ? cause.reason : reasonOf(cause);
    super(
      `${what} is damaged: ${reason}. The undamaged part is still served: export it, stop the collector, and move the file away.`,
      { cause },
    );
    this.name = 'StoreDamaged';
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Runs a decoder on bytes that the store itself has written. If it fails, they have been changed. */
export function decodeStored<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof StoreDamaged) throw cause;
    throw new StoreDamaged('A part of the store', cause);
  }
}
