/** The application's hook on spans that end. */
import type { Diagnostics } from './diagnostics.ts';
import type { EndingSpan } from './readable-span.ts';

/** Called once for each recorded span as it ends, while it can still be written to. */
export type EndingHook = (span: EndingSpan) => void;

/** Wraps a hook: its faults are counted and go no further, and it is not called for a span that it ends itself. */
export function containHook(hook: EndingHook, diagnostics: Diagnostics): EndingHook {
  const ending = new Set<EndingSpan>();
  const countFault = (error: unknown): void => diagnostics.count('hook-failed', error);

  return function onEnding(span) {
    if (ending.has(span)) return;
    ending.add(span);
    try {
      const result: unknown = hook(span); // an async function has the right type, too, though it comes too late
      if (result instanceof Promise) result.catch(countFault);
    } catch (error) {
      countFault(error);
    } finally {
      ending.delete(span);
    }
  };
}
