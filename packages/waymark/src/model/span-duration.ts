/** How long a span took, as far as its sender says. */
import type { Span } from './span.ts';
import { msBetween } from './time.ts';

/** The end of a span that has not ended, or whose sender never said when. OTLP's default for a field that is absent. */
export const noEnd = '0';

export function isUnfinished({ endTimeUnixNano }: Pick<Span, 'endTimeUnixNano'>): boolean {
  return endTimeUnixNano === noEnd;
}

/** Milliseconds; negative if the span ends before it starts; `undefined` if it is unfinished. */
export function durationMsOf(span: Pick<Span, 'startTimeUnixNano' | 'endTimeUnixNano'>): number | undefined {
  return isUnfinished(span) ? undefined : msBetween(span.startTimeUnixNano, span.endTimeUnixNano);
}
