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
  /** Id of the span's own parent, where it is known in this process. */
  readonly parentSpanId?: string;
  /** W3C trace flags: 1 sampled, 2 random trace id. */
  readonly traceFlags: number;
  /** Other systems' notes on this trace, absent if there are none. */
  readonly traceState?: TraceState;
  /** Whether it came from another process. */
  readonly isRemote: boolean;
  readonly isSampled: boolean;
  /** Whether the right-most 7 bytes of the trace id are uniformly random. */
  readonly isRandom: boolean;
}

/** A span context as others have it: OpenTelemetry's, one read from storage, or a {@link SpanContext}. */
export interface SpanContextInput {
  readonly traceId: string;
  readonly spanId: string;
  /** Default 0: not sampled. */
  readonly traceFlags?: number;
  /** The text of a tracestate header, or anything that can serialize itself to one. */
  readonly traceState?: string | { serialize(): string } | undefined;
  readonly isRemote?: boolean | undefined;
}

/** W3C Trace Context level 2, section 3.2.2.5: bit 0. */
export const sampledFlag = 0x01;
/** W3C Trace Context level 2, section 3.2.2.5: bit 1. */
export const randomFlag = 0x02;

/** What a span knows itself by. */
interface IdentifiedSpan extends SpanIdentity {
  readonly spanId: string;
}

/** The span context of one of our spans. */
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
 * Makes a span context from its parts, for a carrier that Waymark has no format for.
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
 * Like {@link createSpanContext}, but answers `undefined` where that throws: for values that come at run time. Never throws.
 * A bad tracestate only loses itself.
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

/** The tracestate of a context that has one, and not what something has put on the prototype of all objects. */
export function ownTraceState(context: SpanContext): TraceState | undefined {
  return Object.hasOwn(context, 'traceState') ? context.traceState : undefined;
}

/** A tracestate from text, or from anything that can serialize itself to one; `undefined` if it is none. Never throws. */
export function toTraceState(traceState: unknown): TraceState | undefined {
  if (typeof traceState === 'string') return parseTracestate(traceState);
  if (typeof traceState !== 'object' || traceState === null) return undefined;
  try {
    if (traceState instanceof TraceState) return traceState; // throws for a revoked proxy
    const text = (traceState as Partial<TraceState>).serialize?.(); // asked before it is called
    return typeof text === 'string' ? parseTracestate(text) : undefined;
  } catch {
    return undefined;
  }
}
