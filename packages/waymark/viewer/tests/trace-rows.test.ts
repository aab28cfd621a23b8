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

test('new traces come on top, and one that has grown stays in its place', () => {
  const rows = [trace('b', 20), trace('a', 10)];
  expect(mergeTraces(rows, [trace('c', 30), trace('a', 10, 5)])).toEqual([
    trace('c', 30),
    trace('b', 20),
    trace('a', 10, 5),
  ]);
});

test('a trace whose earlier spans came later moves down to where it began', () => {
  expect(mergeTraces([trace('b', 20), trace('a', 10)], [trace('b', 5, 2)]).map(({ traceId }) => traceId)).toEqual([
    'a',
    'b',
  ]);
});

test('traces of one moment keep one order', () => {
  expect(mergeTraces([trace('b', 10)], [trace('a', 10)]).map(({ traceId }) => traceId)).toEqual(['a', 'b']);
});

test('only those count as newer that would stand above the first row', () => {
  expect(countAbove([trace('b', 20)], [trace('c', 30), trace('a', 10), trace('b', 20, 4)])).toBe(1);
});

test('bars grow with the logarithm, and are never invisible', () => {
  const shares = [0.001, 1, 10, 100, 1000].map((durationMs) => Number(barShare(durationMs, 1, 1000).toFixed(2)));
  expect(shares).toEqual([0.02, 0.14, 0.43, 0.71, 1]);
});
