/** The parent of a new span, in each form that it may be given. */
import { isContext } from './context.ts';
import { readWord } from './ids.ts';
import { PassingSpan } from './passing-span.ts';
import type { Span } from './span.ts';
import { randomFlag, type SpanContext, type SpanContextInput, toSpanContext } from './span-context.ts';
import { TraceIdentity } from './trace-identity.ts';
import { isWaymarkSpan, type WaymarkSpan } from './waymark-span.ts';

/**
 * The span behind a given parent: a span of Waymark's as it is, or one that represents a span elsewhere.
 *
 * @returns `undefined` for a context without a span, `invalid` for a value that is not a parent. Never throws.
 */
export function toParent(input: unknown): WaymarkSpan | undefined | 'invalid' {
  try {
    if (isWaymarkSpan(input)) return input;
    if (isContext(input)) return isWaymarkSpan(input.span) ? input.span : undefined;
    const { spanContext } = (input ?? {}) as Partial<Span>; // it is called only if it is a function
    const context = toSpanContext(typeof spanContext === 'function' ? spanContext.call(input) : input);
    return context === undefined ? 'invalid' : remoteSpanOf(context);
  } catch {
    return 'invalid'; // a getter or method of the host's that throws
  }
}

/**
 * Represents a span of another process: your own propagator's `extract()` puts it into the context. Spans below it continue that
 * trace, as they do below a span that came by `traceparent`.
 *
 * @param context Ids, flags and tracestate, from a header or from storage.
 * @returns `undefined` if an id is not of lower-case hex digits (32 and 16), or all zero. A malformed tracestate is left out.
 *   Never throws.
 * @example
 * const span = remoteSpan({ traceId, spanId, traceFlags: 1 });
 * return span ? contextWith(span, context.baggage ?? Baggage.empty) : context;
 */
export function remoteSpan(context: SpanContextInput): Span | undefined {
  const checked = toSpanContext(context);
  return checked && remoteSpanOf(checked);
}

function remoteSpanOf({ traceId, spanId, traceFlags, traceState, isSampled }: SpanContext): PassingSpan {
  const trace = new TraceIdentity(
    readWord(traceId, 0),
    readWord(traceId, 8),
    readWord(traceId, 16),
    readWord(traceId, 24),
    (traceFlags & randomFlag) !== 0,
    traceState,
  );
  return new PassingSpan(trace, readWord(spanId, 0), readWord(spanId, 8), isSampled, 'remote');
}
