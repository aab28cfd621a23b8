/** Every error that set-up can throw, in one table. docs/errors.md explains each; a test keeps the two equal. */

const errorCodes = [
  'WAYMARK_INVALID_OPTION',
  'WAYMARK_UNKNOWN_OPTION',
  'WAYMARK_INVALID_EXPORTER',
  'WAYMARK_INVALID_SPAN_CONTEXT',
  'WAYMARK_INVALID_SAMPLER',
] as const;

export type WaymarkErrorCode = (typeof errorCodes)[number];

/** All codes, for the test that compares this table with its documentation. */
export const allErrorCodes: readonly WaymarkErrorCode[] = errorCodes;

/** A mistake in set-up code. Thrown while the tracer is made, never while requests run. */
export class WaymarkError extends Error {
  readonly code: WaymarkErrorCode;

  constructor(code: WaymarkErrorCode, message: string, options?: { cause?: unknown }) {
    super(`${message} (${code})`, options);
    this.name = 'WaymarkError';
    this.code = code;
  }
}

/**
 * Says what was given, what was expected and what to do, in that order.
 *
 * @example
 * throw invalidOption('batch.maxQueueSize', -1, 'a positive integer', 'Leave it out to use 2048.');
 */
export function invalidOption(name: string, value: unknown, expected: string, remedy: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_INVALID_OPTION',
    `${name} must be ${expected}, got ${describeValue(value)}. ${remedy}`,
  );
}

/** The value as a developer would write it, on one line and short enough for a message. */
export function describeValue(value: unknown): string {
  if (typeof value === 'function') return `a function (${value.name || 'anonymous'})`;
  if (typeof value === 'bigint') return `${value}n`;
  if (typeof value === 'symbol' || typeof value === 'number' || value === undefined) return String(value);
  let text: string | undefined;
  try {
    text = JSON.stringify(value);
  } catch {
    // A cycle or a throwing getter: the type is what can be said.
  }
  if (text === undefined) return Object.prototype.toString.call(value);
  return text.length > 80 ? `${text.slice(0, 77)}...` : text;
}
