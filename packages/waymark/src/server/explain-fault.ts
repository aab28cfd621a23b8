/** What whoever asked is told of an error: by status, in words. */

export interface Fault {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  readonly start?: number;
  readonly end?: number;
}

/**
 * By what errors carry, and not by their class: the store's come from its thread, where they lose it, and in Jest Node's own
 * are of another realm.
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
  // What was sent is not kept, and will be when there is room, or the store has started again.
  if (code === 'WAYMARK_STORE_GONE') return { status: 503, message, retryAfterSeconds: 30 };
  if (code === 'WAYMARK_STORE_FULL') return { status: 503, message, retryAfterSeconds: 30 };
  if (code === 'WAYMARK_STORE_UNREADABLE') {
    return { message, ...(retryAfterSeconds === undefined ? { status: 500 } : { status: 503, retryAfterSeconds }) };
  }
  if (code === 'WAYMARK_STORE_FAILED') return { status: 503, message, retryAfterSeconds: retryAfterSeconds ?? 1 };
  if (code === 'WAYMARK_READS_FULL') return { status: 503, message, retryAfterSeconds: retryAfterSeconds ?? 1 };
  if (code === 'WAYMARK_READ_FAILED' || code === 'WAYMARK_CALLER_GONE') return { status: 503, message };
  // Exporters send again what is answered with 503, and this batch never will be stored.
  if (code === 'WAYMARK_BATCH_REFUSED') return { status: 400, message };
  if (code === 'WAYMARK_INVALID_QUERY') return { status: 400, message, ...range };
  // Fastify's own: a URL that cannot be decoded, a body of a wrong type.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return { status: statusCode, message };
  return { status: 500, message: `The collector failed: ${message}` };
}

interface Carried {
  readonly message: string;
  readonly code: string;
  readonly status: number;
  /** Fastify's. */
  readonly statusCode: number;
  readonly retryAfterSeconds: number;
  readonly start: number;
  readonly end: number;
}
