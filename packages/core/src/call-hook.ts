/** Calls the application's hooks on spans. Their faults are counted, and go no further. */
import { isPromise } from 'node:util/types';
import type { Diagnostics } from './diagnostics.ts';

// A hook may make spans, for which it is called too. If it made one for each of these, there would be no end.
const deepestCalls = 2;
let depth = 0;

/** Never throws. An async function has the right type, though what it does after its first `await` comes too late. */
export function callHook<Span>(hook: (span: Span) => void, span: Span, diagnostics: Diagnostics): void {
  if (depth === deepestCalls) {
    diagnostics.count('hook-failed', 'it makes a span for each span, its own included');
    return;
  }
  depth++;
  try {
    const result: unknown = hook(span);
    if (isPromise(result)) result.catch((error: unknown) => diagnostics.count('hook-failed', error));
  } catch (error) {
    diagnostics.count('hook-failed', error);
  } finally {
    depth--;
  }
}
