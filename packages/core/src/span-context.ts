/** The identity of a span: the immutable value that crosses processes. */
import { describeValue, WaymarkError } from './errors.ts';
import { readId } from './ids.ts';
import { parseTracestate, TraceState } from './propagation/tracestate.ts';
import { readOption } from './read-option.ts';
import type { SpanIdentity } from './trace-identity.ts';

/**
 * What another process needs to know of a span. A superset of OpenTelemetry's `SpanContext`.
 *
 * @see https://opentelemetry.io/docs/specs/otel/trace/api/#spancontext
 */
export interface SpanContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** The id of the span's parent, if this process knows it. */
  readonly parentSpanId?: string;
  /** W3C trace flags: 1 sampled, 2 random trace id. */
  readonly traceFlags: number;
  /** Entries of other tracing systems for this trace; absent if there are none. */
  readonly traceState?: TraceState;
  /** Whether it came from another process. */
  readonly isRemote: boolean;
  /** Whether the trace is recorded: bit 0 of `traceFlags`. */
  readonly isSampled: boolean;
  /** Whether the right-most 7 bytes of the trace id are uniformly random. */
  readonly isRandom: boolean;
}

/** A span context of any origin: OpenTelemetry's, one read from storage, or a {@link SpanContext}. */
export interface SpanContextInput {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  /** Default 0: not sampled. */
  readonly traceFlags?: number;
  /** A tracestate header, or an object that can serialize itself to one. */
  readonly traceState?: string | { serialize(): string } | undefined;
  /** Whether it came from another process. Default `false`. */
  readonly isRemote?: boolean | undefined;
}

/** W3C Trace Context level 2, section 3.2.2.5: bit 0. */
export const sampledFlag = 0x01;
/** W3C Trace Context level 2, section 3.2.2.5: bit 1. */
export const randomFlag = 0x02;

interface IdentifiedSpan extends SpanIdentity {
  readonly spanId: string;
}

/** The span context of a span that Waymark made. */
export function spanContextOf(span: IdentifiedSpan, parentSpanId: string | undefined, isRemote: boolean): SpanContext {
  const { trace, isSampled } = span;
  return {
    traceId: trace.traceId,
    spanId: span.spanId,
    ...(parentSpanId !== undefined && { parentSpanId }),
    traceFlags: (isSampled ? sampledFlag : 0) | (trace.isRandom ? randomFlag : 0),
    ...(trace.traceState && { traceState: trace.traceState }),
    isRemote,
    isSampled,
    isRandom: trace.isRandom,
  };
}

/**
 * Makes a span context from its parts, for a carrier in a format that Waymark does not know.
 *
 * @throws {WaymarkError} `WAYMARK_INVALID_SPAN_CONTEXT` if an id is not of lower-case hex digits, or all zero.
 * @example
 * const caller = createSpanContext({ traceId: row.trace_id, spanId: row.span_id, traceFlags: 1 });
 * withSpan('resume', { parent: caller }, resume);
 */
export function createSpanContext(input: SpanContextInput): SpanContext {
  const context = toSpanContext(input);
  if (context) return context;
  throw new WaymarkError(
    'WAYMARK_INVALID_SPAN_CONTEXT',
    `A span context needs a traceId of 32 and a spanId of 16 lower-case hex digits, neither all zero, got ${describeValue(
      input,
    )}. To start a new trace, leave the parent out.`,
  );
}

/**
 * Like {@link createSpanContext}, but returns `undefined` where that throws: for values that come at run time. Never throws.
 * A malformed tracestate is left out.
 */
export function toSpanContext(input: unknown): SpanContext | undefined {
  if (typeof input !== 'object' || input === null) return undefined;
  try {
    const { traceId, spanId } = input as Partial<SpanContextInput>; // each is checked
    if (traceId === undefined || spanId === undefined || !readId(traceId, 32) || !readId(spanId, 16)) return undefined;
    const traceFlags = readOption(input, 'traceFlags');
    const flags = typeof traceFlags === 'number' ? traceFlags & (sampledFlag | randomFlag) : 0;
    const state = toTraceState(readOption(input, 'traceState'));
    return {
      traceId,
      spanId,
      traceFlags: flags,
      ...(state && { traceState: state }),
      isRemote: readOption(input, 'isRemote') === true,
      isSampled: (flags & sampledFlag) !== 0,
      isRandom: (flags & randomFlag) !== 0,
    };
  } catch {
    return undefined; // a getter that throws
  }
}

/** The context's own tracestate, and not one that pollutes `Object.prototype`. */
export function ownTraceState(context: SpanContext): TraceState | undefined {
  return Object.hasOwn(context, 'traceState') ? context.traceState : undefined;
}

/** A tracestate from a string, or from an object that can serialize itself to one; otherwise `undefined`. Never throws. */
export function toTraceState(traceState: unknown): TraceState | undefined {
  if (typeof traceState === 'string') return parseTracestate(traceState);
  if (typeof traceState !== 'object' || traceState === null) return undefined;
  try {
    if (traceState instanceof TraceState) return traceState; // throws for a revoked proxy
    const text = (traceState as Partial<TraceState>).serialize?.(); // not called if it is missing
    return typeof text === 'string' ? parseTracestate(text) : undefined;
  } catch {
    return undefined;
  }
}
