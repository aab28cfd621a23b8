/** What whoever asked is told of an error: by status, in words. */
import { UnreadableBody } from '../ingest/unreadable-body.ts';
import { InvalidQuery } from '../query/query.ts';
import { RequestProblem } from './request-problem.ts';

export interface Fault {
  readonly status: number;
  readonly message: string;
  readonly retryAfterSeconds?: number;
  readonly start?: number;
  readonly end?: number;
}

/**
 * The store's errors come from its thread, where they lose their class but keep their fields: what counts is the code.
 */
export function explainFault(error: unknown): Fault {
  if (!(error instanceof Error)) return { status: 500, message: String(error) };
  const { message } = error;
  if (error instanceof RequestProblem) {
    return {
      status: error.status,
      message,
      ...(error.retryAfterSeconds !== undefined && { retryAfterSeconds: error.retryAfterSeconds }),
      ...error.range,
    };
  }
  const { code, status, statusCode, start, end } = error as Partial<
    UnreadableBody & InvalidQuery & { statusCode: number }
  >;
  if (error instanceof UnreadableBody || code === 'WAYMARK_UNREADABLE_BODY') return { status: status ?? 400, message };
  if (error instanceof InvalidQuery || code === 'WAYMARK_INVALID_QUERY') {
    return { status: 400, message, ...(start !== undefined && end !== undefined && { start, end }) };
  }
  // Fastify's own: a URL that cannot be decoded, a body of a wrong type.
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) return { status: statusCode, message };
  return { status: 500, message: `The collector failed: ${message}` };
}
