/** Ends the spans that are still open when the process ends: those of the request that an exception or `process.exit()` broke off. */
import { failBy } from './passing-exceptions.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { Span } from './span.ts';

/** A thrown value; it may be `undefined`. */
export interface Failure {
  readonly exception: unknown;
}

/** Ends the active span and the spans around it, from the inside out. Never throws. */
export function endOpenSpans(
  context: { readonly span: Span | undefined } | undefined,
  failure: Failure | undefined,
): void {
  let span = asRecording(context?.span);
  while (span !== undefined) {
    const around: RecordingSpan | undefined = span.localParent;
    try {
      if (failure !== undefined && span.isRecording()) failBy(span, failure.exception, around);
      if (span.owner === undefined) span.end();
      else span.owner.finish();
    } catch {
      // The process ends for a reason that it reports itself.
    }
    span = around;
  }
}

function asRecording(span: Span | undefined): RecordingSpan | undefined {
  // A span of another copy of this package has no `localParent` unless that copy is as new as this one.
  return span !== undefined && Object.hasOwn(span, 'endMs') ? (span as RecordingSpan) : undefined;
}
