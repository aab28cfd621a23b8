/** A request that cannot be answered as it is. Thrown by handlers; what the sender reads is the message. */
export class RequestProblem extends Error {
  readonly code: 'WAYMARK_REQUEST_PROBLEM' = 'WAYMARK_REQUEST_PROBLEM';
  readonly status: number;
  /** For `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;

  constructor(status: number, message: string, { retryAfterSeconds }: { readonly retryAfterSeconds?: number } = {}) {
    super(message);
    this.name = 'RequestProblem';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
  }
}
