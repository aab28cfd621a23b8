/** What a trace keeps of its caller, so that headers which a proxy forwards are recognised when a call brings them along. */
import { hashText } from '../hash-text.ts';
import type { Span } from '../span.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';

/**
 * Notes who called, also where the caller's trace does not go on: what a proxy forwards is not the application's own then either.
 *
 * @param baggage The header as it came.
 */
export function noteCaller(
  { trace }: WaymarkSpan,
  caller: Span | undefined,
  baggage: string | readonly string[] | undefined,
): void {
  if (!trace.hasId) return; // shared by all requests that are ignored
  if (trace.caller === undefined && isWaymarkSpan(caller) && caller.mode !== undefined) trace.caller = caller;
  if (typeof baggage === 'string') trace.callerBaggageHash = hashText(baggage);
}
