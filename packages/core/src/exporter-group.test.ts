// Several exporters of one tracer: each gets every span, and none can fail the others.
import { createTracer } from './create-tracer.ts';
import type { ExporterHost, ExporterStats, SpanExporter } from './exporter.ts';
import { internalsOf } from './internal-tracer.ts';
import type { TracerOptions } from './options.ts';
import type { Span } from './span.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';

function makeTracer(options: TracerOptions = {}): Tracer {
  return createTracer({ exporter: inMemoryExporter(), logLevel: 'none', flushOnExit: false, env: {}, ...options });
}

/** An exporter of which every part can be replaced. */
function exporterWith(parts: Partial<SpanExporter>): SpanExporter {
  return { name: 'mine', export() {}, stats: () => ({ exported: 0, waiting: 0, dropped: {} }), ...parts };
}

describe('exporters', () => {
  test('each get every span', () => {
    const exporters = [inMemoryExporter(), inMemoryExporter()];
    const tracer = makeTracer({ exporter: exporters });
    tracer.startSpan('s').end();
    expect(exporters.map(({ spans }) => spans.length)).toEqual([1, 1]);
    expect(tracer.stats()).toMatchObject({ ended: 1, exported: 2 });
  });

  test('are started once, with diagnostics and a way to work untraced', () => {
    const hosts: ExporterHost[] = [];
    const tracer = makeTracer({ exporter: exporterWith({ start: (host) => hosts.push(host) }) });
    expect(hosts).toHaveLength(1);
    expect(hosts[0]?.diagnostics).toBe(internalsOf(tracer).diagnostics);
    expect(hosts[0]?.untraced(() => tracer.startSpan('s').isRecording())).toBe(false);
  });

  test('lose a span by throwing, and the other exporters still get it', () => {
    const memory = inMemoryExporter();
    const failing = exporterWith({
      export() {
        throw new Error('export');
      },
    });
    const tracer = makeTracer({ exporter: [failing, memory] });
    tracer.startSpan('s').end();
    expect(memory.spans).toHaveLength(1);
    expect(tracer.stats()).toMatchObject({
      ended: 1,
      exported: 1,
      dropped: { 'exporter-failed': 1 },
      diagnostics: { 'exporter-failed': 1 },
    });
  });

  test('may be none: spans are made and propagated, and counted as not sent', async () => {
    const tracer = makeTracer({ exporter: [] });
    tracer.withSpan('s', (span) => {
      expect(span.isRecording()).toBe(true);
      const carrier = {};
      tracer.inject(carrier);
      expect(carrier).toEqual({ traceparent: `00-${span.traceId}-${span.spanId}-03` });
    });
    expect(tracer.stats()).toMatchObject({ started: 1, ended: 1, exported: 0, dropped: { 'no-exporter': 1 } });
    expect(await tracer.flush()).toEqual({ delivered: 0, lost: 1, complete: true, reasons: { 'no-exporter': 1 } });
  });
});

describe('statistics', () => {
  test('are all zero at first', () => {
    expect(makeTracer().stats()).toEqual({
      started: 0,
      ended: 0,
      droppedByHook: 0,
      notSampled: 0,
      exported: 0,
      waiting: 0,
      spooled: 0,
      dropped: {},
      replayed: 0,
      lastExportError: undefined,
      exporters: [{ name: 'memory', exported: 0, waiting: 0, dropped: {} }],
      diagnostics: {},
    });
  });

  test('add up: each ended span is exported, waiting or dropped', () => {
    const stats = (exported: number, waiting: number, dropped: ExporterStats['dropped'], lastError?: number) =>
      exporterWith({
        stats: () => ({
          exported,
          waiting,
          dropped,
          ...(lastError && { lastError: { message: `at ${lastError}`, timeMs: lastError } }),
        }),
      });
    const exporter = [stats(1, 2, { full: 3 }, 5), stats(10, 20, { full: 30, late: 40 }, 7), stats(0, 0, {}, 6)];
    expect(makeTracer({ exporter }).stats()).toMatchObject({
      exported: 11,
      waiting: 22,
      dropped: { full: 33, late: 40 },
      lastExportError: { message: 'at 7', timeMs: 7 },
    });
  });

  test('distinguish running, ended and unsampled spans', () => {
    const tracer = makeTracer({ sampler: ({ name }) => name !== 'no' });
    const running: Span = tracer.startSpan('yes');
    tracer.startSpan('yes').end();
    tracer.startSpan('no').end();
    tracer.startSpan('no');
    expect(tracer.stats()).toMatchObject({ started: 2, ended: 1, notSampled: 2, exported: 1 });
    running.end();
    expect(tracer.stats()).toMatchObject({ started: 2, ended: 2 });
  });

  test('are zero for an exporter that throws', async () => {
    const failing = exporterWith({
      stats() {
        throw new Error('stats');
      },
    });
    const tracer = makeTracer({ exporter: failing });
    expect(tracer.stats()).toMatchObject({ exported: 0, waiting: 0, dropped: {} });
    expect(await tracer.flush()).toEqual({ delivered: 0, lost: 0, complete: true });
  });
});

describe('flushing', () => {
  /** An exporter that delivers its spans when the test says so. */
  function slowExporter(): SpanExporter & { finish(delivered: number, lost: number): void } {
    let taken = 0;
    let exported = 0;
    let lost = 0;
    let done = (): void => {};
    const finished = new Promise<void>((resolve) => {
      done = resolve;
    });
    return {
      name: 'slow',
      export: () => {
        taken++;
      },
      flush: () => finished,
      stats: () => ({ exported, waiting: taken - exported - lost, dropped: { full: lost } }),
      finish(deliveredNow, lostNow) {
        exported += deliveredNow;
        lost += lostNow;
        done();
      },
    };
  }

  test('waits for the ended spans, and reports their outcome', async () => {
    const exporter = slowExporter();
    const tracer = makeTracer({ exporter });
    for (let i = 0; i < 3; i++) tracer.startSpan('s').end();
    const report = tracer.flush();
    exporter.finish(2, 1);
    expect(await report).toEqual({ delivered: 2, lost: 1, complete: true, reasons: { full: 1 } });
  });

  test('stops waiting when the time is up, and reports that it is not complete', async () => {
    const tracer = makeTracer({ exporter: slowExporter() });
    tracer.startSpan('s').end();
    expect(await tracer.flush({ timeoutMs: 1 })).toEqual({ delivered: 0, lost: 0, complete: false });
  });

  test('waits without a limit if the timeout is Infinity', async () => {
    const exporter = slowExporter();
    const tracer = makeTracer({ exporter });
    tracer.startSpan('s').end();
    const report = tracer.flush({ timeoutMs: Number.POSITIVE_INFINITY });
    // Longer than the millisecond that a timer makes of Infinity.
    await new Promise((resolve) => setTimeout(resolve, 5));
    exporter.finish(1, 0);
    expect(await report).toEqual({ delivered: 1, lost: 0, complete: true });
  });

  test.each<[string, Partial<SpanExporter>]>([
    ['reject', { flush: async () => Promise.reject(new Error('flush')) }],
    [
      'throw',
      {
        flush() {
          throw new Error('flush');
        },
      },
    ],
  ])('survives exporters that %s, and is not complete then', async (_, parts) => {
    const tracer = makeTracer({ exporter: exporterWith(parts) });
    expect(await tracer.flush()).toEqual({ delivered: 0, lost: 0, complete: false });
    expect(tracer.stats().diagnostics).toEqual({ 'exporter-failed': 1 });
  });

  test('skips exporters that cannot flush', async () => {
    const tracer = makeTracer({ exporter: exporterWith({}) });
    expect(await tracer.flush()).toEqual({ delivered: 0, lost: 0, complete: true });
  });
});

describe('shutdown', () => {
  test('shuts exporters down, or flushes those without shutdown(), once', async () => {
    const calls: string[] = [];
    const note = (name: string) => async () => {
      calls.push(name);
    };
    const tracer = makeTracer({
      exporter: [
        exporterWith({ flush: note('flush 1'), shutdown: note('shutdown 1') }),
        exporterWith({ flush: note('flush 2') }),
      ],
    });
    const listened: string[] = [];
    internalsOf(tracer).onShutdown(() => listened.push('told'));
    expect(internalsOf(tracer).isEnabled).toBe(true);
    await tracer.shutdown();
    expect([calls, listened, internalsOf(tracer).isEnabled]).toEqual([['shutdown 1', 'flush 2'], ['told'], false]);
    await tracer.shutdown();
    expect([calls, listened]).toEqual([['shutdown 1', 'flush 2', 'flush 1', 'flush 2'], ['told']]);
  });

  test('makes no spans any more, and still exports those that run', async () => {
    const exporter = inMemoryExporter();
    const tracer = makeTracer({ exporter });
    const running = tracer.startSpan('running');
    await tracer.shutdown();
    const late = tracer.startSpan('late');
    const child = tracer.startSpan('child', { parent: running });
    expect([late.isRecording(), child.isRecording(), child.traceId]).toEqual([false, false, running.traceId]);
    late.end();
    child.end();
    running.end();
    expect(exporter.spans.map(({ name }) => name)).toEqual(['running']);
  });
});
