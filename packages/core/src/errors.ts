/** Every error that Waymark throws, in one table. docs/errors.md explains each; a test keeps the two equal. */
import { readProperty } from './read-property.ts';

export const errorCodes = [
  'WAYMARK_INVALID_OPTION',
  'WAYMARK_UNKNOWN_OPTION',
  'WAYMARK_INVALID_SAMPLER',
  'WAYMARK_INVALID_SPAN_CONTEXT',
  'WAYMARK_MISSING_FUNCTION',
  'WAYMARK_WRONG_FRAMEWORK',
  'WAYMARK_LATE_SETUP',
  'WAYMARK_INVALID_OPENTELEMETRY_API',
] as const;

/** The codes of {@link WaymarkError}. `docs/errors.md` explains each. */
export type WaymarkErrorCode = (typeof errorCodes)[number];

/** A mistake in the code that calls Waymark: while the tracer is set up, or a `withSpan()` without a function. */
export class WaymarkError extends Error {
  /** Stable: compare this and not the message. */
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
 * throw invalidOption('limits.eventCount', -1, 'a whole number of at least 0', 'Leave it out to use 128.');
 */
export function invalidOption(name: string, value: unknown, expected: string, remedy: string): WaymarkError {
  return new WaymarkError(
    'WAYMARK_INVALID_OPTION',
    `${name} must be ${expected}, got ${describeValue(value)}. ${remedy}`,
  );
}

const maxDescriptionLength = 80;

/** The value as a developer would write it, on one line and short enough for a message. Never throws. */
export function describeValue(value: unknown): string {
  switch (typeof value) {
    case 'function':
      return `a function (${nameOf(value)})`;
    case 'bigint':
      return `${value}n`;
    case 'symbol':
    case 'number':
    case 'undefined':
      return String(value);
    default:
      return shorten(toJson(value) ?? 'an object');
  }
}

/** @returns `anonymous` if its name is not a string, or is empty. Never throws. */
export function nameOf(fn: object): string {
  const name = readProperty(fn, 'name');
  return typeof name === 'string' && name !== '' ? name : 'anonymous';
}

function toJson(value: unknown): string | undefined {
  try {
    return JSON.stringify(value);
  } catch {
    return undefined; // a cycle, a bigint inside, a getter that throws
  }
}

function shorten(text: string): string {
  return text.length > maxDescriptionLength ? `${text.slice(0, maxDescriptionLength - 3)}...` : text;
}
