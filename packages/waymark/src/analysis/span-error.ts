/** Reads the error of a failed span. */
import type { Span, Value } from '../model/span.ts';
import type { SpanError } from './outline.ts';

/** The last exception event's type and message; else the convention's attribute, and the status message. */
export function spanError({ attributes, events, status }: Span): SpanError {
  const exception = events?.findLast(({ name }) => name === 'exception')?.attributes ?? {};
  const type = textOf(exception['exception.type']) ?? textOf(attributes['error.type']);
  const message = textOf(exception['exception.message']) ?? textOf(status?.message);
  return { ...(type !== undefined && { type }), ...(message !== undefined && { message }) };
}

function textOf(value: Value | undefined): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}
