/** Turns an error into the status and message of an answer. */

export interface Fault {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  readonly start?: number;
  readonly end?: number;
}

/**
 * Looks at the fields of errors, not at their class: an error of the store loses its class on the way between threads, and in Jest
 * Node's own errors are of another realm.
 */
export function explainFault(error: unknown): Fault {
  const {
    message = String(error),
    code,
    status,
    statusCode,
    retryAfterSeconds,
    start,
    end,
  } = (typeof error === 'object' && error !== null ? error : {}) as Partial<Carried>;
  const range = start !== undefined && end !== undefined && { start, end };
  if (code === 'WAYMARK_REQUEST_PROBLEM' || code === 'WAYMARK_UNREADABLE_BODY') {
    return { status: status ?? 400, message, ...(retryAfterSeconds !== undefined && { retryAfterSeconds }) };
  }
  // The batch was not stored. A retry succeeds when there is room, or when the store is running again.
  if (code === 'WAYMARK_STORE_GONE') return { status: 503, message, retryAfterSeconds: 30 };
  if (code === 'WAYMARK_STORE_FULL') return { status: 503, message, retryAfterSeconds: 30 };
  if (code === 'WAYMARK_STORE_UNREADABLE') {
    return { message, ...(retryAfterSeconds === undefined ? { status: 500 } : { status: 503, retryAfterSeconds }) };
  }
  if (code === 'WAYMARK_STORE_FAILED') return { status: 503, message, retryAfterSeconds: retryAfterSeconds ?? 1 };
  if (code === 'WAYMARK_READS_FULL') return { status: 503, message, retryAfterSeconds: retryAfterSeconds ?? 1 };
  if (code === 'WAYMARK_READ_FAILED' || code === 'WAYMARK_CALLER_GONE') return { status: 503, message };
  // Not 503, on which exporters retry: this batch will never be stored.
  if (code === 'WAYMARK_BATCH_REFUSED') return { status: 400, message };
  if (code === 'WAYMARK_INVALID_QUERY') return { status: 400, message, ...range };
  // Fastify's own errors: a URL that cannot be decoded, a body of a wrong type.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return { status: statusCode, message };
  return { status: 500, message: `The collector failed: ${message}` };
}

interface Carried {
  readonly message: string;
  readonly code: string;
  readonly status: number;
  /** Set by Fastify. */
  readonly statusCode: number;
  readonly retryAfterSeconds: number;
  readonly start: number;
  readonly end: number;
}
