// Exporters of OpenTelemetry that need no server, and its Zipkin exporter.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { createTracer, type OpenTelemetryReadableSpan, type OpenTelemetrySpanExporter } from '@waymark/core';
import { makeSpans } from './made-spans.ts';
import { receiveHttp } from './receive-requests.ts';
import { runSender } from './run-sender.ts';

const sdks = {
  'sdk-3': '@opentelemetry/sdk-trace',
  'sdk-2': '@opentelemetry/sdk-trace-base',
  'sdk-1': '@opentelemetry/sdk-trace-base',
};

function load(generation: string, name: string): Readonly<Record<string, new (options?: object) => never>> {
  const folder = generation === 'sdk-3' ? '.' : generation;
  return createRequire(join(__dirname, '..', folder, 'package.json'))(name);
}

const names = ['charge', 'enqueue', 'take', 'POST /pay', 'its child', 'a root'];

describe.each(Object.entries(sdks))('%s', (generation, sdk) => {
  const { InMemorySpanExporter, ConsoleSpanExporter } = load(generation, sdk);

  test('InMemorySpanExporter has the spans after a flush', async () => {
    interface InMemory extends OpenTelemetrySpanExporter {
      getFinishedSpans(): readonly OpenTelemetryReadableSpan[];
    }
    const exporter: InMemory = new (InMemorySpanExporter as new () => InMemory)();
    const tracer = createTracer({ serviceName: 'orders', exporter, flushOnExit: false, env: {} });
    makeSpans(tracer);
    expect(await tracer.flush()).toEqual({ delivered: 6, lost: 0, complete: true });
    expect(exporter.getFinishedSpans().map(({ name }) => name)).toEqual(names);
    expect(exporter.getFinishedSpans()[0]?.attributes).toEqual({});
  });

  test('ConsoleSpanExporter prints the spans', async () => {
    const printed = jest.spyOn(console, 'dir').mockImplementation(() => {});
    const exporter: OpenTelemetrySpanExporter = new (ConsoleSpanExporter as new () => OpenTelemetrySpanExporter)();
    const tracer = createTracer({ serviceName: 'orders', exporter, flushOnExit: false, env: {} });
    makeSpans(tracer);
    await tracer.flush();
    const spans = printed.mock.calls.map(([span]) => span);
    printed.mockRestore();
    expect(spans.map(({ name }) => name)).toEqual(names);
    const server = spans.find(({ name }) => name === 'POST /pay');
    expect(server).toMatchObject({
      resource: { attributes: { 'service.name': 'orders' } },
      instrumentationScope: { name: '@waymark/core' },
      traceState: 'vendor=a:b,other=1',
      kind: 1,
      status: { code: 2, message: 'too much' },
      attributes: { integer: 7, texts: ['a', 'b', ''] },
    });
    expect(server.events.map(({ name }: { name: string }) => name)).toEqual(['cache.miss', 'exception']);
    expect(server.links).toHaveLength(2);
  });
});

describe.each(Object.entries(sdks))('a process with an exporter of %s that ends at once', (generation, sdk) => {
  test.each(['process.exit()', 'an exception'] as const)('by %s', async (ends) => {
    const ours = await receiveHttp('/v1/traces');
    const task = {
      generation,
      ownFormat: 'http/protobuf',
      isLimited: false,
      ends,
      url: ours.url,
      ownUrl: ours.url,
    } as const;
    try {
      // An exporter that works synchronously gets its spans.
      const console = await runSender({ ...task, packageName: sdk, className: 'ConsoleSpanExporter' });
      expect(console.printed.match(/name: '(charge|enqueue|take|POST \/pay|its child|a root)'/g)).toHaveLength(6);
      expect(console.printed).not.toContain('waymark warn');
      // Another one is given them too, and the loss is reported.
      const http = { packageName: '@opentelemetry/exporter-trace-otlp-proto', className: 'OTLPTraceExporter' };
      const { printed } = await runSender({ ...task, ...http });
      expect(printed).toContain('waymark warn: 6 spans were not sent before the process ended');
    } finally {
      await ours.close();
    }
  });
});

describe.each(['sdk-2', 'sdk-1'])('ZipkinExporter of %s', (generation) => {
  test('sends the spans that our exporter for Zipkin sends', async () => {
    const [theirs, ours] = await Promise.all([receiveHttp('/api/v2/spans', 202), receiveHttp('/api/v2/spans', 202)]);
    try {
      const { sent, printed } = await runSender({
        generation,
        packageName: '@opentelemetry/exporter-zipkin',
        className: 'ZipkinExporter',
        ownFormat: 'zipkin',
        isLimited: false,
        ends: 'flush',
        url: theirs.url,
        ownUrl: ours.url,
      });
      expect(printed).toBe('');
      expect(sent?.report).toEqual({ delivered: 12, lost: 0, complete: true });
      const [spans = [], ownSpans = []] = [theirs, ours].map(({ bodies: [body = Buffer.alloc(0)] }): ZipkinSpan[] =>
        // Ours writes the spans by scope, theirs in the order in which they ended.
        (JSON.parse(body.toString()) as ZipkinSpan[]).sort((one, other) => (one.id < other.id ? -1 : 1)),
      );
      expect(spans.map(factsOf)).toEqual(ownSpans.map(factsOf));
      // Theirs writes fractions of a microsecond.
      const differencesUs = spans.map(({ timestamp }, at) => timestamp - (ownSpans[at]?.timestamp ?? 0));
      expect(differencesUs.filter((us) => Math.abs(us) > 1)).toEqual([]);
      expect(spans).toHaveLength(6);
    } finally {
      await Promise.all([theirs.close(), ours.close()]);
    }
  });
});

interface ZipkinSpan {
  readonly id: string;
  readonly traceId: string;
  readonly parentId?: string;
  readonly name: string;
  readonly kind?: string;
  /** In microseconds. */
  readonly timestamp: number;
  readonly localEndpoint: { readonly serviceName: string };
}

/** What both exporters write in one form, but for times. They differ in tags and annotations. */
function factsOf({ id, traceId, parentId, name, kind, localEndpoint }: ZipkinSpan): unknown {
  return { id, traceId, parentId, name, kind, serviceName: localEndpoint.serviceName };
}
