/** Puts the context of a call into its headers or metadata, by the rules for the headers of HTTP calls: `propagateTo`, and headers that are there already. */
import type { Context } from '../context.ts';
import { noteSent } from '../dropped-span.ts';
import { type InternalTracer, knownTracer } from '../internal-tracer.ts';
import { addHeaders } from '../outbound/add-headers.ts';
import type { HeaderAccess } from '../outbound/client-adapter.ts';
import { isPermitted, permittedOf } from '../outbound/permitted-context.ts';
import { outboundSettingsOf } from '../outbound/settings-of.ts';
import { outside } from '../outside-context.ts';
import { fieldsOf } from '../propagation/format-fields.ts';
import { contextOfCall } from '../propagation/join-formats.ts';
import type { Span } from '../span.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import { hasContext } from './carried-context.ts';

/**
 * @param carrier A copy: the application may send its own again.
 * @param caller The span that was active when the call was made.
 * @param access How the carrier is read and changed.
 * @param url With the origin of the server.
 */
export function carryByRules<Carrier extends object>(
  context: Context,
  caller: Span | undefined,
  carrier: Carrier,
  access: HeaderAccess<Carrier>,
  url: string,
): void {
  const outgoing = contextOfCall(context);
  const { span } = outgoing;
  if (!isWaymarkSpan(span)) return;
  const tracer = knownTracer(span);
  if (tracer === undefined) return;
  if (caller !== undefined && hasContext(carrier, access.getter)) removeCallers(carrier, access, caller, tracer);
  const settings = outboundSettingsOf(tracer);
  const permitted = permittedOf(outgoing, url, settings, tracer);
  if (permitted.span !== undefined) noteSent(span);
  addHeaders(carrier, access, {
    tracer,
    context: permitted,
    trace: span.trace,
    isMadeHere: span.mode === undefined || span.mode === 'unsampled',
    replacesExisting: settings.existingTraceHeaders === 'replace',
    mayCarryBaggage: () => isPermitted(settings.mayCarryBaggage, url, tracer),
  });
}

/**
 * Removes headers that name the caller's span itself: the application has called `inject()`, or an instrumentation of OpenTelemetry whose
 * spans are left out has written them. The server's span belongs below that of the call.
 */
function removeCallers<Carrier extends object>(
  carrier: Carrier,
  { getter, removeHeader }: HeaderAccess<Carrier>,
  caller: Span,
  tracer: InternalTracer,
): void {
  for (const propagator of tracer.settings.propagators) {
    const { span } = propagator.extract(outside, carrier, getter);
    if (span === undefined || span.spanId !== caller.spanId || span.traceId !== caller.traceId) continue;
    for (const name of fieldsOf(propagator)) removeHeader(carrier, name);
  }
}
