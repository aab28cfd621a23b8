/** The address is the browser's; what it says is read here. */
import { boundsOf, readRange } from '../src/time-range/read-range.ts';

test('nothing said is the last hour, up to now and beyond', () => {
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

test('two moments win over a name', () => {
  expect(boundsOf(readRange('5m', '5', '9'), 100)).toEqual({ startMs: 5, endMs: 9 });
});

test('all that is kept has no bounds', () => {
  expect(boundsOf(readRange('all', undefined, undefined), 100)).toEqual({});
});
