// OpenTelemetry's SDK, as its documentation sets it up, in the generation that `load` finds.
import type { PrintedSpan } from '../printed-span.ts';
import type { Generation } from '../scenario.ts';
import type { SetUp } from './set-up.ts';

type Api = typeof import('@opentelemetry/api');
type Sdk = typeof import('@opentelemetry/sdk-trace');
type ReadableSpan = import('@opentelemetry/sdk-trace').ReadableSpan;

/** As SDK 1 has it. Later ones have `parentSpanContext` and `instrumentationScope`. */
interface OldSpan {
  readonly parentSpanId?: string;
  readonly instrumentationLibrary?: ReadableSpan['instrumentationScope'];
}

export function setUpSdk(generation: Generation, load: NodeJS.Require, api: Api): SetUp {
  const { InMemorySpanExporter, SimpleSpanProcessor } = load(sdkOf(generation)) as Sdk;
  const exporter = new InMemorySpanExporter();
  let running = 0;
  const counter = {
    onStart: () => void running++,
    onEnd: () => void running--,
    forceFlush: async () => {},
    shutdown: async () => {},
  };
  const isNewest = generation === 'sdk-3';
  // SDK 3 takes an object of options in the place of the exporter.
  register([new SimpleSpanProcessor(isNewest ? { exporter } : (exporter as never)), counter]);
  const tracer = api.trace.getTracer('application');

  function register(spanProcessors: readonly unknown[]): void {
    if (!isNewest) {
      const { NodeTracerProvider } = load('@opentelemetry/sdk-trace-node');
      new NodeTracerProvider({ spanProcessors }).register();
      return;
    }
    const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks');
    const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = load('@opentelemetry/core');
    const { TracerProvider } = load('@opentelemetry/sdk-trace');
    api.trace.setGlobalTracerProvider(new TracerProvider({ spanProcessors }));
    api.context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
    const propagators = [new W3CTraceContextPropagator(), new W3CBaggagePropagator()];
    api.propagation.setGlobalPropagator(new CompositePropagator({ propagators }));
  }

  return {
    inRequest: (name, fn) =>
      tracer.startActiveSpan(name, { kind: api.SpanKind.SERVER, root: true }, async (span) => {
        try {
          return await fn();
        } finally {
          span.end();
        }
      }),
    mark: (name) => tracer.startSpan(name).end(),
    middleware: () => (request: import('express').Request, response: import('express').Response, next) => {
      const parent = api.propagation.extract(api.context.active(), request.headers);
      const span = tracer.startSpan(`${request.method} ${request.path}`, { kind: api.SpanKind.SERVER }, parent);
      response.once('close', () => span.end());
      api.context.with(api.trace.setSpan(parent, span), next);
    },
    running: () => running,
    take: () => {
      const spans = exporter.getFinishedSpans().map((span) => printSpan(span, api));
      exporter.reset();
      return spans;
    },
  };
}

function sdkOf(generation: Generation): string {
  return generation === 'sdk-3' ? '@opentelemetry/sdk-trace' : '@opentelemetry/sdk-trace-node';
}

function printSpan(span: ReadableSpan & OldSpan, { SpanKind, SpanStatusCode }: Api): PrintedSpan {
  const { name, kind, status, attributes, events, links, startTime, endTime } = span;
  const { traceId, spanId } = span.spanContext();
  const scope = span.instrumentationScope ?? span.instrumentationLibrary;
  return {
    name,
    kind: SpanKind[kind].toLowerCase() as PrintedSpan['kind'],
    traceId,
    spanId,
    parentSpanId: span.parentSpanContext?.spanId ?? span.parentSpanId,
    status: {
      code: SpanStatusCode[status.code].toLowerCase() as PrintedSpan['status']['code'],
      message: status.message,
    },
    attributes,
    events: events.map((event) => ({ name: event.name, attributes: event.attributes ?? {} })),
    links: links.map(({ context }) => ({ traceId: context.traceId, spanId: context.spanId })),
    scope: { name: scope?.name ?? '', version: scope?.version || undefined },
    startMs: startTime[0] * 1e3 + startTime[1] / 1e6,
    endMs: endTime[0] * 1e3 + endTime[1] / 1e6,
  };
}
