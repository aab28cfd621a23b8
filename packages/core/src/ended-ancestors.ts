/**
 * Lets go of ended spans. A task that plans the next one, such as a poller with a timer, starts each span in the context of the one
 * before: without this, the last span would keep all of them in memory.
 */
import type { RecordingSpan } from './recording-span.ts';

/**
 * Call it for an ended span when another one starts below it. Spans that still run, dropped spans, which stand for their parents, and
 * server spans stay above it.
 */
export function forgetEndedAbove(span: RecordingSpan): void {
  if (span.hookPhase === 'dropped') return; // its children take its place below `localParent`
  let around = span.localParent;
  while (around !== undefined && isForgettable(around)) around = around.localParent;
  span.localParent = around;
}

function isForgettable({ endMs, hookPhase, kind }: RecordingSpan): boolean {
  return endMs !== undefined && hookPhase !== 'dropped' && kind !== 'server';
}
