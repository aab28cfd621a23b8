/** The application's hook on spans that end. */
import { callHook } from './call-hook.ts';
import type { Diagnostics } from './diagnostics.ts';
import type { EndingSpan } from './readable-span.ts';
import type { RecordingSpan } from './recording-span.ts';

/** Called once for each recorded span as it ends, while it can still be written to. */
export type EndingHook = (span: EndingSpan) => void;

/** Calls the hook for a span that ends. Returns whether the hook has dropped it. Never throws. */
export function callEndingHook(hook: EndingHook, span: RecordingSpan, diagnostics: Diagnostics): boolean {
  callHook(hook, span, diagnostics);
  return span.hookPhase === 'dropping';
}
