// What the `exporter` option takes as an exporter, and what it says of the rest.
import { createTracer } from './create-tracer.ts';
import { WaymarkError } from './errors.ts';
import { isOpenTelemetryExporter } from './exporter-option.ts';
import { otlpExporter } from './otlp/otlp-exporter.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

function messageFor(exporter: unknown): string {
  try {
    createTracer({ exporter: exporter as 'console', flushOnExit: false, env: {} });
  } catch (error) {
    if (error instanceof WaymarkError) return error.message;
    throw error;
  }
  return 'accepted';
}

const done = (): Promise<void> => Promise.resolve();

describe('is an exporter of OpenTelemetry:', () => {
  test.each<[string, unknown]>([
    [
      'a class with export(spans, callback) and shutdown()',
      new (class Mine {
        export(_spans: unknown, _callback: unknown): void {}
        shutdown = done;
      })(),
    ],
    ['an object with both', { export(_spans: unknown, _callback: unknown) {}, shutdown: done }],
    ['one that takes its arguments as a list', { export(..._rest: unknown[]) {}, shutdown: done }],
    ['one that takes spans only, and has no name', { export(_spans: unknown) {}, shutdown: done }],
    ['one with a name', { name: 'mine', export(_spans: unknown, _callback: unknown) {}, shutdown: done }],
  ])('%s', (_, exporter) => {
    expect(isOpenTelemetryExporter(exporter)).toBe(true);
    expect(messageFor(exporter)).toBe('accepted');
    expect(messageFor(['console', exporter])).toBe('accepted');
  });
});

describe('is none:', () => {
  const revoked = Proxy.revocable({}, {});
  revoked.revoke();

  test.each<[string, unknown]>([
    ['one of ours', otlpExporter({ env: {} })],
    ['another of ours', inMemoryExporter()],
    ['an exporter of ours that lacks stats()', { name: 'mine', export(_span: unknown) {}, shutdown: done }],
    ['one without shutdown()', { export(_spans: unknown, _callback: unknown) {} }],
    ['a function', Object.assign(() => {}, { export() {}, shutdown: done })],
    ['a processor', { onStart() {}, onEnd() {}, forceFlush: done, shutdown: done }],
    ['an exporter of metrics or logs without export()', { shutdown: done }],
    ['null', null],
    ['an object that cannot be read', revoked.proxy],
  ])('%s', (_, exporter) => {
    expect(isOpenTelemetryExporter(exporter)).toBe(false);
  });
});

test('an exporter that lacks a part is refused, with the parts that each kind needs', () => {
  const expected =
    'exporter must be otlp, zipkin, console, none, an exporter such as otlpExporter() from @waymark/core/otlp, ' +
    "an OpenTelemetry SDK's SpanExporter, or an array of these, got ";
  const remedy =
    'An exporter of your own needs name, export(span) and stats(); one of OpenTelemetry needs export(spans, callback) and shutdown(). ' +
    '(WAYMARK_INVALID_OPTION)';
  const half = { name: 'mine', export(_span: unknown) {}, shutdown: done };
  expect(messageFor(half)).toBe(`${expected}an object (mine). ${remedy}`);
  expect(messageFor(['otlp', half])).toBe(`${expected}["otlp","mine"]. ${remedy}`);
});

test('a class is refused, with how to make an instance of it', () => {
  class VendorExporter {
    export(_spans: unknown, _callback: unknown): void {}
    shutdown = done;
  }
  expect(messageFor(VendorExporter)).toContain(
    'got a function (VendorExporter). Pass an instance: new VendorExporter().',
  );
});

test('a processor is refused, with where it belongs', () => {
  class BatchSpanProcessor {
    onStart(): void {}
    onEnd(): void {}
    forceFlush = done;
    shutdown = done;
  }
  expect(messageFor(new BatchSpanProcessor())).toContain('Pass it in spanProcessors: [processor].');
});

test('an exporter of metrics is refused', () => {
  class MetricExporter {
    selectAggregationTemporality = () => 0;
    export(_metrics: unknown, _callback: unknown): void {}
    forceFlush = done;
    shutdown = done;
  }
  expect(messageFor([new MetricExporter()])).toContain('got ["MetricExporter"]. It is an exporter of metrics.');
});

test('the message about one exporter contains no field of another, such as its headers', () => {
  class VendorExporter {
    readonly headers = { 'api-key': 'secret' };
    export(_spans: unknown, _callback: unknown): void {}
    shutdown = done;
  }
  expect(messageFor([new VendorExporter(), 'otpl'])).toContain('got ["VendorExporter","otpl"]. Did you mean otlp?');
});
