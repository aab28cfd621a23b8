// The span processors of OpenTelemetry's SDKs in a Waymark tracer: 1.x, 2.x and 3.x.
import { createServer, get } from 'node:http';
import { createRequire } from 'node:module';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import {
  createTracer,
  type OpenTelemetryReadableSpan,
  type OpenTelemetrySpanExporter,
  type OpenTelemetrySpanProcessor,
  type TracerOptions,
} from '@waymark/core';
import { traceHandler } from '@waymark/core/http';
import { inMemoryExporter } from '@waymark/core/testing';
import { receiveHttp } from '../exporters/receive-requests.ts';

const sdks = {
  'sdk-3': '@opentelemetry/sdk-trace',
  'sdk-2': '@opentelemetry/sdk-trace-base',
  'sdk-1': '@opentelemetry/sdk-trace-base',
};

interface InMemory extends OpenTelemetrySpanExporter {
  getFinishedSpans(): readonly OpenTelemetryReadableSpan[];
}

type ProcessorClass = new (exporter: unknown) => OpenTelemetrySpanProcessor;

function load(generation: string, name: string): Readonly<Record<string, new (...given: never[]) => unknown>> {
  const folder = generation === 'sdk-3' ? '.' : generation;
  return createRequire(join(__dirname, '..', folder, 'package.json'))(name);
}

function tracerWith(spanProcessors: readonly OpenTelemetrySpanProcessor[], options: TracerOptions = {}) {
  return createTracer({ spanProcessors, exporter: 'none', logLevel: 'none', flushOnExit: false, env: {}, ...options });
}

describe.each(Object.entries(sdks))('%s', (generation, sdk) => {
  const { SimpleSpanProcessor, BatchSpanProcessor, InMemorySpanExporter } = load(generation, sdk);

  /** The third generation takes the exporter in an object. */
  function make(Class: unknown, exporter: OpenTelemetrySpanExporter): OpenTelemetrySpanProcessor {
    return new (Class as ProcessorClass)(generation === 'sdk-3' ? { exporter } : exporter);
  }

  const makeExporter = (): InMemory => new (InMemorySpanExporter as new () => InMemory)();

  test.each([
    ['SimpleSpanProcessor', SimpleSpanProcessor],
    ['BatchSpanProcessor', BatchSpanProcessor],
  ])('%s exports the spans, whole, and shuts its exporter down', async (_name, Class) => {
    const exporter = makeExporter();
    const tracer = tracerWith([make(Class, exporter)]);
    tracer.withSpan('a', { kind: 'server', attributes: { b: 1 } }, (span) => {
      span.addEvent('c', { d: 2 });
      tracer.withSpan('e', () => {});
    });
    expect(await tracer.flush()).toEqual({ delivered: 2, lost: 0, complete: true });
    const [inner, outer] = exporter.getFinishedSpans();
    expect(outer).toMatchObject({ name: 'a', kind: 1, attributes: { b: 1 }, events: [{ name: 'c' }], ended: true });
    expect(inner).toMatchObject({ name: 'e', parentSpanId: outer?.spanContext().spanId });
    expect(inner?.parentSpanContext).toMatchObject({ spanId: outer?.spanContext().spanId });
    await tracer.shutdown();
    expect(exporter.getFinishedSpans()).toEqual([]); // the in-memory exporter forgets them when it is shut down
    expect(tracer.stats().diagnostics).toEqual({});
  });

  test('a processor that filters passes on what it is to pass on', async () => {
    const exporter = makeExporter();
    const next = make(SimpleSpanProcessor, exporter);
    const filter: OpenTelemetrySpanProcessor = {
      onStart: (span, context) => next.onStart(span, context),
      onEnd(span) {
        if (span.name !== 'health') next.onEnd(span);
      },
      forceFlush: () => next.forceFlush(),
      shutdown: () => next.shutdown(),
    };
    const tracer = tracerWith([filter]);
    for (const name of ['health', 'pay', 'health']) tracer.withSpan(name, () => {});
    await tracer.flush();
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(['pay']);
  });

  test('a processor that passes on another form of the span, by a prototype or a proxy, passes on a span', async () => {
    const exporter = makeExporter();
    const next = make(SimpleSpanProcessor, exporter);
    const renaming = (change: (span: OpenTelemetryReadableSpan) => OpenTelemetryReadableSpan) => ({
      onStart() {},
      onEnd: (span: OpenTelemetryReadableSpan) => next.onEnd(change(span)),
      forceFlush: () => next.forceFlush(),
      shutdown: () => next.shutdown(),
    });
    const tracer = tracerWith([
      renaming((span) => Object.create(span, { name: { value: 'by prototype' } })),
      renaming((span) => new Proxy(span, { get: (of, key) => (key === 'name' ? 'by proxy' : Reflect.get(of, key)) })),
    ]);
    tracer.withSpan('a', { attributes: { b: 1 } }, () => {});
    await tracer.flush();
    const spans = exporter.getFinishedSpans();
    expect(spans.map(({ name }) => name)).toEqual(['by prototype', 'by proxy']);
    for (const span of spans) expect([span.attributes, span.spanContext().traceId.length]).toEqual([{ b: 1 }, 32]);
  });

  test('the requests of an exporter in a processor have no spans', async () => {
    const receiver = await receiveHttp('/');
    const exporter: OpenTelemetrySpanExporter = {
      export(spans, done) {
        const body = spans.map(({ name }) => name).join();
        fetch(receiver.url, { method: 'POST', body }).then(
          () => done({ code: 0 }),
          (error) => done({ code: 1, error }),
        );
      },
      shutdown: async () => {},
    };
    const ours = inMemoryExporter();
    const tracer = tracerWith([make(SimpleSpanProcessor, exporter), make(BatchSpanProcessor, exporter)], {
      exporter: ours,
    });
    const server = createServer(traceHandler((_request, response) => void response.end('done'), { tracer }));
    try {
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      const { port } = server.address() as AddressInfo; // a server that listens has a port
      await new Promise((resolve) =>
        get({ port, host: '127.0.0.1' }, (response) => response.resume().on('end', resolve)),
      );
      await ours.waitFor(1);
      await tracer.flush();
      await tracer.shutdown();
      expect(receiver.bodies.map(String)).toEqual(expect.arrayContaining(['GET']));
      expect(receiver.bodies.length).toBeGreaterThanOrEqual(2);
      const urls = ours.spans.map(({ attributes }) => String(attributes['url.full']));
      expect(urls.filter((url) => url.startsWith(receiver.url))).toEqual([]);
    } finally {
      await Promise.all([receiver.close(), new Promise((resolve) => server.close(resolve))]);
    }
  });
});

test('BaggageSpanProcessor copies the baggage that came with the request', async () => {
  const { BaggageSpanProcessor } = load('sdk-2', '@opentelemetry/baggage-span-processor');
  const processor = new (BaggageSpanProcessor as new (isKept: (key: string) => boolean) => OpenTelemetrySpanProcessor)(
    (key) => key !== 'secret',
  );
  const exporter = inMemoryExporter();
  const tracer = tracerWith([processor], { exporter });
  const server = createServer(
    traceHandler((_request, response) => void tracer.withSpan('inner', () => response.end()), { tracer }),
  );
  try {
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const { port } = server.address() as AddressInfo; // a server that listens has a port
    await fetch(`http://127.0.0.1:${port}/`, { headers: { baggage: 'tenant=acme,secret=1' } });
    const spans = (await exporter.waitFor(2)).filter(({ kind }) => kind !== 'client');
    for (const { attributes } of spans) {
      expect(attributes).toMatchObject({ tenant: 'acme' });
      expect(attributes).not.toHaveProperty(['secret']);
    }
    expect(spans.map(({ name }) => name).sort()).toEqual(['GET', 'inner']);
  } finally {
    await new Promise((resolve) => server.close(resolve));
  }
});
