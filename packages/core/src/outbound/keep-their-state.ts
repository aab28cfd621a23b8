/** Keeps the tracestate of another tracer in this process, when our `traceparent` replaces its own. */
import { Context } from '../context.ts';
import { outside } from '../outside-context.ts';
import { PassingSpan } from '../passing-span.ts';
import { TraceState } from '../propagation/tracestate.ts';
import { tracecontextPropagator } from '../propagation/w3c.ts';
import { isWaymarkSpan } from '../waymark-span.ts';
import type { HeaderAccess } from './client-adapter.ts';

/**
 * Returns the context with the members of the other tracer's tracestate after ours, if both are in one trace.
 *
 * A tracer finds its place in the trace by its member, whichever tracer wrote the `traceparent`: Datadog and New Relic name their span
 * there.
 *
 * @see https://www.w3.org/TR/trace-context/#mutating-the-tracestate-field
 */
export function keepTheirState<Request extends object>(
  context: Context,
  request: Request,
  { getter }: HeaderAccess<Request>,
): Context {
  const { span } = context;
  const theirs = tracecontextPropagator.extract(outside, request, getter).span;
  if (!isWaymarkSpan(span) || !isWaymarkSpan(theirs) || theirs.traceId !== span.traceId) return context;
  if (theirs.trace.traceState === undefined) return context;
  let joined = theirs.trace.traceState;
  for (const member of membersOf(span.trace.traceState ?? TraceState.empty).reverse()) {
    const end = member.indexOf('=');
    const key = member.slice(0, end);
    // The other tracer has read the same header as we have, and has updated its member.
    if (joined.get(key) === undefined || key === 'ot') joined = joined.set(key, member.slice(end + 1));
  }
  const { idHigh, idLow, isSampled, tracer } = span;
  return new Context(
    new PassingSpan(span.trace.withTraceState(joined), idHigh, idLow, isSampled, 'ignored', tracer), // a span that is sent unchanged
    context.baggage,
    context.values,
  );
}

function membersOf(state: TraceState): string[] {
  return state
    .serialize()
    .split(',')
    .filter((member) => member !== '');
}
