/**
 * Finds the owner of the trace headers that a request has before we add ours.
 *
 * A proxy forwards the headers that it received, and some clients repeat a call with the headers of the first one. Such headers name a
 * span that is not the parent of the new call, so ours replace them. Headers that the application wrote itself stay.
 */
import type { Diagnostics } from '../diagnostics.ts';
import { hashText } from '../hash-text.ts';
import { outside } from '../outside-context.ts';
import { formatFields } from '../propagation/format-fields.ts';
import type { Propagator } from '../propagation/propagator.ts';
import { baggagePropagator } from '../propagation/w3c.ts';
import type { Span } from '../span.ts';
import type { CallerIdentity, SpanIdentity, TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import type { HeaderAccess } from './client-adapter.ts';
import { wasBaggageSent, wasSpanSent } from './sent-headers.ts';

export type HeaderOwner =
  /** The request has no header of that format. */
  | 'none'
  /** This call: its headers were added before. */
  | 'this-call'
  /** The application. The header stays. */
  | 'application'
  /** The caller of this service. A proxy forwards the header. */
  | 'caller'
  /** An earlier call of this process. */
  | 'earlier-call'
  /** The value is useless to a reader, such as `undefined` from a missing header. */
  | 'unreadable';

/**
 * Finds the owner of the headers of each format. A propagator of the host's that throws is counted; its headers count as the
 * application's.
 *
 * @param own The span of the call, to recognise headers that were added before.
 */
export function ownersOf<Request extends object>(
  propagators: readonly Propagator[],
  request: Request,
  adapter: HeaderAccess<Request>,
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
  // The application may have written the same baggage itself. It counts as ours only with a trace header of ours.
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
  { hasHeader, getter }: HeaderAccess<Request>,
  trace: TraceIdentity,
  own: Span | undefined,
): HeaderOwner {
  const leading = formatFields.get(propagator)?.leading ?? propagator.fields.slice(0, 1);
  if (!leading.some((name) => hasHeader(request, name))) return 'none';
  if (propagator === baggagePropagator) {
    const isCallers =
      trace.callerBaggageHash !== 0 && hashText(baggageOf(request, { getter })) === trace.callerBaggageHash;
    return isCallers ? 'caller' : 'application';
  }
  const { span } = propagator.extract(outside, request, getter);
  // A custom propagator may only write.
  if (span === undefined) return formatFields.has(propagator) ? 'unreadable' : 'application';
  if (!isWaymarkSpan(span)) return 'application';
  if (isWaymarkSpan(own) && isSameSpan(span, own)) return 'this-call';
  if (isCaller(span, trace.caller)) return 'caller';
  return wasSpanSent(span.idHigh, span.idLow) ? 'earlier-call' : 'application';
}

function baggageOf<Request extends object>(
  request: Request,
  { getter }: Pick<HeaderAccess<Request>, 'getter'>,
): string {
  const field = getter.get(request, 'baggage') ?? '';
  return typeof field === 'string' ? field : field.join(', '); // as Node joins received headers
}

/** Whether a header names the span of this service's caller, or another span that the caller's headers named. */
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
    (trace.hasId || one.isSampled === other.isSampled) && // without an id, only the decision counts
    trace.a === otherTrace.a &&
    trace.b === otherTrace.b &&
    trace.c === otherTrace.c &&
    trace.d === otherTrace.d
  );
}

function isNamedBy(span: Span, context: { readonly traceId: string; readonly spanId: string }): boolean {
  return context.traceId === span.traceId && context.spanId === span.spanId;
}
