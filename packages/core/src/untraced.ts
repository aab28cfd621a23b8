/** Spans that make no spans: below them a context passes through as it came, or nothing goes out at all. */
import { Context } from './context.ts';
import { processState } from './process-state.ts';
import { isWaymarkSpan, NonRecordingSpan, type Span } from './span.ts';
import { TraceIdentity } from './span-context.ts';
import type { Tracer } from './tracer.ts';

const noTrace = new TraceIdentity(0, 0, 0, 0, false, undefined);

// Frozen: it is shared, so nobody's baggage may be set in it.
const suppressedContext: Context = Object.freeze(
  new Context(new NonRecordingSpan(noTrace, 0, 0, false, 'suppressed'), undefined),
);

/** Runs `fn` untraced: no span is made in it, and no trace header is sent. */
export function untraced<Result>(fn: () => Result): Result {
  return processState.storage.run(suppressedContext, fn);
}

/** A span for a request that is to be ignored: the caller's context, if there is one, passes through it unchanged. */
export function ignoredSpan(caller: Span | undefined, tracer?: Tracer | undefined): NonRecordingSpan {
  if (!isWaymarkSpan(caller)) return new NonRecordingSpan(noTrace, 0, 0, false, 'ignored', tracer);
  const { trace, idHigh, idLow, isSampled } = caller;
  const notes = caller.mode !== undefined ? caller.notes : undefined;
  return new NonRecordingSpan(trace, idHigh, idLow, isSampled, 'ignored', tracer, notes);
}
