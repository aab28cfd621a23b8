// Only the reading of addresses is tested here: the address bar needs a browser.
import { boundsOf, readRange, shownBounds } from '../src/time-range/read-range.ts';

test('without parameters, the range is the last hour, without an end', () => {
  expect(boundsOf(readRange(undefined, undefined, undefined), 10_000_000)).toEqual({ startMs: 6_400_000 });
});

test.each([
  ['a name that is none', 'century', undefined, undefined],
  ['one end', undefined, '5', undefined],
  ['the wrong way round', undefined, '9', '5'],
  ['no numbers', undefined, 'x', '1e3'],
])('%s is the last hour', (_, range, from, to) => {
  expect(readRange(range, from, to)).toMatchObject({ kind: 'last', id: '1h' });
});

test('a start and an end take precedence over a preset', () => {
  expect(boundsOf(readRange('5m', '5', '9'), 100)).toEqual({ startMs: 5, endMs: 9 });
});

test('all stored traces have no bounds', () => {
  expect(boundsOf(readRange('all', undefined, undefined), 100)).toEqual({});
});

describe('an axis', () => {
  const hour = readRange('1h', undefined, undefined);
  const nowMs = 10 * 3_600_000;

  test.each([
    ['begins a little before the oldest, if that is within the range', nowMs - 600_000, nowMs - 630_000],
    ['shows a minute at least', nowMs - 1000, nowMs - 60_000],
    ['shows a minute if there is nothing', Number.POSITIVE_INFINITY, nowMs - 60_000],
    ['begins with the range, if what there is goes further back', nowMs - 7_200_000, nowMs - 3_600_000],
  ])('%s', (_, oldestMs, startMs) => {
    expect(shownBounds(hour, { oldestMs, newestMs: nowMs - 1 }, nowMs)).toEqual({ startMs, endMs: nowMs });
  });

  test('ends with data that arrived after the last update', () => {
    const bounds = shownBounds(hour, { oldestMs: nowMs - 3_600_000, newestMs: nowMs + 900 }, nowMs);
    expect(bounds.endMs).toBe(nowMs + 900);
  });

  test('starts with the oldest of all stored traces, or as chosen', () => {
    const all = shownBounds(readRange('all', undefined, undefined), { oldestMs: 1000, newestMs: 1000 }, 101_000);
    expect(all).toEqual({ startMs: -4000, endMs: 101_000 });
    const chosen = shownBounds(readRange(undefined, '5', '9'), { oldestMs: 7, newestMs: 8 }, 100);
    expect(chosen).toMatchObject({ startMs: 5, endMs: 9 });
  });
});
