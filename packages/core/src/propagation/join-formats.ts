/** One context from several formats, and several formats from one context. */
import { Baggage } from '../baggage.ts';
import { Context } from '../context.ts';
import { PassingSpan } from '../passing-span.ts';
import type { Link, Span } from '../span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { hasSpanId, outgoingSpan } from './caller-span.ts';

/**
 * The caller, where a second format tells of one too. The first wins, and is completed with what it leaves open: ids, the
 * decision, tracestate. A second caller who is another span becomes a link on the first span here.
 */
export function joinCallers(first: Span, second: Span | undefined): Span {
  if (!isCaller(first) || !isCaller(second)) return first;
  // Jaeger, "jaeger-debug-id": beside a context it does nothing.
  if (first.notes?.attributes !== undefined && second.trace.hasId) return second;
  if (!canBeSame(first, second)) return hasSpanId(second) ? linked(first, second) : first;
  return completed(first, second);
}

function isCaller(span: Span | undefined): span is PassingSpan {
  return isWaymarkSpan(span) && span.mode !== undefined;
}

/** An id that one of them lacks is no contradiction. */
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

/** Formats with no word for an open decision tell of one as of a trace that is not sampled. */
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

/** The baggage of two formats: for a key that is in both, what the first has. */
export function joinBaggage(first: Baggage | undefined, second: Baggage): Baggage {
  if (first === undefined) return second;
  const entries = new Map(first.entries());
  for (const [key, entry] of second.entries()) {
    if (!entries.has(key)) entries.set(key, entry);
  }
  return Baggage.from(entries);
}

/**
 * The context as the headers of one call are to tell of it. A call of an unsampled span has an id of its own, made up when it
 * is written; where several formats are written, it must be the same in all of them, or their reader takes them for two callers.
 */
export function contextOfCall(context: Context): Context {
  const span = outgoingSpan(context.span);
  return span === undefined || span === context.span ? context : new Context(span, context.baggage);
}
