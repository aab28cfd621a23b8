/** Adds the trace headers to a call, in place of those that are not the application's own. */
import type { Context } from '../context.ts';
import type { InternalTracer } from '../internal-tracer.ts';
import type { Propagator } from '../propagation/propagator.ts';
import type { TraceIdentity } from '../trace-identity.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import type { ClientAdapter } from './client-adapter.ts';
import { keepTheirState } from './keep-their-state.ts';
import { rememberBaggage, rememberSpan } from './sent-headers.ts';
import { fieldsOf, ownersOf } from './used-headers.ts';

/** What a call is to carry. */
export interface OutgoingHeaders {
  readonly tracer: InternalTracer;
  /** The part of the call's context that may go where the call goes. */
  readonly context: Context;
  /** The trace that the call belongs to, be it allowed to go there or not. */
  readonly trace: TraceIdentity;
  /** Whether the span that is named was made here, and not by the caller of an ignored request. */
  readonly isMadeHere: boolean;
  /** Whether the application's own headers make room, too, and those of another tracer. */
  readonly replacesExisting: boolean;
  /** Whether baggage may go there. Asked only if it matters. */
  readonly mayCarryBaggage: () => boolean;
}

/**
 * Adds the headers of each format that the application has not used itself. An application that writes a `traceparent` speaks for
 * itself: a second one would make receivers ignore both, and our tracestate does not belong to it. The call is recorded all
 * the same, but what it causes elsewhere is then no child of its span. The option `existingTraceHeaders` has them replaced.
 *
 * Headers that a proxy forwards from its own caller are replaced. Where ours may not go, they stay as they are forwarded: we
 * neither send our headers there nor delete what the application sends. What an earlier call of ours has put there is removed.
 */
export function addHeaders<Request extends object>(
  request: Request,
  adapter: ClientAdapter<Request>,
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
    const propagator = propagators[index] as Propagator; // as many as there are
    const owner = owners[index];
    const isExisting = owner === 'application';
    // Baggage names no span: what was written there stays.
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
  // So that headers which the client copies into its next call are known for ours. An ignored request passes on its caller's.
  const { span: sent } = context;
  if (isAdded && isMadeHere && isWaymarkSpan(sent)) rememberSpan(sent.idHigh, sent.idLow);
  const baggage = addsBaggage ? adapter.getter.get(request, 'baggage') : undefined;
  if (typeof baggage === 'string') rememberBaggage(baggage);
}

function removeFormat<Request extends object>(
  propagator: Propagator,
  request: Request,
  adapter: ClientAdapter<Request>,
  mayReplaceBaggage: boolean,
): void {
  for (const name of fieldsOf(propagator)) adapter.removeHeader(request, name);
  if (propagator.name !== 'jaeger' || !mayReplaceBaggage) return;
  for (const name of adapter.getter.keys(request)) {
    const lower = name.toLowerCase();
    if (lower.startsWith('uberctx-') || lower === 'jaeger-baggage') adapter.removeHeader(request, lower);
  }
}
