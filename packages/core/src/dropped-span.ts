/**
 * Spans that a hook has dropped. A dropped span stands for its parent: it has the parent's ids, so spans that start below it, and
 * headers that are written below it, name the nearest span that is kept.
 *
 * A dropped root has no such span. Its children become roots of the same trace. It keeps its ids, because a header, such as that of a
 * message which is sent directly below it, cannot do without a span id.
 */
import type { RecordingSpan } from './recording-span.ts';
import type { Span } from './span.ts';
import { isWaymarkSpan } from './waymark-span.ts';

// Also spans of other tracers in this process: the sets are of this copy of the package.
const named = new WeakSet<RecordingSpan>();

/** Notes that an exported span or a header names this span as a parent, so that it has to be kept. */
export function noteNamed(span: RecordingSpan): void {
  named.add(span);
}

/** Notes that headers carry the ids of a span, also headers that another tracer writes. */
export function noteSent(span: Span | undefined): void {
  // Without hooks, nothing drops it.
  if (isWaymarkSpan(span) && span.mode === undefined && span.tracer.onEnding !== undefined) noteNamed(span);
}

/**
 * Connects a new span of a tracer without hooks to its parent, a span of a tracer with hooks. The ids of its parent stay as they are
 * now, so the parent has to be kept, if it has not been dropped already.
 */
export function joinHooked(span: RecordingSpan): void {
  leaveDropped(span);
  if (span.localParent !== undefined) noteNamed(span.localParent);
}

/** Whether a span can be dropped without leaving an orphan. */
export function canDrop(span: RecordingSpan): boolean {
  return !named.has(span);
}

/** Puts a span below the nearest span that is kept. */
export function leaveDropped(span: RecordingSpan): void {
  for (let around = span.localParent; around?.hookPhase === 'dropped'; around = around.localParent) {
    span.parentHigh = around.parentHigh;
    span.parentLow = around.parentLow;
    span.parentIsRemote = around.parentIsRemote;
    span.localParent = around.localParent;
  }
}

/** Ends a span without exporting it. */
export function becomeDropped(span: RecordingSpan): void {
  leaveDropped(span);
  span.hookPhase = 'dropped';
  span.endMs = span.nowMs();
  if ((span.parentHigh | span.parentLow) !== 0) span.takeIds(span.parentHigh, span.parentLow);
  span.release();
}
