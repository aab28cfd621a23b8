import { choosePoints, emptyColumns, type PointColumns } from './choose-points.ts';

interface Point {
  readonly startMs?: number;
  readonly durationMs?: number;
  readonly hasFailed?: boolean;
  readonly kind?: string;
}

function columnsOf(count: number, pointAt: (index: number) => Point): PointColumns {
  const columns = emptyColumns();
  for (let index = 0; index < count; index++) {
    const { startMs = index, durationMs = 1, hasFailed = false, kind = 'GET /' } = pointAt(index);
    columns.numberOf.push(index + 1);
    columns.startMs.push(startMs);
    columns.durationMs.push(durationMs);
    columns.hasFailed.push(hasFailed);
    columns.kindOf.push(kind);
  }
  return columns;
}

test('all are chosen if they are within the limit', () => {
  expect([...choosePoints(columnsOf(3, Object), 3)]).toEqual([0, 1, 2]);
  expect([...choosePoints(emptyColumns(), 3)]).toEqual([]);
});

test.each([1, 2, 3, 4, 5, 10, 399, 400, 1000])('a limit of %d gives that many', (limit) => {
  const mixed = columnsOf(5000, (index) => ({
    durationMs: index % 97,
    hasFailed: index % 5 === 0,
    kind: `GET /${index % 50}`,
  }));
  const chosen = choosePoints(mixed, limit);
  expect(chosen).toHaveLength(limit);
  expect(new Set(chosen).size).toBe(limit);
});

test('kinds that alternate have equal shares, whatever the period', () => {
  for (let period = 2; period <= 64; period++) {
    const chosen = choosePoints(columnsOf(period * 1000, Object), 50 * period);
    const counts = new Array<number>(period).fill(0);
    for (const index of chosen) counts[index % period] = (counts[index % period] ?? 0) + 1;
    expect(Math.min(...counts)).toBeGreaterThan(20);
    expect(Math.max(...counts)).toBeLessThan(100);
  }
});

test('failed, slow and rare traces are chosen among 100,000 others', () => {
  const failed = new Set([7, 77_777]);
  const slow = new Set([12_345, 54_321, 99_999]);
  const rare = new Set([3, 50_000, 90_001]);
  const columns = columnsOf(100_000, (index) => ({
    hasFailed: failed.has(index),
    durationMs: slow.has(index) ? 1000 + index : index % 10,
    kind: rare.has(index) ? `job ${index}` : 'GET /',
  }));
  const chosen = new Set(choosePoints(columns, 1000));
  for (const index of [...failed, ...slow, ...rare]) expect(chosen).toContain(index);
});

test('if each trace is another kind, or all have failed, the sample still covers the whole range', () => {
  const columns = columnsOf(100_000, (index) => ({ hasFailed: true, kind: `GET /${index}` }));
  const chosen = choosePoints(columns, 1000);
  for (let part = 0; part < 10; part++) {
    const inPart = chosen.filter((index) => Math.floor(index / 10_000) === part);
    expect(inPart.length).toBeGreaterThan(50);
  }
});

test('sampled traces stay in the sample when others arrive', () => {
  const before = new Set(choosePoints(columnsOf(50_000, Object), 1000));
  const after = choosePoints(columnsOf(51_000, Object), 1000);
  expect(after.filter((index) => before.has(index)).length).toBeGreaterThan(700);
});

test.each([
  ['one start', () => ({ startMs: 5 })],
  ['starts and durations that are NaN', () => ({ startMs: Number.NaN, durationMs: Number.NaN })],
  ['durations below 0', () => ({ durationMs: -1 })],
])('%s are handled', (_, pointAt) => {
  expect(choosePoints(columnsOf(1000, pointAt), 100)).toHaveLength(100);
});
