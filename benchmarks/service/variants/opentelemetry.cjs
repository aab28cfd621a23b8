// OpenTelemetry JS: HTTP, framework and undici instrumentations, batches, OTLP protobuf. Mode: `one-percent`.
'use strict';
const { requirePeer } = require('../../peers/require-peer.cjs');

module.exports = ({ mode, sink, framework }) => {
  const load = (name) => requirePeer('opentelemetry', name);
  const { context, propagation, trace } = load('@opentelemetry/api');
  const { AsyncLocalStorageContextManager } = load('@opentelemetry/context-async-hooks');
  const { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } = load('@opentelemetry/core');
  const { OTLPTraceExporter } = load('@opentelemetry/exporter-trace-otlp-proto');
  const { registerInstrumentations } = load('@opentelemetry/instrumentation');
  const { HttpInstrumentation } = load('@opentelemetry/instrumentation-http');
  const { UndiciInstrumentation } = load('@opentelemetry/instrumentation-undici');
  const { resourceFromAttributes } = load('@opentelemetry/resources');
  const sdk = load('@opentelemetry/sdk-trace');

  // Its default of 2,048 would drop spans under load, and with them their cost.
  const exporter = new OTLPTraceExporter({ url: `${sink}/v1/traces` });
  const processor = new sdk.BatchSpanProcessor({ exporter, maxQueueSize: 1_000_000 });
  const root = mode === 'one-percent' ? new sdk.TraceIdRatioBasedSampler(0.01) : new sdk.AlwaysOnSampler();
  const provider = new sdk.TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'bench' }),
    sampler: new sdk.ParentBasedSampler({ root }),
    spanProcessors: [processor],
  });
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable());
  propagation.setGlobalPropagator(
    new CompositePropagator({ propagators: [new W3CTraceContextPropagator(), new W3CBaggagePropagator()] }),
  );
  trace.setGlobalTracerProvider(provider);
  registerInstrumentations({
    tracerProvider: provider,
    instrumentations: [
      new HttpInstrumentation(),
      new UndiciInstrumentation(),
      frameworkInstrumentation(framework, load),
    ],
  });

  const tracer = provider.getTracer('bench');
  return {
    inSpan: (name, fn) =>
      tracer.startActiveSpan(name, async (span) => {
        try {
          return await fn(span);
        } finally {
          span.end();
        }
      }),
    flush: () => provider.forceFlush(),
  };
};

function frameworkInstrumentation(framework, load) {
  if (framework === 'express') return new (load('@opentelemetry/instrumentation-express').ExpressInstrumentation)();
  return new (load('@fastify/otel').FastifyOtelInstrumentation)({ registerOnInitialization: true });
}
