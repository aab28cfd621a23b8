/** Jaeger's headers: `uber-trace-id`, baggage in `uberctx-*`, and the two that people write by hand. */
import { Baggage, type BaggageEntry } from '../baggage.ts';
import { Context } from '../context.ts';
import type { PassingSpan } from '../passing-span.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { callerSpan, callerWithoutIds, hasSpanId, outgoingSpan } from './caller-span.ts';
import { splitListMembers } from './list-members.ts';
import { percentDecode, percentEncode } from './percent-encoding.ts';
import { type Getter, joinedField, type Propagator, type Setter, singleText } from './propagator.ts';

// Jaeger, "Propagation Format": trace id, span id, parent id (deprecated) and one byte of flags, in hex. Ids may lack their
// leading zeros.
const headerForm = /^([0-9a-f]{1,32}):([0-9a-f]{1,16}):[0-9a-f]{1,16}:([0-9a-f]{1,2})$/;

// 32, 16, 16 and 2 digits, and three colons of up to three characters.
const longestHeader = 75;

// Same place, "Flags". Firehose (8) and undefined bits are not sent on.
const sampledBit = 1;
const debugBit = 2;

const baggagePrefix = 'uberctx-';

// Jaeger has no limits. The limits of W3C Baggage bound what a caller can add.
const maxFields = 64;
const maxBytes = 8192;

// Node's limit for all headers together; longer values come from other carriers.
const maxHeaderLength = 16_384;

// The characters that percent-encoding leaves, and spaces, which clients without encoding send.
const valueForm = /^[\x20-\x7e]*$/;

/**
 * `jaeger` in `propagators` and `OTEL_PROPAGATORS`: trace context and baggage.
 *
 * @see https://www.jaegertracing.io/sdk-migration/#propagation-format
 */
export const jaegerPropagator: Propagator = {
  name: 'jaeger',
  fields: ['uber-trace-id'],

  extract(context, carrier, getter) {
    const span = readCaller(carrier, getter) ?? readDebugRequest(carrier, getter);
    const baggage = readBaggage(context.baggage, carrier, getter);
    if (span === undefined && baggage === context.baggage) return context;
    return new Context(span ?? context.span, baggage, context.values);
  },

  inject({ span, baggage }, carrier, setter) {
    if (isWaymarkSpan(span) && span.mode !== undefined && span.mode === 'suppressed') return;
    const outgoing = outgoingSpan(span);
    if (outgoing && hasSpanId(outgoing)) {
      const flags = outgoing.isSampled ? sampledBit | (outgoing.trace.isDebug ? debugBit : 0) : 0;
      setter.set(carrier, 'uber-trace-id', `${outgoing.traceId}:${outgoing.spanId}:0:${flags}`);
    }
    if (baggage) writeBaggage(baggage, carrier, setter);
  },
};

function readCaller<Carrier>(carrier: Carrier, getter: Getter<Carrier>): PassingSpan | undefined {
  const header = singleText(getter.get(carrier, 'uber-trace-id'));
  if (header === undefined || header.length > longestHeader) return undefined;
  // Some clients percent-encode the value, although only its colons can change.
  const [, traceId, spanId, flagDigits] = headerForm.exec(header.replace(/%3a/gi, ':')) ?? [];
  if (traceId === undefined || spanId === undefined || flagDigits === undefined) return undefined;
  const flags = Number.parseInt(flagDigits, 16); // the pattern allows one or two hex digits
  if ((flags & sampledBit) === 0) return callerSpan(traceId, spanId, 'deny'); // debug counts only together with sampled
  return callerSpan(traceId, spanId, (flags & debugBit) === 0 ? 'accept' : 'debug');
}

/** `jaeger-debug-id`: a developer asks for the trace of this request, and chooses an id to find it by. */
function readDebugRequest<Carrier>(carrier: Carrier, getter: Getter<Carrier>): PassingSpan | undefined {
  const debugId = singleText(getter.get(carrier, 'jaeger-debug-id'));
  return debugId ? callerWithoutIds('debug', { 'jaeger-debug-id': debugId }) : undefined;
}

/** Adds Jaeger's baggage. Entries that exist already stay. */
function readBaggage<Carrier>(
  before: Baggage | undefined,
  carrier: Carrier,
  getter: Getter<Carrier>,
): Baggage | undefined {
  const entries = new Map<string, BaggageEntry>(before?.entries());
  // The same entry in another format keeps its case.
  const keys = new Set([...entries.keys()].map((key) => key.toLowerCase()));
  let fields = 0;
  let bytes = 0;
  const add = (key: string, value: string): void => {
    const fieldBytes = key.length + value.length;
    if (fields === maxFields || bytes + fieldBytes > maxBytes || !valueForm.test(value)) return;
    fields++;
    bytes += fieldBytes;
    if (keys.has(key.toLowerCase())) return;
    keys.add(key.toLowerCase());
    entries.set(key, { value: decode(value), properties: [] });
  };
  for (const name of baggageNames(carrier, getter)) {
    const value = singleText(getter.get(carrier, name));
    if (value !== undefined) add(name.slice(baggagePrefix.length), value);
  }
  for (const member of handwrittenMembers(carrier, getter)) {
    const equals = member.indexOf('=');
    if (equals !== -1) add(member.slice(0, equals), member.slice(equals + 1));
  }
  return entries.size === (before?.size ?? 0) ? before : Baggage.from(entries);
}

function baggageNames<Carrier>(carrier: Carrier, getter: Getter<Carrier>): readonly string[] {
  const names = new Set<string>();
  for (const name of getter.keys?.(carrier) ?? []) {
    const lower = String(name).toLowerCase();
    if (lower.startsWith(baggagePrefix)) names.add(lower);
    // Each name is looked up again, and a carrier may have to search all of its fields.
    if (names.size === maxFields) break;
  }
  return [...names];
}

function handwrittenMembers<Carrier>(carrier: Carrier, getter: Getter<Carrier>): readonly string[] {
  const header = joinedField(getter.get(carrier, 'jaeger-baggage'));
  return header === undefined || header.length > maxHeaderLength ? [] : splitListMembers(header);
}

/** Clients in Go and Java write a space as a plus, and a plus as `%2B`. Other clients write a plus as `%2B` too. */
function decode(value: string): string {
  return percentDecode(value.replaceAll('+', ' '));
}

function writeBaggage<Carrier>(baggage: Baggage, carrier: Carrier, setter: Setter<Carrier>): void {
  let fields = 0;
  let bytes = 0;
  for (const [key, { value }] of baggage.entries()) {
    const encoded = percentEncode(value);
    const fieldBytes = key.length + encoded.length;
    if (fields === maxFields || bytes + fieldBytes > maxBytes) continue;
    fields++;
    bytes += fieldBytes;
    // HTTP/2 and Node use names in lower case, and so does every carrier here.
    setter.set(carrier, baggagePrefix + key.toLowerCase(), encoded);
  }
}
