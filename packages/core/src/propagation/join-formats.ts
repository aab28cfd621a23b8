/** Joins the contexts that several formats carry, and prepares one context for several formats. */
import { Baggage } from '../baggage.ts';
import { Context } from '../context.ts';
import { PassingSpan } from '../passing-span.ts';
import type { Link, Span } from '../span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { hasSpanId, outgoingSpan } from './caller-span.ts';

/**
 * Joins the callers of two formats. The first wins, and the second adds what is missing: ids, decision, tracestate. If the second caller
 * is another span, it becomes a link on the first span here.
 */
export function joinCallers(first: Span, second: Span | undefined): Span {
  if (!isCaller(first) || !isCaller(second)) return first;
  // Jaeger, "jaeger-debug-id": it has no effect together with a context.
  if (first.notes?.attributes !== undefined && second.trace.hasId) return second;
  if (!canBeSame(first, second)) return hasSpanId(second) ? linked(first, second) : first;
  return completed(first, second);
}

function isCaller(span: Span | undefined): span is PassingSpan {
  return isWaymarkSpan(span) && span.mode !== undefined;
}

/** A missing id does not contradict. */
function canBeSame(first: PassingSpan, second: PassingSpan): boolean {
  const { trace } = first;
  const { trace: other } = second;
  const isSameTrace = trace.a === other.a && trace.b === other.b && trace.c === other.c && trace.d === other.d;
  const isSameSpan = first.idHigh === second.idHigh && first.idLow === second.idLow;
  return (isSameTrace || !trace.hasId || !other.hasId) && (isSameSpan || !hasSpanId(first) || !hasSpanId(second));
}

function completed(first: PassingSpan, second: PassingSpan): PassingSpan {
  const decider = first.notes?.isDeferred && hasDecided(second) ? second : first;
  const { trace, idHigh, idLow } = hasSpanId(first) || !second.trace.hasId ? first : second;
  const joined = new TraceIdentity(
    trace.a,
    trace.b,
    trace.c,
    trace.d,
    first.trace.isRandom || second.trace.isRandom,
    first.trace.traceState ?? second.trace.traceState,
    decider.isSampled && (first.trace.isDebug || second.trace.isDebug),
  );
  return new PassingSpan(joined, idHigh, idLow, decider.isSampled, 'remote', undefined, {
    isDeferred: decider.notes?.isDeferred ?? false,
    links: linksOf(first),
    attributes: first.notes?.attributes,
  });
}

/** Formats without a word for an open decision write it as not sampled. */
function hasDecided(caller: PassingSpan): boolean {
  return caller.isSampled || !caller.trace.hasId;
}

function linked(first: PassingSpan, second: PassingSpan): PassingSpan {
  return new PassingSpan(first.trace, first.idHigh, first.idLow, first.isSampled, 'remote', undefined, {
    isDeferred: first.notes?.isDeferred ?? false,
    links: [...linksOf(first), { context: second.spanContext() }],
    attributes: first.notes?.attributes,
  });
}

function linksOf(span: PassingSpan): readonly Link[] {
  return span.notes?.links ?? [];
}

/** The baggage of two formats. For a key in both, the first format wins. */
export function joinBaggage(first: Baggage | undefined, second: Baggage): Baggage {
  if (first === undefined) return second;
  const entries = new Map(first.entries());
  for (const [key, entry] of second.entries()) {
    if (!entries.has(key)) entries.set(key, entry);
  }
  return Baggage.from(entries);
}

/**
 * The context for the headers of one call. A call of an unsampled span gets a new id when it is written. All formats must have the same
 * id, or their reader sees two callers.
 */
export function contextOfCall(context: Context): Context {
  const span = outgoingSpan(context.span);
  return span === undefined || span === context.span ? context : new Context(span, context.baggage, context.values);
}
