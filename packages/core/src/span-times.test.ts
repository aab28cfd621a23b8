import { performance } from 'node:perf_hooks';
import type { Clock } from './clock.ts';
import { createTracer } from './create-tracer.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const systemNow = Date.now;

/** Sets the wall clock while `use` runs, and has the tracers' clock follow it back afterwards. */
function withWallClockAt(aheadMs: number, use: () => void): void {
  Date.now = () => systemNow() + aheadMs;
  try {
    use();
  } finally {
    Date.now = systemNow;
    createTracer({ exporter: [], env: {}, flushOnExit: false }).startSpan('follows the clock back').end();
  }
}

function expectTimesBesideMeasuredOnes(clock?: Clock): void {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, clock, env: {}, logLevel: 'none', flushOnExit: false });
  const startTime = performance.now();
  const span = tracer.startSpan('given', { startTime });
  const child = tracer.startSpan('child', { parent: span, startTime });
  span.addEvent('measured');
  span.addEvent('given', performance.now());
  span.addEvent('given with attributes', { a: 1 }, performance.now());
  span.recordException(new Error('given'), performance.now());
  child.end(performance.now());
  span.end(performance.now());

  const times = exporter.spans.flatMap(({ startMs, endMs, events }) => [
    startMs,
    endMs,
    ...events.map(({ timeMs }) => timeMs),
  ]);
  expect(times).toHaveLength(8);
  expect(Math.max(...times) - Math.min(...times)).toBeLessThan(1000);
}

describe('readings of performance.now()', () => {
  test.each([5000, -5000, 3_600_000])(
    'compare with measured times after the wall clock was set by %d ms',
    (aheadMs) => {
      withWallClockAt(aheadMs, () => expectTimesBesideMeasuredOnes());
    },
  );

  test("compare with measured times if the tracer's clock is ahead", () => {
    expectTimesBesideMeasuredOnes({ wallMs: () => systemNow() + 5000, monotonicMs: () => performance.now() });
  });

  test('keep the offset of their trace where the wall clock is set while it runs', () => {
    const exporter = inMemoryExporter();
    const tracer = createTracer({ exporter, env: {}, logLevel: 'none', flushOnExit: false });
    const root = tracer.startSpan('root');
    withWallClockAt(3_600_000, () => {
      tracer.startSpan('another trace', { parent: null }).end();
      tracer.startSpan('child', { parent: root, startTime: performance.now() }).end(performance.now());
      root.end(performance.now());
    });
    const [, child, exportedRoot] = exporter.spans;
    expect(child?.startMs).toBeGreaterThanOrEqual(exportedRoot?.startMs ?? 0);
    expect((exportedRoot?.endMs ?? 0) - (exportedRoot?.startMs ?? 0)).toBeLessThan(1000);
  });
});
