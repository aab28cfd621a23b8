import { createTracer } from './create-tracer.ts';
import { startSpan, withSpan } from './current.ts';
import { getTracer, setDefaultTracer, tracerOfLibraries } from './default-tracer.ts';
import { createHttpTracing } from './http/index.ts';
import { processState } from './process-state.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import type { Tracer } from './tracer.ts';

const quiet = { flushOnExit: false, env: {} } as const;

let lines: string[];
const log = (line: string): number => lines.push(line);

beforeEach(() => {
  lines = [];
  processState.defaultTracer = undefined;
  processState.provisionalTracer = undefined;
  processState.separateService = undefined;
});

test('takes what has no parent and no tracer in hand', () => {
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, log, ...quiet });
  setDefaultTracer(tracer);
  withSpan('work', () => startSpan('part').end());
  expect(exporter.spans.map(({ name }) => name)).toEqual(['part', 'work']);
  expect(getTracer()).toBe(tracer);
  expect(lines).toEqual([]);
});

test('is replaced, with a word, where another is set while it works', async () => {
  setDefaultTracer(createTracer({ serviceName: 'a', exporter: [], log, ...quiet }));
  setDefaultTracer(createTracer({ serviceName: 'b', exporter: [], log, ...quiet }));
  expect(lines).toEqual(['waymark warn: setDefaultTracer() puts the tracer of "b" in the place of that of "a"']);
  await getTracer().shutdown();
  setDefaultTracer(createTracer({ serviceName: 'c', exporter: [], log, ...quiet }));
  expect(lines).toHaveLength(1);
});

test.each([undefined, null, {}, 'orders', () => {}])('is no %p', (value) => {
  expect(() => setDefaultTracer(value as never)).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION', message: expect.stringContaining('createTracer()') }),
  );
});

describe('after its shutdown', () => {
  test('counts the spans that come late, and makes none', async () => {
    const tracer = getTracer({ exporter: inMemoryExporter(), log, ...quiet });
    await tracer.shutdown();
    withSpan('late', () => {});
    startSpan('later').end();
    expect(getTracer()).toBe(tracer);
    expect(tracer.stats().diagnostics).toEqual({ 'span-dropped': 2 });
  });

  test('is followed by one that getTracer() is given options for', async () => {
    await getTracer({ exporter: [], ...quiet }).shutdown();
    const exporter = inMemoryExporter();
    const tracer = getTracer({ exporter, ...quiet });
    withSpan('work', () => {});
    expect([getTracer(), exporter.spans.length]).toEqual([tracer, 1]);
  });

  test('is followed by that of the next tracing()', async () => {
    await getTracer({ exporter: [], ...quiet }).shutdown();
    const exporter = inMemoryExporter();
    createHttpTracing({ exporter, ...quiet });
    withSpan('work', () => {});
    expect(exporter.spans.map(({ name }) => name)).toEqual(['work']);
  });
});

describe('made for a span that a library starts before the set-up', () => {
  beforeAll(() => {
    process.env.OTEL_TRACES_EXPORTER = 'none';
  });

  afterAll(() => {
    delete process.env.OTEL_TRACES_EXPORTER;
  });

  const provisional = () => {
    const tracer = tracerOfLibraries();
    tracer.beginSpan('connect', 'client', undefined).end();
    return tracer;
  };

  test.each([
    ['setDefaultTracer()', (tracer: Tracer) => setDefaultTracer(tracer)],
    ['tracing()', (tracer: Tracer) => void createHttpTracing({ tracer, outbound: false })],
  ])('gives way to that of %s, with a word', (_how, setUp) => {
    const early = provisional();
    expect(tracerOfLibraries()).toBe(early);
    const tracer = createTracer({ serviceName: 'shop', exporter: [], log, ...quiet });
    setUp(tracer);
    expect(tracerOfLibraries()).toBe(tracer);
    expect(lines).toEqual([
      expect.stringMatching(
        /before tracing was set up for "shop", 1 span of OpenTelemetry's API went to a tracer .* for "unknown_service/,
      ),
    ]);
  });

  test('gives way to that of getTracer() with options', () => {
    const early = provisional();
    const tracer = getTracer({ serviceName: 'shop', exporter: [], log, ...quiet });
    expect(tracer).not.toBe(early);
    expect(getTracer({ serviceName: 'other' })).toBe(tracer);
  });

  test('stays if getTracer() has returned it', () => {
    const early = provisional();
    expect(getTracer()).toBe(early);
    createHttpTracing({ tracer: createTracer({ exporter: [], log, ...quiet }), outbound: false });
    expect(getTracer()).toBe(early);
  });
});
