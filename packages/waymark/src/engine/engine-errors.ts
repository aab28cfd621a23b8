/** Why a call of the engine failed. Each error maps to an HTTP status by its code, which survives the way between threads. */

/** The thread ended during a call. A batch may have been stored or not, so the sender should send it again. */
export class StoreFailed extends Error {
  readonly code: 'WAYMARK_STORE_FAILED' = 'WAYMARK_STORE_FAILED';
  readonly status: 503 = 503;
  /** When the thread is expected to run again. */
  readonly retryAfterSeconds: number;

  constructor(
    message: string,
    { retryAfterSeconds = 1, cause }: ErrorOptions & { readonly retryAfterSeconds?: number } = {},
  ) {
    super(message, { cause });
    this.name = 'StoreFailed';
    this.retryAfterSeconds = retryAfterSeconds;
  }
}

/** The thread has failed twice while it stored this batch. Status 400, since exporters retry after 503. */
export class BatchRefused extends Error {
  readonly code: 'WAYMARK_BATCH_REFUSED' = 'WAYMARK_BATCH_REFUSED';
  readonly status: 400 = 400;

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `The collector failed twice while it stored this batch, and now refuses it: ${reason} Send fewer or smaller spans in a batch.`,
      options,
    );
    this.name = 'BatchRefused';
  }
}

/** A reader thread has failed: the answer exceeded its memory limit, or the file is damaged. */
export class ReadFailed extends Error {
  readonly code: 'WAYMARK_READ_FAILED' = 'WAYMARK_READ_FAILED';
  readonly status: 503 = 503;

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `The thread that reads spans has failed: ${reason} Ask for less at once, such as a shorter time range.`,
      options,
    );
    this.name = 'ReadFailed';
  }
}

/** More reads wait than the collector accepts. */
export class ReadsFull extends Error {
  readonly code: 'WAYMARK_READS_FULL' = 'WAYMARK_READS_FULL';
  readonly status: 503 = 503;
  readonly retryAfterSeconds: 2 = 2;

  constructor(message: string) {
    super(message);
    this.name = 'ReadsFull';
  }
}

/** The client closed its connection before the read began, so no answer is needed. */
export class CallerGone extends Error {
  readonly code: 'WAYMARK_CALLER_GONE' = 'WAYMARK_CALLER_GONE';
  readonly status: 503 = 503;

  constructor() {
    super('The client closed its connection before its answer was started.');
    this.name = 'CallerGone';
  }
}
