/** The application's hook on spans that start. */
import { callHook } from './call-hook.ts';
import type { Diagnostics } from './diagnostics.ts';
import { readOption } from './read-option.ts';
import type { StartingSpan } from './readable-span.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { SpanStart } from './span-options.ts';

/** Called once for each recorded span as it starts, with the attributes and links that it starts with. */
export type StartingHook = (span: StartingSpan) => void;

/** Calls the hook for a new span. Returns whether the hook has dropped it. Never throws. */
export function callStartingHook(
  hook: StartingHook | undefined,
  span: RecordingSpan,
  options: SpanStart,
  diagnostics: Diagnostics,
): boolean {
  // What a library has put on `Object.prototype` is no option.
  if (options.describeStart !== undefined && readOption(options, 'describeStart') !== undefined) {
    options.describeStart(span);
  }
  span.hookPhase = 'starting';
  if (hook !== undefined) callHook(hook, span, diagnostics);
  if (span.endMs !== undefined) return false; // the hook has ended it
  const isDropped = asPhase(span) === 'dropping';
  span.hookPhase = 'started';
  return isDropped;
}

/** The compiler believes that it is still what was assigned. */
function asPhase({ hookPhase }: RecordingSpan): RecordingSpan['hookPhase'] {
  return hookPhase;
}
