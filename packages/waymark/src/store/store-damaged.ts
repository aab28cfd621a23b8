/** What was stored cannot be read back: the disk, or another program, has changed it. */
import { reasonOf } from './reason-of.ts';

/** Of a file that is open: the rest of it goes on. */
export class StoreDamaged extends Error {
  readonly code: 'WAYMARK_STORE_UNREADABLE' = 'WAYMARK_STORE_UNREADABLE';
  /** What SQLite or the decoder says. */
  readonly reason: string;
  /** For spans that could not be stored: the sender has them still when the file has been moved away. */
  readonly retryAfterSeconds: number | undefined;

  constructor(what: string, cause: unknown, { retryAfterSeconds }: { readonly retryAfterSeconds?: number } = {}) {
    const reason = cause instanceof StoreDamaged ? cause.reason : reasonOf(cause);
    super(
      `${what} is damaged: ${reason}. What is whole is still served: export it, stop the collector, and move the file away.`,
      { cause },
    );
    this.name = 'StoreDamaged';
    this.reason = reason;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** Runs a decoder on bytes that the store itself has written: if it fails, they have been changed. */
export function decodeStored<Result>(decode: () => Result): Result {
  try {
    return decode();
  } catch (cause) {
    if (cause instanceof StoreDamaged) throw cause;
    throw new StoreDamaged('A part of the store', cause);
  }
}
