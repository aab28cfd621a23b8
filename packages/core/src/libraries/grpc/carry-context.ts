/** Puts the context of a call into its metadata, by the rules for the headers of HTTP calls: `propagateTo`, and headers that are there already. */
import { Context } from '../../context.ts';
import { noteSent } from '../../dropped-span.ts';
import { type InternalTracer, knownTracer } from '../../internal-tracer.ts';
import { addHeaders } from '../../outbound/add-headers.ts';
import { isPermitted, permittedOf } from '../../outbound/permitted-context.ts';
import { outboundSettingsOf } from '../../outbound/settings-of.ts';
import { fieldsOf } from '../../propagation/format-fields.ts';
import { contextOfCall } from '../../propagation/join-formats.ts';
import type { Span } from '../../span.ts';
import { isWaymarkSpan } from '../../waymark-span.ts';
import { hasContext } from '../carried-context.ts';
import type { Metadata } from './grpc-types.ts';
import { metadataHeaders } from './metadata-headers.ts';

const nothing: Context = Object.freeze(new Context(undefined, undefined));

/**
 * @param metadata A copy: the application may send its own again.
 * @param caller The span that was active when the call was made.
 * @param url With the origin of the server.
 */
export function carryContext(context: Context, caller: Span | undefined, metadata: Metadata, url: string): void {
  const outgoing = contextOfCall(context);
  const { span } = outgoing;
  if (!isWaymarkSpan(span)) return;
  const tracer = knownTracer(span);
  if (tracer === undefined) return;
  if (caller !== undefined && hasContext(metadata, metadataHeaders.getter)) removeCallers(metadata, caller, tracer);
  const settings = outboundSettingsOf(tracer);
  const permitted = permittedOf(outgoing, url, settings, tracer);
  if (permitted.span !== undefined) noteSent(span);
  addHeaders(metadata, metadataHeaders, {
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
function removeCallers(metadata: Metadata, caller: Span, tracer: InternalTracer): void {
  const { getter } = metadataHeaders;
  for (const propagator of tracer.settings.propagators) {
    const { span } = propagator.extract(nothing, metadata, getter);
    if (span === undefined || span.spanId !== caller.spanId || span.traceId !== caller.traceId) continue;
    for (const name of fieldsOf(propagator)) metadata.remove(name);
  }
}
