/** Spans without child spans: below them a context passes through as it came, or no header is sent at all. */
import { Context } from './context.ts';
import { PassingSpan } from './passing-span.ts';
import { processState } from './process-state.ts';
import type { Span } from './span.ts';
import type { SpanHost } from './span-host.ts';
import { TraceIdentity } from './trace-identity.ts';
import { isWaymarkSpan } from './waymark-span.ts';

const noTrace = new TraceIdentity(0, 0, 0, 0, false, undefined);

/** The active span of untraced work. All its ids are zero. */
export const suppressedSpan: PassingSpan = new PassingSpan(noTrace, 0, 0, false, 'suppressed');

// Frozen: it is shared, so no baggage may be set in it.
const suppressedContext: Context = Object.freeze(new Context(suppressedSpan, undefined));

/** Runs `fn` untraced: no span is made in it, and no trace header is sent. */
export function untraced<Result>(fn: () => Result): Result {
  return processState.storage.run(suppressedContext, fn);
}

/** A span for an ignored request: the caller's context, if there is one, passes through it unchanged. */
export function ignoredSpan(caller: Span | undefined, tracer?: SpanHost | undefined): PassingSpan {
  if (!isWaymarkSpan(caller)) return new PassingSpan(noTrace, 0, 0, false, 'ignored', tracer);
  const { trace, idHigh, idLow, isSampled } = caller;
  const notes = caller.mode !== undefined ? caller.notes : undefined;
  return new PassingSpan(trace, idHigh, idLow, isSampled, 'ignored', tracer, notes);
}
