/**
 * Waymark's span of the call or message whose handler is being called. An instrumentation that has wrapped the handler reads the context of
 * the sender again, and makes it active: a bridge that leaves its span out has to find the one that stands for it.
 */
import type { Span } from './span.ts';
import { isWaymarkSpan, type WaymarkSpan } from './waymark-span.ts';

let handled: WaymarkSpan | undefined;

/** Names the span while `fn` runs, which is until the handler returns. */
export function whileHandled<Result>(span: Span | undefined, fn: () => Result): Result {
  const before = handled;
  handled = isWaymarkSpan(span) ? span : undefined;
  try {
    return fn();
  } finally {
    handled = before;
  }
}

/** @param sender The span of another process that the instrumentation has read; `undefined` if there is none. */
export function handledSpan(sender: WaymarkSpan | undefined): WaymarkSpan | undefined {
  const span = handled;
  if (span === undefined) return undefined;
  if (span.mode !== undefined) return span.traceId === (sender?.traceId ?? span.traceId) ? span : undefined;
  const isParent = span.parentHigh === (sender?.idHigh ?? 0) && span.parentLow === (sender?.idLow ?? 0);
  return isParent ? span : undefined;
}
