/** The status of a gRPC call in its span. */
import type { Span } from '../../span.ts';
import { withoutLiterals } from '../error-text.ts';
import type { Status } from './grpc-types.ts';

/** @see https://grpc.github.io/grpc/core/md_doc_statuscodes.html */
const names = [
  'OK',
  'CANCELLED',
  'UNKNOWN',
  'INVALID_ARGUMENT',
  'DEADLINE_EXCEEDED',
  'NOT_FOUND',
  'ALREADY_EXISTS',
  'PERMISSION_DENIED',
  'RESOURCE_EXHAUSTED',
  'FAILED_PRECONDITION',
  'ABORTED',
  'OUT_OF_RANGE',
  'UNIMPLEMENTED',
  'INTERNAL',
  'UNAVAILABLE',
  'DATA_LOSS',
  'UNAUTHENTICATED',
];

export const cancelled = 1;
const unknown = 2;
export const deadlineExceeded = 4;

/** The faults of a server. Other codes are answers to what the client has asked for. */
const serverErrors: ReadonlySet<number> = new Set([unknown, deadlineExceeded, 12, 13, 14, 15]);

/** The name of a code; the number of one that gRPC does not have. */
export function nameOfCode(code: number): string {
  return names[code] ?? String(code);
}

export function isServerError(code: number): boolean {
  return serverErrors.has(code) || names[code] === undefined;
}

/**
 * Writes the status into the span.
 *
 * @see https://opentelemetry.io/docs/specs/semconv/rpc/grpc/
 */
export function recordStatus(
  span: Span,
  { code, details }: Status,
  isError: boolean,
  name: string = nameOfCode(code),
): void {
  span.setAttribute('rpc.response.status_code', name);
  if (!isError) return;
  span.setAttribute('error.type', name);
  const message = typeof details === 'string' && details !== '' ? withoutLiterals(details) : undefined;
  span.setStatus({ code: 'error', message });
}
