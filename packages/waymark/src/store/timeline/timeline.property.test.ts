/** Whatever is added and subtracted, in any order: all counts are exact, and removed names leave nothing behind. */
import fc from 'fast-check';
import { createMemorySlots } from '../memory/memory-slots.ts';
import { type Measurement, othersOfSeries, readSeries, textOfSeries } from '../span-series.ts';
import type { SlotStorage } from './slot-storage.ts';
import { createTimeline } from './timeline.ts';

const epochMs = 1_764_037_440_000 - (1_764_037_440_000 % 2_160_000);
const limits = { maxSeries: 6, maxOfService: 4, maxOthers: 1 };

const measurement: fc.Arbitrary<Measurement> = fc.record({
  series: fc
    .tuple(fc.constantFrom('a', 'b', 'c'), fc.integer({ min: 1, max: 8 }))
    .map(([service, name]) => textOfSeries(['operation', service, `name ${name}`, 'server'])),
  startMs: fc.integer({ min: 0, max: 200_000 }).map((ms) => epochMs + ms),
  durationMs: fc.constantFrom(1, 10, 100, undefined),
  hasFailed: fc.boolean(),
});

/** Each batch adds some measurements and then removes some of those that are there. */
const batches = fc.array(
  fc.record({ added: fc.array(measurement, { maxLength: 12 }), removed: fc.integer({ min: 0, max: 14 }) }),
  { minLength: 1, maxLength: 40 },
);

/** Slots in memory, with the number of held series. */
function watchedSlots(): SlotStorage & { readonly held: () => number; readonly slots: () => number } {
  const slots = createMemorySlots();
  let held = 0;
  return {
    ...slots,
    hold(series) {
      held++;
      return slots.hold(series);
    },
    release(series) {
      held--;
      slots.release(series);
    },
    held: () => held,
    slots: () => [0, 1, 2, 3].reduce((sum, level) => sum + [...slots.parts(level, 0, 2 ** 40)].length, 0),
  };
}

test('counts are exact, with places for a few of many names', () => {
  const check = fc.property(batches, fc.boolean(), (given, isReopened) => {
    const slots = watchedSlots();
    let timeline = createTimeline(slots, limits);
    const there: Measurement[] = [];
    const range = rangeOf(0, 300_000);
    for (const { added, removed } of given) {
      // Like a store that was closed, or that has used other slots since.
      if (isReopened) timeline = createTimeline(slots, limits);
      for (const one of added) timeline.note(one, 1);
      there.push(...added);
      for (const one of there.splice(0, removed)) timeline.note(one, -1);
      timeline.flush();

      const totals = timeline.read(range);
      expect(sumOf(totals)).toEqual({
        count: there.length,
        errorCount: there.filter(({ hasFailed }) => hasFailed).length,
        totalMs: there.reduce((sum, { durationMs = 0 }) => sum + durationMs, 0),
      });
      for (const { series, count, errorCount, measuredCount, p50Ms, p99Ms } of totals) {
        const counted = there.filter((one) => mayBeCountedBy(series, one.series));
        expect(count).toBeLessThanOrEqual(counted.length);
        expect(errorCount).toBeLessThanOrEqual(counted.filter(({ hasFailed }) => hasFailed).length);
        const durations = counted.flatMap(({ durationMs }) => durationMs ?? []);
        expect(measuredCount).toBeLessThanOrEqual(durations.length);
        if (measuredCount === 0) continue;
        expect(p50Ms).toBeGreaterThan(0.97 * Math.min(...durations));
        expect(p99Ms).toBeLessThan(1.03 * Math.max(...durations));
      }
    }
    for (const one of there) timeline.note(one, -1);
    timeline.flush();
    expect([timeline.read(range), slots.held(), slots.slots()]).toEqual([[], 0, 0]);
  });
  fc.assert(check, { numRuns: 200 });
}, 60_000);

test('names that come again get the places that names which come once have left', () => {
  const slots = createMemorySlots();
  const timeline = createTimeline(slots, { maxSeries: 1000, maxOfService: 10 });
  const at = (name: string, startMs: number): Measurement => ({
    series: textOfSeries(['operation', 'shop', name, 'server']),
    startMs: epochMs + startMs,
    durationMs: 5,
    hasFailed: false,
  });
  let id = 0;
  // Names with ids, and five routes after them.
  for (let second = 0; second < 60; second++) {
    for (let request = 0; request < 20; request++) timeline.note(at(`GET /orders/${id++}`, second * 1000), 1);
    for (let route = 0; route < 5; route++) timeline.note(at(`GET /route/${route}`, second * 1000 + 1), 1);
    timeline.flush();
  }
  const lastSlot = timeline.read(rangeOf(50_000, 59_999));
  const routes = lastSlot.filter(({ series }) => series.includes('/route/'));
  expect(routes.map(({ count }) => count)).toEqual([10, 10, 10, 10, 10]);
  expect(lastSlot.find(({ series }) => readSeries(series)[0] === 'other')?.count).toBe(195);
  expect(lastSlot).toHaveLength(5 + 5 + 1);
});

function rangeOf(startMs: number, endMs: number) {
  return { startMs: epochMs + startMs, endMs: epochMs + endMs, isStartOpen: false, isEndOpen: false };
}

function sumOf(totals: ReturnType<ReturnType<typeof createTimeline>['read']>) {
  const sum = { count: 0, errorCount: 0, totalMs: 0 };
  for (const { count, errorCount, totalMs } of totals) {
    sum.count += count;
    sum.errorCount += errorCount;
    sum.totalMs += totalMs;
  }
  return sum;
}

function mayBeCountedBy(text: string, series: string): boolean {
  return text === series || othersOfSeries(readSeries(series)).map(textOfSeries).includes(text);
}
