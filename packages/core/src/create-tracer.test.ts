import { createTracer } from './create-tracer.ts';
import { getTracer } from './default-tracer.ts';
import { internalsOf } from './internal-tracer.ts';
import { processState } from './process-state.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

const quiet = { flushOnExit: false, env: {} } as const;

beforeEach(() => {
  processState.defaultTracer = undefined;
});

test.each([
  ['otlp', ['otlp']],
  ['console', ['console']],
  ['console,otlp', ['console', 'otlp']],
  ['none', []],
])('takes the exporters that OTEL_TRACES_EXPORTER=%s names', async (text, names) => {
  const tracer = createTracer({ flushOnExit: false, env: { OTEL_TRACES_EXPORTER: text } });
  expect(tracer.stats().exporters.map(({ name }) => name)).toEqual(names);
  await tracer.shutdown();
});

test("gives the exporter the tracer's environment", async () => {
  const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' };
  const tracer = createTracer({ flushOnExit: false, env });
  expect(tracer.describeSettings()).toContain('http://collector:4318/v1/traces  (OTEL_EXPORTER_OTLP_ENDPOINT)');
  await tracer.shutdown();
});

test('makes no exporter where tracing is disabled', () => {
  const tracer = createTracer({ flushOnExit: false, env: { OTEL_SDK_DISABLED: 'true' } });
  expect(tracer.stats().exporters).toEqual([]);
});

test('touches nothing global', () => {
  createTracer({ exporter: [], ...quiet });
  expect(processState.defaultTracer).toBeUndefined();
});

describe("the process's tracer", () => {
  test('is made once, from the options of the first call', () => {
    const exporter = inMemoryExporter();
    const tracer = getTracer({ exporter, serviceName: 'orders', ...quiet });
    expect([getTracer(), internalsOf(tracer).settings.serviceName]).toEqual([tracer, 'orders']);
  });

  test('takes no options that come later, and says so', () => {
    const lines: string[] = [];
    const tracer = getTracer({ exporter: [], log: (line) => lines.push(line), ...quiet });
    expect(getTracer({ serviceName: 'orders', limits: {} })).toBe(tracer);
    expect(lines).toEqual([
      'waymark warn: getTracer() was given serviceName, limits too late: the process has its tracer',
    ]);
  });
});
