/**
 * Converts between spans and the formats other than W3C's: ids as strings, and the sampling decision in B3's words, since B3 has the
 * most decisions.
 */
import type { Attributes } from '../attribute-value.ts';
import { randomWord, readId } from '../ids.ts';
import { PassingSpan } from '../passing-span.ts';
import type { Link, Span } from '../span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';

/** `debug`: sampled, without asking a sampler. `defer`: the receiver decides. */
export type SamplingState = 'accept' | 'deny' | 'debug' | 'defer';

const noLinks: readonly Link[] = Object.freeze([]);
const deferredNotes = Object.freeze({ isDeferred: true, links: noLinks, attributes: undefined });
const noSpanId: readonly number[] = Object.freeze([0, 0]);

/**
 * The caller's span.
 *
 * @param traceId At most 32 hex digits; shorter ids are padded with zeros on the left. None counts as random.
 * @param spanId At most 16 hex digits, padded in the same way; `undefined` if the caller sent none.
 * @returns `undefined` if an id has other characters than lower-case hex digits, or only zeros.
 */
export function callerSpan(traceId: string, spanId: string | undefined, state: SamplingState): PassingSpan | undefined {
  const traceWords = readId(traceId.padStart(32, '0'), 32);
  const spanWords = spanId === undefined ? noSpanId : readId(spanId.padStart(16, '0'), 16);
  if (traceWords === undefined || spanWords === undefined) return undefined;
  const [a = 0, b = 0, c = 0, d = 0] = traceWords;
  const [idHigh = 0, idLow = 0] = spanWords;
  const trace = new TraceIdentity(a, b, c, d, false, undefined, state === 'debug');
  const isSampled = state === 'accept' || state === 'debug';
  const notes = state === 'defer' ? deferredNotes : undefined;
  return new PassingSpan(trace, idHigh, idLow, isSampled, 'remote', undefined, notes);
}

/**
 * The span of a caller that sent a decision and no ids.
 *
 * @param attributes For the root span of the trace that starts here.
 */
export function callerWithoutIds(state: Exclude<SamplingState, 'defer'>, attributes?: Attributes): PassingSpan {
  const trace = new TraceIdentity(0, 0, 0, 0, false, undefined, state === 'debug');
  return new PassingSpan(trace, 0, 0, state !== 'deny', 'remote', undefined, {
    isDeferred: false,
    links: noLinks,
    attributes,
  });
}

/** The span that the headers of a call name, in any format; `undefined` if there is nothing to send. */
export function outgoingSpan(span: Span | undefined): WaymarkSpan | undefined {
  if (!isWaymarkSpan(span)) return undefined;
  if (span.mode === undefined) return span;
  // An ignored request without a caller has neither ids nor tracestate.
  if (span.mode === 'suppressed' || (!span.trace.hasId && span.notes === undefined)) return undefined;
  return span.mode === 'unsampled' ? callOf(span) : span;
}

/**
 * The span of one call from an unsampled span. W3C Trace Context level 2, section 3.2.2.4: each outgoing request has a new parent id,
 * sampled or not.
 */
function callOf({ trace, tracer }: PassingSpan): PassingSpan {
  return new PassingSpan(trace, randomWord(), randomWord() | 1, false, 'ignored', tracer);
}

/** Whether it has a span id: a caller may have sent none. */
export function hasSpanId(span: WaymarkSpan): boolean {
  return (span.idHigh | span.idLow) !== 0;
}

export function samplingStateOf(span: WaymarkSpan): SamplingState {
  if (span.isSampled) return span.trace.isDebug ? 'debug' : 'accept';
  return span.mode !== undefined && span.notes?.isDeferred ? 'defer' : 'deny';
}
