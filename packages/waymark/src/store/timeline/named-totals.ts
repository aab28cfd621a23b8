/** The totals of a range, each with the series that it counts. */
import type { ClosedRange } from '../closed-range.ts';
import { readSeries, type Series } from '../span-series.ts';
import type { SeriesTotal } from './read-totals.ts';
import type { Timeline } from './timeline.ts';

export type NamedTotal = readonly [Series, SeriesTotal];

export function* namedTotals(timeline: Timeline, range: ClosedRange): Iterable<NamedTotal> {
  for (const total of timeline.read(range)) yield [readSeries(total.series), total];
}
