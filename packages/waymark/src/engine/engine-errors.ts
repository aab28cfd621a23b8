/** Why a call of the engine was not answered. All have a status for the HTTP answer, and survive the way between threads. */

/** The thread ended in the middle of something. What was being stored may be stored or not; sending it again is right. */
export class StoreFailed extends Error {
  readonly code: 'WAYMARK_STORE_FAILED' = 'WAYMARK_STORE_FAILED';
  readonly status: 503 = 503;
  /** When the thread is there again. */
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

/** The thread has failed twice while it stored this batch. 400, since exporters send again what is answered with 503. */
export class BatchRefused extends Error {
  readonly code: 'WAYMARK_BATCH_REFUSED' = 'WAYMARK_BATCH_REFUSED';
  readonly status: 400 = 400;

  constructor(reason: string, options?: ErrorOptions) {
    super(
      `The collector failed twice while it stored this batch, and refuses it now: ${reason} Send fewer or smaller spans in a batch.`,
      options,
    );
    this.name = 'BatchRefused';
  }
}

/** A thread that reads has failed: the answer took more memory than it may, or the file is damaged. */
export class ReadFailed extends Error {
  readonly code: 'WAYMARK_READ_FAILED' = 'WAYMARK_READ_FAILED';
  readonly status: 503 = 503;

  constructor(reason: string, options?: ErrorOptions) {
    super(`The thread that reads spans has failed: ${reason} Ask for less at once, as a shorter time.`, options);
    this.name = 'ReadFailed';
  }
}

/** There is more to read than the collector does at once. */
export class ReadsFull extends Error {
  readonly code: 'WAYMARK_READS_FULL' = 'WAYMARK_READS_FULL';
  readonly status: 503 = 503;
  readonly retryAfterSeconds: 2 = 2;

  constructor(message: string) {
    super(message);
    this.name = 'ReadsFull';
  }
}

/** The client has closed its connection before the read began: nothing is left to answer. */
export class CallerGone extends Error {
  readonly code: 'WAYMARK_CALLER_GONE' = 'WAYMARK_CALLER_GONE';
  readonly status: 503 = 503;

  constructor() {
    super('The client has closed its connection before its answer was begun.');
    this.name = 'CallerGone';
  }
}
