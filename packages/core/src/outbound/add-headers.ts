/** Adds the trace headers to a call, and keeps those that the application has written. */
import type { Context } from '../context.ts';
import type { InternalTracer } from '../internal-tracer.ts';
import { fieldsOf } from '../propagation/format-fields.ts';
import type { Propagator } from '../propagation/propagator.ts';
import type { TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import type { HeaderAccess } from './client-adapter.ts';
import { keepTheirState } from './keep-their-state.ts';
import { rememberBaggage, rememberSpan } from './sent-headers.ts';
import { ownersOf } from './used-headers.ts';

/** The headers that a call may carry. */
export interface OutgoingHeaders {
  readonly tracer: InternalTracer;
  /** The part of the call's context that this host may get. */
  readonly context: Context;
  /** The trace of the call, also if this host may not get it. */
  readonly trace: TraceIdentity;
  /** Whether the span in `context` was made here, and not by the caller of an ignored request. */
  readonly isMadeHere: boolean;
  /** Whether our headers also replace those of the application, and of another tracer. */
  readonly replacesExisting: boolean;
  /** Whether this host may get baggage. Called only if it matters. */
  readonly mayCarryBaggage: () => boolean;
}

/**
 * Adds the headers of each format that the application has not written itself. If it has written a `traceparent`, that one stays: a
 * second one would make receivers ignore both, and our tracestate does not belong to it. The call is still recorded, but the spans
 * that it causes elsewhere are not children of its span. The option `existingTraceHeaders` can replace such headers.
 *
 * Headers that a proxy forwards from its caller are replaced. If the host may not get ours, the forwarded ones stay: we neither send
 * our headers there nor delete headers of the application. Headers of an earlier call of ours are removed.
 */
export function addHeaders<Request extends object>(
  request: Request,
  adapter: HeaderAccess<Request>,
  { tracer, context, trace, isMadeHere, replacesExisting, mayCarryBaggage }: OutgoingHeaders,
): void {
  if (adapter.isSealed(request)) {
    tracer.diagnostics.count('inject-failed', 'the headers were sent when the request was made');
    return;
  }
  let addsBaggage = false;
  let isAdded = false;
  const { propagators } = tracer.settings;
  const owners = ownersOf(propagators, request, adapter, trace, context.span, tracer.diagnostics);
  for (let index = 0; index < propagators.length; index++) {
    const propagator = propagators[index] as Propagator; // index is below the length
    const owner = owners[index];
    const isExisting = owner === 'application';
    // Baggage names no span: the application's stays.
    if (owner === 'this-call' || (isExisting && !(replacesExisting && propagator.name !== 'baggage'))) continue;
    let outgoing = context;
    try {
      if (owner !== 'none') {
        const isBaggage = propagator.name === 'baggage';
        const mayReplace = isBaggage ? context.baggage !== undefined || mayCarryBaggage() : context.span !== undefined;
        if (owner !== 'earlier-call' && !mayReplace) continue;
        if (isExisting) outgoing = keepTheirState(context, request, adapter);
        const mayReplaceBaggage = owner === 'earlier-call' || isBaggage || mayCarryBaggage();
        removeFormat(propagator, request, adapter, mayReplaceBaggage);
      }
      propagator.inject(outgoing, request, adapter.setter);
      isAdded = true;
      if (propagator.name === 'baggage') addsBaggage = context.baggage !== undefined;
    } catch (error) {
      tracer.diagnostics.count('propagator-failed', error);
    }
  }
  // To recognise our headers if the client copies them into its next call. An ignored request passes on its caller's headers.
  const { span: sent } = context;
  if (isAdded && isMadeHere && isWaymarkSpan(sent)) rememberSpan(sent.idHigh, sent.idLow);
  const baggage = addsBaggage ? adapter.getter.get(request, 'baggage') : undefined;
  if (typeof baggage === 'string') rememberBaggage(baggage);
}

function removeFormat<Request extends object>(
  propagator: Propagator,
  request: Request,
  adapter: HeaderAccess<Request>,
  mayReplaceBaggage: boolean,
): void {
  for (const name of fieldsOf(propagator)) adapter.removeHeader(request, name);
  if (propagator.name !== 'jaeger' || !mayReplaceBaggage) return;
  for (const name of adapter.getter.keys(request)) {
    const lower = name.toLowerCase();
    if (lower.startsWith('uberctx-') || lower === 'jaeger-baggage') adapter.removeHeader(request, lower);
  }
}
