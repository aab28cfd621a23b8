import { sketchTrace } from '../../test/sketch-trace.ts';
import type { Span } from '../model/span.ts';
import { compareTraces } from './compare.ts';
import { toOutline } from './to-outline.ts';

function compare(drawingA: string, drawingB: string) {
  const a = toOutline(sketchTrace(drawingA));
  const b = toOutline(sketchTrace(drawingB));
  const { rows, ...counts } = compareTraces(a, b);
  const lines = rows.map((row) => {
    const nameA = row.a === undefined ? '-' : a.names[a.nameOf[row.a] as number];
    const nameB = row.b === undefined ? '-' : b.names[b.nameOf[row.b] as number];
    return `${' '.repeat(row.depth)}${nameA} ${nameB} ${row.deltaMs} ${row.deltaSelfMs} ${row.subtreeEnd}`;
  });
  return { lines, ...counts };
}

test('spans are paired by place, service, kind and name', () => {
  const { lines, addedCount, removedCount } = compare(
    `
      a server root 0-100
        a client query 10-20
        a client query 20-30
        a internal gone 40-50
          a internal below 41-42
        a internal last 60-70
    `,
    `
      a server root 0-150
        a internal first 0-5
        a client query 10-40
        a client query 40-50
        a client query 50-60
        a internal last 60-65
    `,
  );
  expect(lines).toEqual([
    'root root 50 30 8',
    ' - first 5 5 2',
    ' query query 20 20 3',
    ' query query 0 0 4',
    ' - query 10 10 5',
    ' gone - -10 -9 7',
    '  below - -1 -1 7',
    ' last last -5 -5 8',
  ]);
  expect([addedCount, removedCount]).toEqual([2, 2]);
});

test('names that differ in an id are equal', () => {
  expect(compare('a client /users/1 0-1', 'a client /users/2 0-1').lines).toEqual(['/users/1 /users/2 0 0 1']);
  expect(
    compare('a server r 0-9\n  a client /users/1 0-1', 'a server r 0-9\n  a client /users/2 0-1').lines,
  ).toHaveLength(2);
});

test('roots are paired whatever their names, orphans are not', () => {
  expect(compare('a server one 0-1', 'b client two 0-1').lines).toEqual(['one two 0 0 1']);
  expect(compare('a server one 0-1 ^ff', 'b client two 0-1 ^ff').lines).toEqual(['- two 1 1 1', 'one - -1 -1 2']);
});

test('different statements are never paired; one statement with other values is', () => {
  const { lines, addedCount, removedCount } = compare(
    `
      a server root 0-100
        a client pg.query 10-20 SELECT * FROM users WHERE id = 1
        a client pg.query 20-30 SELECT * FROM orders WHERE user = 1
        a client pg.query 30-40 SELECT * FROM prices
    `,
    `
      a server root 0-100
        a client pg.query 10-20 SELECT * FROM stock
        a client pg.query 20-35 SELECT * FROM orders WHERE user = 2
        a client pg.query 35-40 SELECT * FROM users WHERE id = 7
    `,
  );
  expect(lines).toEqual([
    'root root 0 0 5',
    ' - pg.query 10 10 2',
    ' pg.query pg.query -5 -5 3',
    ' pg.query pg.query 5 5 4',
    ' pg.query - -10 -10 5',
  ]);
  expect([addedCount, removedCount]).toEqual([1, 1]);
});

test('calls to one path are paired across ports, but not across hosts', () => {
  const call = (spanId: string, url: string): Span => ({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    spanId: spanId.repeat(16),
    name: 'GET',
    kind: 'client',
    startTimeUnixNano: '1700000000000000000',
    endTimeUnixNano: '1700000000001000000',
    attributes: { 'url.full': url },
    parentSpanId: 'f'.repeat(16),
    resource: { serviceName: 'a', attributes: {} },
  });
  const pairsOf = (urlA: string, urlB: string) =>
    compareTraces(toOutline([call('1', urlA)]), toOutline([call('2', urlB)])).rows.length;
  expect(pairsOf('http://localhost:40001/users/1', 'http://localhost:40002/users/2')).toBe(1);
  expect(pairsOf('http://[::1]:40001/users/1', 'http://[::1]:40002/users/1')).toBe(1);
  expect(pairsOf('http://users:80/users/1', 'http://orders:80/users/1')).toBe(2);
  expect(pairsOf('http://localhost:40001/users/1', 'http://localhost:40002/orders/1')).toBe(2);
});
