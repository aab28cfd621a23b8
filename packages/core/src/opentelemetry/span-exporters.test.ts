// An exporter of OpenTelemetry's SDK as a tracer's exporter. tests/exporters/ has the real ones.
import { createTracer } from '../create-tracer.ts';
import type {
  OpenTelemetryExportResult,
  OpenTelemetryReadableSpan,
  OpenTelemetrySpanExporter,
} from '../open-telemetry-types.ts';
import type { TracerOptions } from '../options.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import type { Tracer } from '../tracer.ts';

type Callback = (result: OpenTelemetryExportResult) => void;

function makeTracer(
  exporter: TracerOptions['exporter'],
  env: Readonly<Record<string, string>> = {},
  options: TracerOptions = {},
): Tracer {
  return createTracer({ exporter, logLevel: 'none', flushOnExit: false, env, ...options });
}

/** Keeps the batches, and answers them as `answer` does. */
class Batches implements OpenTelemetrySpanExporter {
  readonly names: (readonly string[])[] = [];
  readonly calls: string[] = [];
  private readonly answer: (callback: Callback, spans: OpenTelemetryReadableSpan[]) => unknown;

  constructor(answer: (callback: Callback, spans: OpenTelemetryReadableSpan[]) => unknown = succeed) {
    this.answer = answer;
  }

  export(spans: OpenTelemetryReadableSpan[], callback: Callback): undefined {
    this.calls.push('export');
    this.names.push(spans.map(({ name }) => name));
    return this.answer(callback, spans) as undefined; // an exporter in JavaScript may return anything
  }

  async forceFlush(): Promise<void> {
    this.calls.push('forceFlush');
  }

  async shutdown(): Promise<void> {
    this.calls.push('shutdown');
  }
}

function succeed(callback: Callback): void {
  callback({ code: 0 });
}

function succeedLater(callback: Callback): void {
  setImmediate(callback, { code: 0 });
}

function endSpans(tracer: Tracer, ...names: readonly string[]): void {
  for (const name of names) tracer.startSpan(name).end();
}

describe('spans', () => {
  test('are handed over together, at a flush', async () => {
    const exporter = new Batches(succeedLater);
    const tracer = makeTracer(exporter);
    endSpans(tracer, 'a', 'b');
    expect(exporter.calls).toEqual([]);
    expect(tracer.stats()).toMatchObject({ ended: 2, exported: 0, waiting: 2, dropped: {} });
    expect(await tracer.flush()).toEqual({ delivered: 2, lost: 0, complete: true });
    expect(exporter.names).toEqual([['a', 'b']]);
    expect(exporter.calls).toEqual(['export', 'forceFlush']);
    expect(tracer.stats()).toMatchObject({
      exported: 2,
      waiting: 0,
      dropped: {},
      exporters: [{ name: 'Batches', exported: 2, waiting: 0, dropped: {} }],
    });
  });

  test('are handed over after OTEL_BSP_SCHEDULE_DELAY', async () => {
    const names = await new Promise((resolve) => {
      const exporter = new Batches((_, spans) => resolve(spans.map(({ name }) => name)));
      endSpans(makeTracer(exporter, { OTEL_BSP_SCHEDULE_DELAY: '5' }), 'a', 'b');
    });
    expect(names).toEqual(['a', 'b']);
  });

  test('are handed over when a batch is full, after the span has ended', async () => {
    let batches = 0;
    const twoBatches = new Promise<void>((resolve) => {
      const exporter = new Batches((callback) => {
        callback({ code: 0 });
        if (++batches === 2) resolve();
      });
      endSpans(makeTracer(exporter, { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2' }), 'a', 'b', 'c', 'd', 'e');
      expect(exporter.names).toEqual([]);
    });
    await twoBatches;
  });

  test('are handed over in order, one batch after the other', async () => {
    let atOnce = 0;
    const most: number[] = [];
    const exporter = new Batches((callback) => {
      most.push(++atOnce);
      setImmediate(() => {
        atOnce--;
        callback({ code: 0 });
      });
    });
    const tracer = makeTracer(exporter, { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2' });
    endSpans(tracer, 'a', 'b', 'c', 'd', 'e');
    expect(await tracer.flush()).toMatchObject({ delivered: 5, complete: true });
    expect(exporter.names).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    expect(most).toEqual([1, 1, 1]);
  });

  test('that end during a flush are not waited for', async () => {
    const tracer = makeTracer(
      new Batches((callback) => {
        another.end();
        setImmediate(callback, { code: 0 });
      }),
    );
    const another = tracer.startSpan('another');
    endSpans(tracer, 'a');
    expect(await tracer.flush()).toMatchObject({ delivered: 1, complete: false });
    expect(tracer.stats()).toMatchObject({ exported: 1, waiting: 1 });
  });

  test('beyond OTEL_BSP_MAX_QUEUE_SIZE are dropped and counted, those under way included', async () => {
    const callbacks: Callback[] = [];
    const exporter = new Batches((callback) => callbacks.push(callback));
    const tracer = makeTracer(exporter, { OTEL_BSP_MAX_QUEUE_SIZE: '3', OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '2' });
    endSpans(tracer, 'a', 'b');
    const flushed = tracer.flush();
    endSpans(tracer, 'c', 'd');
    expect(tracer.stats()).toMatchObject({
      ended: 4,
      waiting: 3,
      dropped: { 'queue-full': 1 },
      diagnostics: { 'span-dropped': 1 },
    });
    callbacks[0]?.({ code: 0 });
    await flushed;
    endSpans(tracer, 'e');
    expect(tracer.stats()).toMatchObject({ exported: 2, waiting: 2, dropped: { 'queue-full': 1 } });
  });

  test('go to other exporters too, whatever becomes of this one', async () => {
    const memory = inMemoryExporter();
    const failing = new Batches(() => {
      throw new Error('no');
    });
    const tracer = makeTracer([failing, memory]);
    endSpans(tracer, 'a');
    await tracer.flush();
    expect(memory.spans.map(({ name }) => name)).toEqual(['a']);
    expect(tracer.stats()).toMatchObject({ exported: 1, dropped: { 'exporter-failed': 1 } });
  });
});

describe('a failure', () => {
  const cases: readonly (readonly [string, (callback: Callback) => unknown, string, string])[] = [
    ['with an error', (callback) => callback({ code: 1, error: new Error('no room') }), 'export-failed', 'no room'],
    [
      'without an error',
      (callback) => callback({ code: 1 }),
      'export-failed',
      'it reported a failure without a reason',
    ],
    [
      'with an unknown code',
      (callback) => callback({ code: 7 }),
      'export-failed',
      'it reported a failure without a reason',
    ],
    [
      'without a result',
      (callback) => callback(undefined as never),
      'export-failed',
      'it reported a failure without a reason',
    ],
    [
      'with the error of Node for localhost, which has no message',
      (callback) => callback({ code: 1, error: Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }) }),
      'export-failed',
      'ECONNREFUSED',
    ],
    [
      'with the error of an OTLP exporter',
      (callback) => callback({ code: 1, error: Object.assign(new Error('Bad Request'), { code: 400 }) }),
      'export-failed',
      '400 Bad Request',
    ],
    [
      'by throwing',
      () => {
        throw new Error('cannot encode');
      },
      'exporter-failed',
      'cannot encode',
    ],
    ['by a rejection', () => Promise.reject(new Error('later')), 'exporter-failed', 'later'],
    ['by throwing nothing', () => Promise.reject(undefined), 'exporter-failed', 'undefined'],
  ];

  test.each(cases)('%s is counted once, and reported', async (_, answer, reason, message) => {
    const lines: string[] = [];
    const tracer = makeTracer(new Batches(answer), {}, { logLevel: 'warn', log: (line) => lines.push(line) });
    endSpans(tracer, 'a', 'b');
    expect(await tracer.flush()).toEqual({
      delivered: 0,
      lost: 2,
      complete: true,
      reasons: { [reason]: 2 },
      lastError: message,
    });
    expect(tracer.stats()).toMatchObject({ exported: 0, waiting: 0, diagnostics: { [reason]: 1 } });
    expect(lines).toEqual([expect.stringContaining(`Batches: ${message}`)]);
  });

  test('does not stop the batches after it', async () => {
    const answers = [{ code: 1 }, { code: 0 }];
    const exporter = new Batches((callback) => callback(answers.shift() ?? { code: 0 }));
    const tracer = makeTracer(exporter, { OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1' });
    endSpans(tracer, 'a', 'b');
    expect(await tracer.flush()).toMatchObject({ delivered: 1, lost: 1, complete: true });
  });

  test('to call back is one after OTEL_BSP_EXPORT_TIMEOUT, and a later call has no effect', async () => {
    const callbacks: Callback[] = [];
    const tracer = makeTracer(new Batches((callback) => callbacks.push(callback)), { OTEL_BSP_EXPORT_TIMEOUT: '5' });
    endSpans(tracer, 'a');
    const expected = { delivered: 0, lost: 1, complete: true, reasons: { timeout: 1 } };
    expect(await tracer.flush()).toEqual({ ...expected, lastError: 'it did not call back within 5 ms' });
    callbacks[0]?.({ code: 0 });
    expect(tracer.stats()).toMatchObject({ exported: 0, waiting: 0, dropped: { timeout: 1 } });
  });

  test('of a flush is its time limit, if the exporter does not call back', async () => {
    const tracer = makeTracer(new Batches(() => {}));
    endSpans(tracer, 'a');
    expect(await tracer.flush({ timeoutMs: 5 })).toEqual({ delivered: 0, lost: 0, complete: false });
    expect(tracer.stats()).toMatchObject({ waiting: 1 });
  });
});

test('a second call of the callback counts for nothing', async () => {
  const exporter = new Batches((callback) => {
    callback({ code: 0 });
    callback({ code: 1 });
    setImmediate(callback, { code: 0 });
  });
  const tracer = makeTracer(exporter);
  endSpans(tracer, 'a');
  await tracer.flush();
  await new Promise(setImmediate);
  expect(tracer.stats()).toMatchObject({ exported: 1, waiting: 0, dropped: {}, diagnostics: {} });
});

test('an exporter that calls back and throws has exported the spans', async () => {
  const exporter = new Batches((callback) => {
    callback({ code: 0 });
    throw new Error('afterwards');
  });
  const tracer = makeTracer(exporter);
  endSpans(tracer, 'a');
  expect(await tracer.flush()).toEqual({ delivered: 1, lost: 0, complete: true });
});

test('ten thousand batches that are exported at once do not overflow the stack', async () => {
  const tracer = makeTracer(new Batches(), {
    OTEL_BSP_MAX_EXPORT_BATCH_SIZE: '1',
    OTEL_BSP_MAX_QUEUE_SIZE: '10000',
  });
  for (let i = 0; i < 10_000; i++) tracer.startSpan('s').end();
  expect(await tracer.flush()).toMatchObject({ delivered: 10_000, lost: 0 });
});

describe('the calls of an exporter', () => {
  test('run untraced, and outside the request in which a span ends', async () => {
    const memory = inMemoryExporter();
    const exporter = new Batches((callback) => {
      tracer.withSpan('the exporter’s request', () => callback({ code: 0 }));
    });
    const tracer = makeTracer([memory, exporter]);
    await tracer.withSpan('request', async () => {
      endSpans(tracer, 'a');
      await tracer.flush();
    });
    expect(memory.spans.map(({ name }) => name)).toEqual(['a', 'request']);
  });

  test('at shutdown are export, and then shutdown; later spans are dropped', async () => {
    const exporter = new Batches(succeedLater);
    const tracer = makeTracer(exporter);
    const running = tracer.startSpan('late');
    endSpans(tracer, 'a');
    expect(await tracer.shutdown()).toEqual({ delivered: 1, lost: 0, complete: true });
    running.end();
    expect(exporter.calls).toEqual(['export', 'shutdown']);
    expect(tracer.stats()).toMatchObject({ exported: 1, waiting: 0, dropped: { 'after-shutdown': 1 } });
  });

  test('may be without forceFlush', async () => {
    const exporter = { export: (_: unknown, callback: Callback) => callback({ code: 0 }), shutdown: async () => {} };
    const tracer = makeTracer(exporter);
    endSpans(tracer, 'a');
    expect(await tracer.shutdown()).toEqual({ delivered: 1, lost: 0, complete: true });
    expect(tracer.stats().exporters).toMatchObject([{ name: 'opentelemetry', exported: 1 }]);
  });

  test.each(['forceFlush', 'shutdown'] as const)('%s may throw, reject or never end', async (method) => {
    const faults: readonly (readonly [() => unknown, string])[] = [
      [
        () => {
          throw new Error('no');
        },
        'no',
      ],
      [() => Promise.reject(new Error('no')), 'no'],
      [() => new Promise<void>(() => {}), 'it did not end within 5 ms'],
    ];
    for (const [fault, message] of faults) {
      const lines: string[] = [];
      const exporter = Object.assign(new Batches(), { [method]: fault });
      const log = (line: string): void => void lines.push(line);
      const tracer = makeTracer(exporter, { OTEL_BSP_EXPORT_TIMEOUT: '5' }, { logLevel: 'warn', log });
      endSpans(tracer, 'a');
      const report = method === 'shutdown' ? await tracer.shutdown() : await tracer.flush();
      expect(report).toMatchObject({ delivered: 1, lost: 0, complete: false });
      expect(tracer.stats()).toMatchObject({ diagnostics: { 'exporter-failed': 1 } });
      expect(lines).toEqual([expect.stringContaining(`Batches.${method}() failed: ${message}`)]);
    }
  });

  test('are shared by the tracers that have the same exporter: the last one shuts it down', async () => {
    const exporter = new Batches();
    const [one, other] = [makeTracer(exporter), makeTracer(exporter)];
    endSpans(one, 'of one');
    endSpans(other, 'of the other');
    await one.shutdown();
    expect(exporter.names).toEqual([['of one', 'of the other']]);
    endSpans(other, 'later');
    await other.shutdown();
    expect(exporter.names).toHaveLength(2);
    expect(exporter.calls).toEqual(['export', 'forceFlush', 'export', 'shutdown']);
  });
});

describe('a health check', () => {
  test('exports one real span, which is in no statistics', async () => {
    const seen: OpenTelemetryReadableSpan[] = [];
    const exporter = new Batches((callback, spans) => {
      seen.push(...spans);
      succeedLater(callback);
    });
    const tracer = makeTracer(exporter);
    expect(await tracer.healthCheck()).toEqual({
      ok: true,
      exporters: [
        {
          name: 'Batches',
          ok: true,
          message: 'the exporter has reported that it exported a span',
          durationMs: expect.any(Number),
        },
      ],
    });
    expect(seen).toMatchObject([{ name: 'waymark health check', ended: true, duration: [0, 0] }]);
    expect(seen[0]?.endTime).toEqual(seen[0]?.startTime);
    expect(tracer.stats()).toMatchObject({ started: 0, exported: 0, waiting: 0 });
  });

  test.each<[string, (callback: Callback) => unknown, string]>([
    ['fails', (callback) => callback({ code: 1, error: new Error('401 Unauthorized') }), '401 Unauthorized'],
    [
      'throws',
      () => {
        throw new Error('no');
      },
      'no',
    ],
    ['does not call back', () => {}, 'it did not call back within 5 ms'],
  ])('of an exporter that %s says so', async (_, answer, message) => {
    const { ok, exporters } = await makeTracer(new Batches(answer)).healthCheck({ timeoutMs: 5 });
    expect(ok).toBe(false);
    expect(exporters).toMatchObject([{ name: 'Batches', ok: false, message, remedy: expect.any(String) }]);
  });

  test('waits for the queue of the exporter', async () => {
    const exporter = Object.assign(new Batches(), { forceFlush: () => Promise.reject(new Error('nothing listens')) });
    const { exporters } = await makeTracer(exporter).healthCheck();
    expect(exporters).toMatchObject([{ ok: false, message: 'Batches.forceFlush() failed: nothing listens' }]);
  });
});

test('describeSettings() and the start-up line name the exporter, without its fields', async () => {
  const lines: string[] = [];
  const exporter = Object.assign(new Batches(), { headers: { 'api-key': 'secret' } });
  const tracer = makeTracer(
    exporter,
    { OTEL_BSP_SCHEDULE_DELAY: '100' },
    { logLevel: 'debug', log: (line) => lines.push(line) },
  );
  await new Promise(setImmediate);
  const described = tracer.describeSettings();
  expect(described).toMatch(/^exporter +Batches {2}\(code\)$/m);
  expect(described).toMatch(/^Batches\.scheduleDelayMs +100 {2}\(OTEL_BSP_SCHEDULE_DELAY\)$/m);
  expect(described).toMatch(/^Batches\.maxQueueSize +2048 {2}\(default\)$/m);
  expect(lines.join('\n')).toContain('spans go to Batches (OpenTelemetry);');
  expect(described + lines.join()).not.toContain('secret');
});

test('a wrong variable is reported once, and the default is used', () => {
  const lines: string[] = [];
  const tracer = makeTracer(
    new Batches(),
    { OTEL_BSP_MAX_QUEUE_SIZE: 'many' },
    { logLevel: 'warn', log: (line) => lines.push(line) },
  );
  expect(lines).toEqual([expect.stringContaining('OTEL_BSP_MAX_QUEUE_SIZE=many was ignored')]);
  expect(tracer.describeSettings()).toMatch(/^Batches\.maxQueueSize +2048/m);
});
