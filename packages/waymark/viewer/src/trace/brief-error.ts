/** What a row says of its error. */
import type { SpanError } from '../../../src/analysis/outline.ts';

/** The class of the error. Its message, if it has no class, or only a code of the database or the system, such as `23505`. */
export function briefError({ type, message }: SpanError = {}): string {
  const isCode = type !== undefined && !/[a-z]/.test(type);
  return (isCode ? (message ?? type) : (type ?? message)) ?? 'error';
}
