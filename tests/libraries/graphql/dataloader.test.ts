// Batches of dataloader: their parents and links, by the class as tests pass it.
import { activeSpan, createTracer, type Tracer } from '@waymark/core';
import { traceDataloader } from '@waymark/core/libraries';
import { inMemoryExporter } from '@waymark/core/testing';
import DataLoader from 'dataloader';

traceDataloader(DataLoader);

let exporter: ReturnType<typeof inMemoryExporter>;
let tracer: Tracer;

beforeEach(() => {
  exporter = inMemoryExporter();
  tracer = createTracer({ serviceName: 'shop', exporter, logLevel: 'none' });
});
afterEach(() => tracer.shutdown());

const spanOf = (name: string) => exporter.spans.find((span) => span.name === name);
const double = (options?: DataLoader.Options<number, number>) =>
  new DataLoader<number, number>(async (keys) => tracer.withSpan('query', () => keys.map((key) => key * 2)), options);

test('a batch is below the first caller and linked to the others, and each caller goes on in its own span', async () => {
  const loader = double({ name: 'numbers' });
  const load = (name: string, ...keys: number[]) =>
    tracer.withSpan(name, async (span) => {
      const values = await Promise.all(keys.map((key) => loader.load(key)));
      expect(activeSpan()).toBe(span);
      return values;
    });
  expect(await Promise.all([load('a', 1, 2), load('b', 3), load('c', 1, 4, 5)])).toEqual([[2, 4], [6], [2, 8, 10]]);

  const batch = spanOf('dataloader.batch numbers');
  expect(batch?.parentSpanId).toBe(spanOf('a')?.spanId);
  expect(batch?.links.map(({ spanId }) => spanId)).toEqual([spanOf('b')?.spanId, spanOf('c')?.spanId]);
  expect(batch?.attributes).toEqual({ 'dataloader.batch.size': 5, 'dataloader.name': 'numbers' });
  expect(spanOf('query')?.parentSpanId).toBe(batch?.spanId);
  expect(exporter.spans.map(({ name }) => name).sort()).toEqual(['a', 'b', 'c', 'dataloader.batch numbers', 'query']);
});

test('a value from the cache has no span, nor has a caller outside of any span', async () => {
  const loader = double();
  expect(await loader.load(1)).toBe(2);
  exporter.reset();
  expect(await tracer.withSpan('a', () => loader.load(1))).toBe(2);
  expect(exporter.spans.map(({ name }) => name)).toEqual(['a']);
});

test('the first traced caller is the parent, if others are not traced', async () => {
  const loader = double();
  await Promise.all([loader.load(1), tracer.withSpan('a', () => loader.load(2))]);
  expect(spanOf('dataloader.batch')?.parentSpanId).toBe(spanOf('a')?.spanId);
  expect(spanOf('dataloader.batch')?.links).toEqual([]);
});

test('batches of a limited size have spans each', async () => {
  const loader = double({ maxBatchSize: 2 });
  await tracer.withSpan('a', () => loader.loadMany([1, 2, 3]));
  const sizes = exporter.spans.map(({ attributes }) => attributes['dataloader.batch.size']);
  expect(sizes.filter((size) => size !== undefined)).toEqual([2, 1]);
});

test.each([
  ['rejects', async () => Promise.reject(new RangeError('no database'))],
  [
    'throws',
    () => {
      throw new RangeError('no database');
    },
  ],
])('a batch function that %s fails the span, and its callers', async (form, fail) => {
  const loader = new DataLoader<number, number>(fail as never);
  const result = tracer.withSpan('a', () => loader.load(1));
  if (form === 'rejects') await expect(result).rejects.toThrow(RangeError);
  else await expect(result).rejects.toThrow(TypeError); // dataloader says so
  const batch = spanOf('dataloader.batch');
  expect(batch?.status).toEqual({ code: 'error', message: 'no database' });
  expect(batch?.attributes['error.type']).toBe('RangeError');
  expect(batch?.events.map(({ name }) => name)).toEqual(['exception']);
});

test('refuses what is not dataloader', () => {
  expect(() => traceDataloader({})).toThrow('traceDataloader(DataLoader) takes the class of dataloader, got {}.');
});
