import { createTracer, type EndingSpan, type TracerOptions } from './index.ts';
import { internalsOf } from './internal-tracer.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';

function setUp(options: TracerOptions = {}) {
  const exporter = inMemoryExporter();
  const onEnding = (span: EndingSpan) => {
    if (span.name.startsWith('drop')) span.drop();
  };
  const tracer = createTracer({ onEnding, exporter, env: {}, logLevel: 'none', flushOnExit: false, ...options });
  const names = () => exporter.spans.map(({ name }) => name);
  return { tracer, exporter, names };
}

test('a span waits until its parent has ended, and no longer', () => {
  const { tracer, names } = setUp();
  tracer.withSpan('a', () => {
    tracer.withSpan('b', () => {
      tracer.withSpan('c', () => {});
      tracer.withSpan('d', () => {});
      expect(names()).toEqual([]);
    });
    expect(names()).toEqual(['c', 'd']);
  });
  expect(names()).toEqual(['c', 'd', 'b', 'a']);
});

test('a tracer without a hook on ends holds nothing', () => {
  const { tracer, names } = setUp({ onEnding: undefined, onStart: () => {} });
  tracer.withSpan('a', () => {
    tracer.withSpan('b', () => {});
    expect(names()).toEqual(['b']);
  });
});

test('a span whose parent ended before it waits for nothing', () => {
  const { tracer, names } = setUp();
  tracer.withSpan('a', () => {
    const parent = tracer.startSpan('b');
    const late = tracer.startSpan('c', { parent });
    parent.end();
    late.end();
    expect(names()).toEqual(['c']);
  });
  expect(names()).toEqual(['c', 'b', 'a']);
});

test('spans that wait are counted as waiting, for each exporter', () => {
  const { tracer } = setUp({ exporter: [inMemoryExporter(), inMemoryExporter()] });
  const none = setUp({ exporter: [] }).tracer;
  tracer.withSpan('a', () => {
    none.withSpan('a', { parent: null }, () => {
      none.withSpan('b', () => {});
      expect(none.stats()).toMatchObject({ started: 2, ended: 1, waiting: 1, dropped: {} });
    });
    tracer.withSpan('drop b', () => tracer.withSpan('c', () => {}));
    expect(tracer.stats()).toMatchObject({ started: 3, ended: 1, droppedByHook: 1, waiting: 2, exported: 0 });
    expect(tracer.stats().exporters.map(({ waiting }) => waiting)).toEqual([1, 1]);
  });
  expect(none.stats()).toMatchObject({ started: 2, ended: 2, waiting: 0, dropped: { 'no-exporter': 2 } });
  expect(tracer.stats()).toMatchObject({ started: 3, ended: 2, droppedByHook: 1, waiting: 0, exported: 4 });
});

test('1,000 spans wait, and with the next one the oldest is exported', () => {
  const { tracer, names, exporter } = setUp();
  tracer.withSpan('drop parent', () => {
    for (let index = 0; index < 1000; index++) tracer.startSpan(`child ${index}`).end();
    expect(names()).toEqual([]);
    tracer.startSpan('child 1000').end();
    expect(names()).toEqual(['child 0']);
  });
  expect(exporter.spans).toHaveLength(1002);
  expect(names().at(-1)).toBe('drop parent'); // it is kept: a child names it
  expect(tracer.stats().diagnostics).toEqual({ 'drop-too-late': 1 });
});

test('a span waits for two seconds at most', async () => {
  const { tracer, exporter, names } = setUp();
  const parent = tracer.startSpan('drop parent');
  const startedMs = performance.now();
  tracer.startSpan('child', { parent }).end();
  await exporter.waitFor(1);
  const waitedMs = performance.now() - startedMs;
  expect(waitedMs).toBeGreaterThan(1900);
  parent.end();
  expect(names()).toEqual(['child', 'drop parent']);
});

test.each([
  ['flush()', (tracer: ReturnType<typeof setUp>['tracer']) => tracer.flush()],
  ['shutdown()', (tracer: ReturnType<typeof setUp>['tracer']) => tracer.shutdown()],
  [
    'save(), at the exit of the process',
    async (tracer: ReturnType<typeof setUp>['tracer']) => internalsOf(tracer).save({ isLast: true }),
  ],
])('%s exports the spans that wait', async (_what, release) => {
  const { tracer, names } = setUp();
  const parent = tracer.startSpan('parent');
  tracer.startSpan('child', { parent }).end();
  expect(names()).toEqual([]);
  await release(tracer);
  expect(names()).toEqual(['child']);
  expect(tracer.stats().waiting).toBe(0);
});

test('after shutdown() no span waits', async () => {
  const { tracer } = setUp();
  const parent = tracer.startSpan('parent');
  const child = tracer.startSpan('child', { parent });
  await tracer.shutdown();
  child.end();
  expect(tracer.stats()).toMatchObject({ ended: 1, waiting: 0 });
});

test('spans of two tracers do not wait for each other, and a parent with such a child is kept', () => {
  const one = setUp();
  const other = setUp();
  one.tracer.withSpan('drop a', () => other.tracer.withSpan('b', () => {}));
  expect([one.names(), other.names()]).toEqual([['drop a'], ['b']]);
});
