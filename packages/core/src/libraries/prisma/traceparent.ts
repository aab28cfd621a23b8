/**
 * The `traceparent` that Prisma passes to its engine, and whose span it was: Prisma 5 reports the spans of its engine later, outside
 * any context, with this id as their parent.
 */
import { currentContext } from '../../active-context.ts';
import { type Context, isContext } from '../../context.ts';
import { tracedCaller } from '../caller.ts';

/** What Prisma's client passes itself if there is no tracing: not sampled, so that the engine makes no spans. */
const unsampled = '00-10-10-00';

// Engines report within milliseconds. Of more calls at once, the statements of the first have no spans.
const mostRemembered = 1000;

const remembered = new Map<string, Context>();

export function traceparentFor(given: unknown): string {
  const context = isContext(given) ? given : currentContext();
  if (context?.span === undefined || tracedCaller('prisma') === undefined) return unsampled;
  const { traceId, spanId } = context.span.spanContext();
  remembered.delete(spanId);
  remembered.set(spanId, context);
  if (remembered.size > mostRemembered) remembered.delete(remembered.keys().next().value as string); // there is one
  return `00-${traceId}-${spanId}-01`;
}

/** The context for which a `traceparent` with this span id was made. */
export function contextOfSpan(spanId: unknown): Context | undefined {
  return typeof spanId === 'string' ? remembered.get(spanId) : undefined;
}
