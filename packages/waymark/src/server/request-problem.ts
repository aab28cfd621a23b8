/** A handler throws it for a request that cannot be answered. The client gets the message. */
export class RequestProblem extends Error {
  readonly code: 'WAYMARK_REQUEST_PROBLEM' = 'WAYMARK_REQUEST_PROBLEM';
  readonly status: number;
  /** The value of `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, { retryAfterSeconds }: { readonly retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = 'RequestProblem';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
