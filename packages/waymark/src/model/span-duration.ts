/** The duration of a span, as far as its sender knows it. */
import type { Span } from './span.ts';
import { msBetween } from './time.ts';

/** The end of a span that has not ended, or that was sent without an end. OTLP's default for an absent field. */
export const noEnd = '0';

export function isUnfinished({ endTimeUnixNano }: Pick<Span, 'endTimeUnixNano'>): boolean {
  return endTimeUnixNano === noEnd;
}

/** Milliseconds; negative if the span ends before it starts; `undefined` if it is unfinished. */
export function durationMsOf(span: Pick<Span, 'startTimeUnixNano' | 'endTimeUnixNano'>): number | undefined {
  return isUnfinished(span) ? undefined : msBetween(span.startTimeUnixNano, span.endTimeUnixNano);
}
