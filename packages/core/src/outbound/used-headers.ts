/**
 * Whose the trace headers are that a request has before we add ours.
 *
 * A proxy forwards what it received, and some clients repeat a call with the headers of the first one. Such headers name
 * a span that the new call is no child of, so ours take their place. What the application wrote itself stays.
 */
import { Context } from '../context.ts';
import type { Diagnostics } from '../diagnostics.ts';
import { hashText } from '../hash-text.ts';
import { b3MultiPropagator, b3Propagator } from '../propagation/b3.ts';
import { jaegerPropagator } from '../propagation/jaeger.ts';
import type { Propagator } from '../propagation/propagator.ts';
import { baggagePropagator, tracecontextPropagator } from '../propagation/w3c.ts';
import { xrayPropagator } from '../propagation/xray.ts';
import type { Span } from '../span.ts';
import type { CallerIdentity, SpanIdentity, TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import type { ClientAdapter } from './client-adapter.ts';
import { wasBaggageSent, wasSpanSent } from './sent-headers.ts';

export type HeaderOwner =
  /** There is no header of that format. */
  | 'none'
  /** This very call, which has them already. */
  | 'this-call'
  /** The application: it stays. */
  | 'application'
  /** The caller of this service: a proxy forwards it. */
  | 'caller'
  /** An earlier call of this process. */
  | 'earlier-call'
  /** It says nothing that a reader could use, such as `undefined` from a missing header. */
  | 'unreadable';

interface Fields {
  /** A format is used if one of these is there. */
  readonly leading: readonly string[];
  /** Without one of those, these say nothing: tracestate beside no traceparent. */
  readonly others: readonly string[];
}

const b3Fields: Fields = {
  leading: ['b3', 'x-b3-traceid', 'x-b3-sampled', 'x-b3-flags'],
  others: ['x-b3-spanid', 'x-b3-parentspanid'],
};

/** What a reader of each format looks at, which is more than we write. */
const fieldsByFormat = new Map<Propagator, Fields>([
  [tracecontextPropagator, { leading: ['traceparent'], others: ['tracestate'] }],
  [baggagePropagator, { leading: ['baggage'], others: [] }],
  [b3Propagator, b3Fields],
  [b3MultiPropagator, b3Fields],
  [jaegerPropagator, { leading: ['uber-trace-id'], others: ['jaeger-debug-id'] }],
  [xrayPropagator, { leading: ['x-amzn-trace-id'], others: [] }],
]);

const nothing: Context = new Context(undefined, undefined);

/** All fields of a format, which go together. */
export function fieldsOf(propagator: Propagator): readonly string[] {
  const fields = fieldsByFormat.get(propagator);
  return fields ? [...fields.leading, ...fields.others] : propagator.fields;
}

/**
 * Whose the headers of each format are.
 *
 * @param own The span of the call, for headers that have been added to it before.
 * A propagator of the host's that throws is counted, and left out.
 */
export function ownersOf<Request extends object>(
  propagators: readonly Propagator[],
  request: Request,
  adapter: ClientAdapter<Request>,
  trace: TraceIdentity,
  own: Span | undefined,
  diagnostics: Diagnostics,
): readonly HeaderOwner[] {
  const owners = propagators.map((propagator) => {
    try {
      return ownerOf(propagator, request, adapter, trace, own);
    } catch (error) {
      diagnostics.count('propagator-failed', error);
      return 'application';
    }
  });
  // The same entries may be the application's own in another call: they are ours beside a span of ours.
  const isRepeated = owners.includes('earlier-call');
  const index = propagators.indexOf(baggagePropagator);
  if (isRepeated && owners[index] === 'application' && wasBaggageSent(baggageOf(request, adapter))) {
    owners[index] = 'earlier-call';
  }
  return owners;
}

function ownerOf<Request extends object>(
  propagator: Propagator,
  request: Request,
  { hasHeader, getter }: ClientAdapter<Request>,
  trace: TraceIdentity,
  own: Span | undefined,
): HeaderOwner {
  const leading = fieldsByFormat.get(propagator)?.leading ?? propagator.fields.slice(0, 1);
  if (!leading.some((name) => hasHeader(request, name))) return 'none';
  if (propagator === baggagePropagator) {
    const isCallers =
      trace.callerBaggageHash !== 0 && hashText(baggageOf(request, { getter })) === trace.callerBaggageHash;
    return isCallers ? 'caller' : 'application';
  }
  const { span } = propagator.extract(nothing, request, getter);
  // A propagator of the application's may only write.
  if (span === undefined) return fieldsByFormat.has(propagator) ? 'unreadable' : 'application';
  if (!isWaymarkSpan(span)) return 'application';
  if (isWaymarkSpan(own) && isSameSpan(span, own)) return 'this-call';
  if (isCaller(span, trace.caller)) return 'caller';
  return wasSpanSent(span.idHigh, span.idLow) ? 'earlier-call' : 'application';
}

function baggageOf<Request extends object>(
  request: Request,
  { getter }: Pick<ClientAdapter<Request>, 'getter'>,
): string {
  const field = getter.get(request, 'baggage') ?? '';
  return typeof field === 'string' ? field : field.join(', '); // as Node joins those that it receives
}

/** Whether a header names the span that this service was called by, or another one that its caller named beside it. */
function isCaller(span: WaymarkSpan, caller: CallerIdentity | undefined): boolean {
  if (caller === undefined) return false;
  if (isSameSpan(span, caller)) return true;
  return caller.notes?.links.some(({ context }) => isNamedBy(span, context)) ?? false;
}

function isSameSpan(one: SpanIdentity, other: SpanIdentity): boolean {
  const { trace } = one;
  const { trace: otherTrace } = other;
  return (
    one.idHigh === other.idHigh &&
    one.idLow === other.idLow &&
    (trace.hasId || one.isSampled === other.isSampled) && // a decision alone is all that it says
    trace.a === otherTrace.a &&
    trace.b === otherTrace.b &&
    trace.c === otherTrace.c &&
    trace.d === otherTrace.d
  );
}

function isNamedBy(span: Span, context: { readonly traceId: string; readonly spanId: string }): boolean {
  return context.traceId === span.traceId && context.spanId === span.spanId;
}
