/**
 * Starts the client span of a call, and adds the headers that carry its context. `undici.ts`, `node-http.ts` and
 * `runtime-fetch.ts` only supply facts, so that the spans of all clients are alike.
 */
import { clientSpanKey } from '../client-span-key.ts';
import { Context } from '../context.ts';
import { tracerOfProcess } from '../default-tracer.ts';
import { noteSent } from '../dropped-span.ts';
import { knownTracer } from '../internal-tracer.ts';
import { outside } from '../outside-context.ts';
import { processState } from '../process-state.ts';
import { contextOfCall } from '../propagation/join-formats.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';
import { addHeaders, type OutgoingHeaders } from './add-headers.ts';
import type { ClientAdapter } from './client-adapter.ts';
import { Call, ClientSpan, type TracedRequest } from './client-span.ts';
import { isPermitted, permittedOf } from './permitted-context.ts';
import { outboundSettingsOf } from './settings-of.ts';
import { signatureOf } from './signed-request.ts';

/**
 * Starts the span of a request that is about to be sent, and adds the headers that carry its context.
 *
 * @param context The caller's.
 * @param resendCount How often the client has sent this request before; absent if it does not know.
 * @returns The headers that were added, for clients whose application may still set others; `undefined` if none were.
 */
export function beginClientSpan<Request extends TracedRequest>(
  request: Request,
  adapter: ClientAdapter<Request>,
  context: Context | undefined,
  resendCount?: number,
): OutgoingHeaders | undefined {
  if (request[clientSpanKey] !== undefined) return undefined;
  if (processState.openTelemetry?.leavesToTheirs(adapter.subject) === true) return undefined;
  const active = context?.span;
  const parent = isWaymarkSpan(active) ? active : undefined;
  if (isSuppressed(parent)) return undefined;
  const tracer = knownTracer(parent) ?? tracerOfProcess();
  if (!tracer.tracesOutbound) return undefined;

  const settings = outboundSettingsOf(tracer);
  const call = new Call(adapter.method(request), adapter.url(request), parent, resendCount, settings);
  const span = tracer.beginSpan(call.spanName, 'client', parent, call);
  if (isSuppressed(span)) return undefined;
  // beginSpan() returns the parent if that is not recorded, and after the tracer was shut down.
  if (span !== parent && span.mode === undefined) {
    request[clientSpanKey] = new ClientSpan(span, call);
    if (span.hookPhase === undefined) call.describeStart(span);
  }
  const signature = signatureOf(call.url, adapter.getter.get(request, 'authorization'));
  if (signature === 'header') return undefined;
  // A call of an unsampled span gets a new id here, so that all formats carry the same one, and so that it is recognised later.
  const outgoing = contextOfCall(new Context(span, context?.baggage, context?.values));
  const headers: OutgoingHeaders = {
    tracer,
    context: signature === 'url' ? outside : permittedOf(outgoing, call.url, settings, tracer),
    trace: span.trace,
    replacesExisting: settings.existingTraceHeaders === 'replace',
    isMadeHere: span.mode === undefined || span.mode === 'unsampled',
    mayCarryBaggage: () => signature === undefined && isPermitted(settings.mayCarryBaggage, call.url, tracer),
  };
  if (headers.context.span !== undefined) noteSent(span);
  addHeaders(request, adapter, headers);
  return headers;
}

function isSuppressed(span: WaymarkSpan | undefined): boolean {
  return span !== undefined && span.mode !== undefined && span.mode === 'suppressed';
}
