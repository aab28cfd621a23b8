import { createTracer } from '../create-tracer.ts';
import { inMemoryExporter } from './in-memory-exporter.ts';

const exporter = inMemoryExporter();
const tracer = createTracer({ exporter, flushOnExit: false, env: {} });
const names = () => exporter.spans.map(({ name }) => name);

beforeEach(() => exporter.reset());

test('keeps spans in the order in which they end', () => {
  tracer.withSpan('outer', () => tracer.withSpan('inner', () => {}));
  expect(names()).toEqual(['inner', 'outer']);
});

test('keeps copies: later changes of a span have no effect', () => {
  tracer.startSpan('s', { attributes: { a: [1] } }).end();
  expect(exporter.spans[0]?.attributes).toEqual({ a: [1] });
});

test('forgets spans with reset(), and still counts them', () => {
  const before = exporter.stats().exported;
  tracer.startSpan('s').end();
  exporter.reset();
  expect([names(), exporter.stats()]).toEqual([[], { exported: before + 1, waiting: 0, dropped: {} }]);
});

describe('waiting', () => {
  test('ends at once if the spans are there', async () => {
    tracer.startSpan('s').end();
    expect(await exporter.waitFor(1)).toBe(exporter.spans);
    expect(await exporter.waitFor(0)).toBe(exporter.spans);
  });

  test('ends when the last of them has ended', async () => {
    const spans = exporter.waitFor(2);
    tracer.startSpan('one').end();
    setImmediate(() => tracer.startSpan('two').end());
    expect((await spans).map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test('ends after the time limit, and lists the spans', async () => {
    await expect(exporter.waitFor(1, { timeoutMs: 1 })).rejects.toThrow('Expected 1 spans within 1 ms, got 0: none');
    tracer.startSpan('one').end();
    await expect(exporter.waitFor(2, { timeoutMs: 1 })).rejects.toThrow('Expected 2 spans within 1 ms, got 1: one');
  });
});
