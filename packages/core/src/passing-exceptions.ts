/**
 * Exceptions that pass through several spans: each is recorded once, in the span where it began. The enclosing spans have failed as
 * well, which their status says; a second copy of the stack would add nothing but cost.
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

interface RecordedPassage extends Passage {
  /** Part of the id of the span that has recorded it. */
  readonly recorder: number;
}

/** The part of a recorded span that this file uses. */
interface RecordedSpan extends Span, Passage {
  /** The value, not an object, that made a direct child fail. */
  failedWithin: { readonly value: unknown } | undefined;
  hasAttribute(key: string): boolean;
}

// By trace and place: an application may keep an error object, and throw it again and again.
const passages = new WeakMap<object, RecordedPassage>();

/** Notes that a span has recorded an exception, or that the exception has passed through it. */
export function notePassage(exception: unknown, span: Passage, recorder: number = span.idLow): void {
  if (!isObject(exception)) return;
  const { trace, idHigh, idLow, parentHigh, parentLow, startMs } = span;
  passages.set(exception, { trace, idHigh, idLow, parentHigh, parentLow, startMs, recorder });
}

// An exception reaches the enclosing span right after the span that recorded it has ended.
const maxForgotten = 1000;
const forgotten = new Set<number>();

/** Lets the enclosing span record the exceptions that a span has recorded, because this span is dropped. */
export function forgetExceptionsOf(span: {
  readonly idLow: number;
  readonly events: readonly { readonly name: string }[] | undefined;
  readonly localParent: { failedWithin: unknown } | undefined;
}): void {
  if (span.events?.some(({ name }) => name === 'exception') !== true) return;
  if (span.localParent !== undefined) span.localParent.failedWithin = undefined;
  forgotten.add(span.idLow);
  for (const oldest of forgotten) {
    if (forgotten.size <= maxForgotten) break;
    forgotten.delete(oldest);
  }
}

/**
 * Whether an exception was recorded in this span or in one within it. A value that is not an object has no identity: it is
 * compared with the value that made a direct child fail.
 */
export function cameFromWithin(exception: unknown, span: RecordedSpan): boolean {
  if (!isObject(exception)) return span.failedWithin !== undefined && Object.is(span.failedWithin.value, exception);
  const passage = passages.get(exception);
  if (passage === undefined || forgotten.has(passage.recorder) || !isSameTrace(passage.trace, span.trace)) return false;
  const isSame = passage.idHigh === span.idHigh && passage.idLow === span.idLow;
  const isParent = passage.parentHigh === span.idHigh && passage.parentLow === span.idLow;
  // A span between the two may have been started and ended by hand.
  return isSame || isParent || span.startMs < passage.startMs;
}

/** Marks a span as failed, and records the exception unless a span within has recorded it. */
export function failBy(span: Span, exception: unknown, enclosing: Span | undefined): void {
  const recording = asRecording(span);
  if (recording === undefined) return;
  if (cameFromWithin(exception, recording)) {
    const type = exceptionTypeOf(exception);
    if (type !== undefined && !recording.hasAttribute('error.type')) recording.setAttribute('error.type', type);
    notePassage(exception, recording, recorderOf(exception));
  } else if (recording.isRecording()) {
    recording.recordException(exception);
  } else {
    return; // dropped, or ended before: the enclosing span records it
  }
  recording.setStatus({ code: 'error', message: exceptionMessage(exception) });
  const around = isObject(exception) ? undefined : asRecording(enclosing);
  if (around !== undefined) around.failedWithin = { value: exception };
}

function recorderOf(exception: unknown): number | undefined {
  return isObject(exception) ? passages.get(exception)?.recorder : undefined;
}

function asRecording(span: Span | undefined): RecordedSpan | undefined {
  // Also a span of another copy. An application may make any object the active span.
  return Array.isArray(readProperty(span, 'ownAttributes')) ? (span as RecordedSpan) : undefined;
}

function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

function isSameTrace(one: TraceIdentity, other: TraceIdentity): boolean {
  return one === other || (one.a === other.a && one.b === other.b && one.c === other.c && one.d === other.d);
}
