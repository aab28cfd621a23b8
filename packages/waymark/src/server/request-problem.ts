/** A request that cannot be answered as it is. Thrown by handlers; what the sender reads is the message. */
export class RequestProblem extends Error {
  readonly status: number;
  /** Seconds, for `Retry-After`. */
  readonly retryAfterSeconds: number | undefined;
  /** Which part of a query cannot be read. */
  readonly range: { readonly start: number; readonly end: number } | undefined;

  constructor(
    status: number,
    message: string,
    {
      retryAfterSeconds,
      range,
    }: { readonly retryAfterSeconds?: number; readonly range?: { readonly start: number; readonly end: number } } = {},
  ) {
    super(message);
    this.name = 'RequestProblem';
    this.status = status;
    this.retryAfterSeconds = retryAfterSeconds;
    this.range = range;
  }
}
