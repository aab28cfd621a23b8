/** The W3C `traceparent` header: read and written here, and nowhere else. */
import { beginRead, randomWord, readByte, readFailed, readWord, spanIdToHex } from '../ids.ts';
import { NonRecordingSpan, type RecordingSpan } from '../span.ts';
import { randomFlag, type SpanContext, sampledFlag, TraceIdentity } from '../span-context.ts';
import { trimOptionalWhitespace } from './optional-whitespace.ts';
import { parseTracestate } from './tracestate.ts';

// version, trace id, parent id and flags, of 2, 32, 16 and 2 digits, and the three dashes between them
const headerLength = 55;
const dash = 45;

/**
 * Reads a W3C `traceparent` header.
 *
 * @param header Raw value: `00-` + 32 hex trace id + `-` + 16 hex span id + `-` + 2 hex flags. A higher version is read as
 *   far as version 00 goes.
 * @returns The caller's span context, or `undefined` if the header must be ignored. Never throws.
 * @see https://www.w3.org/TR/trace-context-2/#traceparent-header
 * @example
 * parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')?.isSampled // true
 */
export function parseTraceparent(header: string): SpanContext | undefined {
  return readRemoteSpan(header, undefined)?.spanContext();
}

/**
 * Writes a span context as a `traceparent` header, always of version 00, with no flag but sampled and random.
 *
 * @param context From a span, a header or `createSpanContext()`: its ids are not checked again.
 * @see https://www.w3.org/TR/trace-context-2/#versioning-of-traceparent
 */
export function serializeTraceparent(context: Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'>): string {
  return format(context.traceId, context.spanId, context.traceFlags & (sampledFlag | randomFlag));
}

/** @param flags 0 to 3: one digit. */
function format(traceId: string, spanId: string, flags: number): string {
  return `00-${traceId}-${spanId}-0${flags}`;
}

/** The header for what a span calls, or `undefined` where it has nothing to say. */
export function traceparentOf(span: RecordingSpan | NonRecordingSpan): string | undefined {
  const { trace } = span;
  const flags = (span.isSampled ? sampledFlag : 0) | (trace.isRandom ? randomFlag : 0);
  if ('mode' in span) {
    if (span.mode === 'suppressed' || (span.idHigh | span.idLow) === 0) return undefined;
    // Section 3.2.2.4: each outgoing request has a parent id of its own, sampled or not. No span was made that has one.
    if (span.mode === 'unsampled') return format(trace.traceId, spanIdToHex(randomWord(), randomWord() | 1), flags);
  }
  return format(trace.traceId, span.spanId, flags);
}

/**
 * Reads the pair of headers into a span that stands for the caller's.
 *
 * @returns `undefined` if traceparent is invalid; tracestate is then not looked at. A bad tracestate only loses itself.
 */
export function readRemoteSpan(traceparent: string, tracestate: string | undefined): NonRecordingSpan | undefined {
  if (typeof traceparent !== 'string') return undefined; // a getter of the host's may answer anything
  const header = traceparent.length === headerLength ? traceparent : trimOptionalWhitespace(traceparent);
  if (header.length < headerLength) return undefined;
  if (header.charCodeAt(2) !== dash || header.charCodeAt(35) !== dash || header.charCodeAt(52) !== dash)
    return undefined;

  beginRead();
  const version = readByte(header, 0);
  const a = readWord(header, 3);
  const b = readWord(header, 11);
  const c = readWord(header, 19);
  const d = readWord(header, 27);
  const idHigh = readWord(header, 36);
  const idLow = readWord(header, 44);
  const flags = readByte(header, 53);
  if (readFailed() || version === 0xff) return undefined;
  if ((a | b | c | d) === 0 || (idHigh | idLow) === 0) return undefined;
  if (header.length > headerLength && (version === 0 || header.charCodeAt(headerLength) !== dash)) return undefined;

  const isRandom = (flags & randomFlag) !== 0;
  const traceState = tracestate === undefined ? undefined : parseTracestate(tracestate);
  const trace = new TraceIdentity(a, b, c, d, isRandom, traceState);
  return new NonRecordingSpan(trace, idHigh, idLow, (flags & sampledFlag) !== 0, 'remote');
}
