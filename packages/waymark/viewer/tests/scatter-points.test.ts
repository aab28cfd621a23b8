import type { TraceSummary } from '../../src/api/types.ts';
import { addToScatter, readScatter } from '../src/traces/scatter-points.ts';

function summaryOf(number: number): TraceSummary {
  return {
    traceId: number.toString(16).padStart(32, '0'),
    serviceName: 'shop',
    name: 'GET /',
    hasRoot: true,
    startMs: number,
    durationMs: 1,
    spanCount: 1,
    errorCount: 0,
    unfinishedCount: 0,
    services: [],
  };
}

test('new points replace the oldest, which are still counted', () => {
  const newestFirst = Array.from({ length: 10_000 }, (_, index) => summaryOf(10_000 - index));
  const points = readScatter({
    traceIds: newestFirst.map(({ traceId }) => traceId),
    startMs: newestFirst.map(({ startMs }) => startMs),
    durationMs: newestFirst.map(() => 1),
    isError: newestFirst.map(() => 0),
    serviceOf: newestFirst.map(() => 0),
    services: ['shop'],
    totalCount: 10_500,
    searchedBackToMs: 0,
    isComplete: true,
  });
  const next = addToScatter({ points, hiddenCount: 500 }, [summaryOf(10_001), summaryOf(10_002), summaryOf(9_000)]);
  expect([next.points.size, next.hiddenCount]).toEqual([10_000, 502]);
  const starts = [...next.points.values()].map(({ startMs }) => startMs);
  expect([Math.min(...starts), Math.max(...starts)]).toEqual([3, 10_002]);
});
