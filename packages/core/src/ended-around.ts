/** Whether the work around a span is over: its request, or what else its first span stands for. */
import type { HookPhase } from './hook-phase.ts';

/** The attribute of a span that its request does not wait for. */
export const backgroundKey = 'waymark.background';

// A handler that waits for the end of its response, by pipeline() or finished(), returns right after it: in some ten microseconds, or a
// millisecond the first time.
const toleranceMs = 2;

/** The part of a recorded span that this file uses. */
interface SpanAround {
  readonly endMs: number | undefined;
  readonly hookPhase: HookPhase | undefined;
  readonly localParent: SpanAround | undefined;
}

/**
 * Whether a span and all recorded spans around it in this process have ended by then.
 *
 * @param timeMs Unix milliseconds. It may be in the past: some calls are known only afterwards.
 */
export function haveEndedBy(timeMs: number, innermost: SpanAround | undefined): boolean {
  for (let span = innermost; span !== undefined; span = span.localParent) {
    if (span.hookPhase === 'dropped') {
      // Its end is not that of its work. Below a dropped root there is no span to link to.
      if (span.localParent === undefined) return false;
    } else if (span.endMs === undefined || timeMs < span.endMs) return false;
  }
  return true;
}

/** Whether a span outlives its parent and all recorded spans around that. Call it only if the parent has ended: most have not. */
export function isBackground(span: { readonly localParent: SpanAround | undefined }, endMs: number): boolean {
  return haveEndedBy(endMs - toleranceMs, span.localParent);
}
