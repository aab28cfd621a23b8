/** What SQLite complains of when it writes, for whoever sent the spans. */

/** The disk is full, or cannot be written. What was sent is not kept; the sender may try again. */
class StoreFull extends Error {
  readonly code: 'WAYMARK_STORE_FULL' = 'WAYMARK_STORE_FULL';
  readonly status: 503 = 503;

  constructor(message: string, options?: ErrorOptions) {
    super(message, options);
    this.name = 'StoreFull';
  }
}

/** Full, or an input or output error: SQLITE_FULL and SQLITE_IOERR, in the words of both drivers. */
export function storeProblem(error: unknown, path: string): unknown {
  if (!(error instanceof Error)) return error;
  if (!/full|disk I\/O|readonly|unable to open/i.test(error.message)) return error;
  return new StoreFull(`${path} cannot be written: ${error.message}. Make room; what was sent is not kept.`, {
    cause: error,
  });
}
