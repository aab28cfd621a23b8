/** Remembers the caller in the trace, to recognise its headers when a proxy forwards them in an outbound call. */
import { hashText } from '../hash-text.ts';
import type { Span } from '../span.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';

/**
 * Remembers the caller, also if its trace is not continued: a proxy may forward its headers then too.
 *
 * @param baggage The header as it came.
 */
export function noteCaller(
  { trace }: WaymarkSpan,
  caller: Span | undefined,
  baggage: string | readonly string[] | undefined,
): void {
  if (!trace.hasId) return; // one object for all ignored requests
  if (trace.caller === undefined && isWaymarkSpan(caller) && caller.mode !== undefined) trace.caller = caller;
  if (typeof baggage === 'string') trace.callerBaggageHash = hashText(baggage);
}
