import type { TraceSummary } from '../../src/api/types.ts';
import { barShare, countAbove, mergeTraces } from '../src/traces/trace-rows.ts';

function trace(traceId: string, startMs: number, spanCount = 1): TraceSummary {
  return {
    traceId,
    startMs,
    spanCount,
    serviceName: 'a',
    name: 'b',
    hasRoot: true,
    durationMs: 1,
    errorCount: 0,
    unfinishedCount: 0,
    services: [],
  };
}

test('new traces are added on top, and a growing trace stays in its place', () => {
  const rows = [trace('b', 20), trace('a', 10)];
  expect(mergeTraces(rows, [trace('c', 30), trace('a', 10, 5)])).toEqual([
    trace('c', 30),
    trace('b', 20),
    trace('a', 10, 5),
  ]);
});

test('a trace moves down when earlier spans arrive', () => {
  expect(mergeTraces([trace('b', 20), trace('a', 10)], [trace('b', 5, 2)]).map(({ traceId }) => traceId)).toEqual([
    'a',
    'b',
  ]);
});

test('traces with the same start have a fixed order', () => {
  expect(mergeTraces([trace('b', 10)], [trace('a', 10)]).map(({ traceId }) => traceId)).toEqual(['a', 'b']);
});

test('counts only traces above the first row as newer', () => {
  expect(countAbove([trace('b', 20)], [trace('c', 30), trace('a', 10), trace('b', 20, 4)])).toBe(1);
});

test('bars are logarithmic, and always visible', () => {
  const shares = [0.001, 1, 10, 100, 1000].map((durationMs) => Number(barShare(durationMs, 1, 1000).toFixed(2)));
  expect(shares).toEqual([0.02, 0.14, 0.43, 0.71, 1]);
});
