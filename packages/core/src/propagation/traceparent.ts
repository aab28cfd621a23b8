/** Reads and writes the W3C `traceparent` header. */
import { TextEncoder } from 'node:util';
import { beginRead, putWord, randomWord, readByteOfBytes, readFailed, readWordOfBytes } from '../ids.ts';
import { PassingSpan } from '../passing-span.ts';
import { randomFlag, type SpanContext, sampledFlag } from '../span-context.ts';
import { TraceIdentity } from '../trace-identity.ts';
import type { WaymarkSpan } from '../waymark-span.ts';
import { trimOptionalWhitespace } from './optional-whitespace.ts';
import { parseTracestate } from './tracestate.ts';

// version, trace id, parent id and flags, of 2, 32, 16 and 2 digits, and the three dashes between them
const headerLength = 55;
const dash = 45;

// V8 reads bytes faster than the characters of a string: copying the header first halves the total time. Other characters than ASCII
// become bytes that are not digits.
const received = new Uint8Array(headerLength);
const encoder = new TextEncoder();

/**
 * Reads a W3C `traceparent` header.
 *
 * @param header Raw value: `00-` + 32 hex trace id + `-` + 16 hex span id + `-` + 2 hex flags. Of a higher version, only
 *   the fields of version 00 are read.
 * @returns The caller's span context, or `undefined` if the header must be ignored. Never throws.
 * @see https://www.w3.org/TR/trace-context-2/#traceparent-header
 * @example
 * parseTraceparent('00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01')?.isSampled // true
 */
export function parseTraceparent(header: string): SpanContext | undefined {
  return readRemoteSpan(header, undefined)?.spanContext();
}

/**
 * Writes a span context as a `traceparent` header, always with version 00, and only with the flags sampled and random.
 *
 * @param context From a span, a header or `createSpanContext()`. The ids are not checked again.
 * @see https://www.w3.org/TR/trace-context-2/#versioning-of-traceparent
 */
export function serializeTraceparent(context: Pick<SpanContext, 'traceId' | 'spanId' | 'traceFlags'>): string {
  const flags = context.traceFlags & (sampledFlag | randomFlag); // 0 to 3: one digit
  return `00-${context.traceId}-${context.spanId}-0${flags}`;
}

/** The header for a call of a span, or `undefined` if there is nothing to send. */
export function traceparentOf(span: WaymarkSpan): string | undefined {
  const { trace } = span;
  const flags = (span.isSampled ? sampledFlag : 0) | (trace.isRandom ? randomFlag : 0);
  if (span.mode !== undefined) {
    if (span.mode === 'suppressed' || (span.idHigh | span.idLow) === 0) return undefined;
    // Section 3.2.2.4: each outgoing request has a new parent id, sampled or not. No span was made, so the id is made here.
    if (span.mode === 'unsampled') return format(trace, randomWord(), randomWord() | 1, flags);
  }
  return format(trace, span.idHigh, span.idLow, flags);
}

const scratch = Buffer.from(`00-${'0'.repeat(32)}-${'0'.repeat(16)}-00`, 'latin1');
const lastDigit = headerLength - 1;
const zeroDigit = 48;

/**
 * Builds the string from bytes, in one piece. Joining the strings of the ids would make a rope, which has to be flattened before it is
 * sent: that took more than twice as long.
 *
 * @param flags 0 to 3: one digit.
 */
function format(trace: TraceIdentity, idHigh: number, idLow: number, flags: number): string {
  putWord(scratch, 3, trace.a);
  putWord(scratch, 11, trace.b);
  putWord(scratch, 19, trace.c);
  putWord(scratch, 27, trace.d);
  putWord(scratch, 36, idHigh);
  putWord(scratch, 44, idLow);
  scratch[lastDigit] = zeroDigit + flags;
  return scratch.toString('latin1');
}

/**
 * Reads the pair of headers into the caller's span.
 *
 * @returns `undefined` if traceparent is invalid; tracestate is not read then. A malformed tracestate is dropped alone.
 */
export function readRemoteSpan(traceparent: string, tracestate: string | undefined): PassingSpan | undefined {
  if (typeof traceparent !== 'string') return undefined; // a getter of the host may return anything
  const header = traceparent.length === headerLength ? traceparent : trimOptionalWhitespace(traceparent);
  if (header.length < headerLength) return undefined;
  if (encoder.encodeInto(header, received).written !== headerLength) return undefined; // the last character did not fit
  if (received[2] !== dash || received[35] !== dash || received[52] !== dash) return undefined;

  beginRead();
  const version = readByteOfBytes(received, 0);
  const a = readWordOfBytes(received, 3);
  const b = readWordOfBytes(received, 11);
  const c = readWordOfBytes(received, 19);
  const d = readWordOfBytes(received, 27);
  const idHigh = readWordOfBytes(received, 36);
  const idLow = readWordOfBytes(received, 44);
  const flags = readByteOfBytes(received, 53);
  if (readFailed() || version === 0xff) return undefined;
  if ((a | b | c | d) === 0 || (idHigh | idLow) === 0) return undefined;
  if (header.length > headerLength && (version === 0 || header.charCodeAt(headerLength) !== dash)) return undefined;

  const isRandom = (flags & randomFlag) !== 0;
  const traceState = tracestate === undefined ? undefined : parseTracestate(tracestate);
  const trace = new TraceIdentity(a, b, c, d, isRandom, traceState);
  return new PassingSpan(trace, idHigh, idLow, (flags & sampledFlag) !== 0, 'remote');
}
