/** Applies `propagateTo` to the context of a call. */
import { Context } from '../context.ts';
import type { InternalTracer } from '../internal-tracer.ts';
import type { OutboundSettings, TraceStateMember } from '../outbound-settings.ts';
import { PassingSpan } from '../passing-span.ts';
import { TraceState } from '../propagation/tracestate.ts';
import { isWaymarkSpan, type WaymarkSpan } from '../waymark-span.ts';

/** The part of a context that the host of a URL may get. */
export function permittedOf(
  context: Context,
  url: string,
  settings: OutboundSettings,
  tracer: InternalTracer,
): Context {
  const { mayTrace, mayCarryBaggage, traceStateMember } = settings;
  const hasOwn = context.baggage !== undefined || traceStateMember !== undefined;
  if (mayTrace === undefined && !hasOwn) return context;
  const isOurs = hasOwn && isPermitted(mayCarryBaggage, url, tracer);
  let span = isPermitted(mayTrace, url, tracer) ? context.span : undefined;
  if (traceStateMember && isWaymarkSpan(span)) span = withMember(span, traceStateMember, isOurs);
  return new Context(span, isOurs ? context.baggage : undefined, context.values);
}

/** Whether a rule allows headers for a URL. If it throws, that is counted, and headers are not allowed. */
export function isPermitted(
  mayGo: ((url: string) => boolean) | undefined,
  url: string,
  tracer: InternalTracer,
): boolean {
  try {
    return mayGo === undefined || mayGo(url);
  } catch (error) {
    tracer.diagnostics.count('hook-failed', error);
    return false;
  }
}

/** A stand-in for a span in the headers of one call: it adds our member of tracestate, or removes it. */
function withMember(span: WaymarkSpan, { key, value }: TraceStateMember, isOurs: boolean): PassingSpan {
  const { trace, idHigh, idLow, isSampled, tracer } = span;
  const before = trace.traceState ?? TraceState.empty;
  const after = trace.withTraceState(isOurs ? before.set(key, value) : before.unset(key));
  const [mode, notes] = span.mode !== undefined ? [span.mode, span.notes] : (['ignored', undefined] as const); // goes out as it is
  return new PassingSpan(after, idHigh, idLow, isSampled, mode, tracer, notes);
}
