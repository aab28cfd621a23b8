/**
 * Spans that start when the work around them is over: in a timer after the response, in a job that nothing awaits. A child would hang
 * beyond its parent, so such a span starts a new trace, with a link to the span whose context it starts in.
 */
import { toUnixMs } from './clock.ts';
import { backgroundKey, haveEndedBy } from './ended-around.ts';
import { samplingOf } from './propagation/ot-tracestate.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { SpanStart } from './span-options.ts';
import type { TraceIdentity } from './trace-identity.ts';
import type { WaymarkSpan } from './waymark-span.ts';

/** Whether a span starts after its parent, which has ended, and all recorded spans around that have ended. */
export function startsLate(parent: RecordingSpan, options: SpanStart): boolean {
  if (Object.hasOwn(options, 'keepsParent') && options.keepsParent === true) return false;
  return haveEndedBy(toUnixMs(options.startTime, parent.clockOffsetMs) ?? Number.POSITIVE_INFINITY, parent);
}

/** The options of a span whose caller has named its parent. */
export function withGivenParent(options: SpanStart, parent: WaymarkSpan | undefined): SpanStart {
  const isEnded = parent !== undefined && parent.mode === undefined && parent.endMs !== undefined;
  return isEnded ? { ...options, keepsParent: true } : options;
}

/** Marks the first span of the new trace, and links it to the span in whose context it starts. */
export function markLate(span: RecordingSpan, ended: RecordingSpan): void {
  span.setAttribute(backgroundKey, true);
  span.addLink({ context: ended.spanContext(), attributes: { [backgroundKey]: true } });
}

/** The new trace, with what goes on from the one before: the sampling threshold, and the caller whose headers a proxy may forward. */
export function continueIn(fresh: TraceIdentity, before: TraceIdentity): TraceIdentity {
  const sampling = before.traceState && samplingOf(before.traceState, before.traceId);
  const trace = sampling === undefined ? fresh : fresh.withTraceState(sampling);
  trace.caller = before.caller;
  trace.callerBaggageHash = before.callerBaggageHash;
  return trace;
}
