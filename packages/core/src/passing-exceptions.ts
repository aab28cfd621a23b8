/**
 * Exceptions on their way through several spans: each is recorded once, where it began. The spans around it have failed as well, and
 * say so by their status; a second copy of the stack would only have to be paid for.
 */
import { exceptionMessage, exceptionTypeOf } from './exception.ts';
import { readProperty } from './read-property.ts';
import type { Span } from './span.ts';
import type { TraceIdentity } from './trace-identity.ts';

/** The outermost span so far that an exception has passed through. */
interface Passage {
  readonly trace: TraceIdentity;
  readonly idHigh: number;
  readonly idLow: number;
  readonly parentHigh: number;
  readonly parentLow: number;
  readonly startMs: number;
}

/** What is asked of a recorded span. */
interface RecordedSpan extends Span, Passage {
  /** What is no object, and a span directly within this one was failed by. */
  failedWithin: { readonly value: unknown } | undefined;
  hasAttribute(key: string): boolean;
}

// An error object that the application keeps, and throws again and again, is told apart by trace and place.
const passages = new WeakMap<object, Passage>();

/** Notes that a span has recorded an exception, or that the exception has passed through it. */
export function notePassage(exception: unknown, span: Passage): void {
  if (!isObject(exception)) return;
  const { trace, idHigh, idLow, parentHigh, parentLow, startMs } = span;
  passages.set(exception, { trace, idHigh, idLow, parentHigh, parentLow, startMs });
}

/**
 * Whether an exception was recorded in a span within this one, or in this one itself. A value that is no object has no identity:
 * it is compared with what the span directly within this one was failed by.
 */
export function cameFromWithin(exception: unknown, span: RecordedSpan): boolean {
  if (!isObject(exception)) return span.failedWithin !== undefined && Object.is(span.failedWithin.value, exception);
  const passage = passages.get(exception);
  if (passage === undefined || !isSameTrace(passage.trace, span.trace)) return false;
  const isSame = passage.idHigh === span.idHigh && passage.idLow === span.idLow;
  const isParent = passage.parentHigh === span.idHigh && passage.parentLow === span.idLow;
  // A span between the two may have been started and ended by hand.
  return isSame || isParent || span.startMs < passage.startMs;
}

/** Marks a span as failed by an exception, and records that unless it came from within. */
export function failBy(span: Span, exception: unknown, enclosing: Span | undefined): void {
  const recording = asRecording(span);
  if (recording === undefined) return;
  if (cameFromWithin(exception, recording)) {
    const type = exceptionTypeOf(exception);
    if (type !== undefined && !recording.hasAttribute('error.type')) recording.setAttribute('error.type', type);
    notePassage(exception, recording);
  } else {
    recording.recordException(exception);
  }
  recording.setStatus({ code: 'error', message: exceptionMessage(exception) });
  const around = isObject(exception) ? undefined : asRecording(enclosing);
  if (around !== undefined) around.failedWithin = { value: exception };
}

function asRecording(span: Span | undefined): RecordedSpan | undefined {
  // Of another copy, too. A span that the application has made active may be anything.
  return Array.isArray(readProperty(span, 'ownAttributes')) ? (span as RecordedSpan) : undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isSameTrace(one: TraceIdentity, other: TraceIdentity): boolean {
  return one === other || (one.a === other.a && one.b === other.b && one.c === other.c && one.d === other.d);
}
