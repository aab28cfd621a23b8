// OpenTelemetry JS with all of its auto-instrumentations, Prisma's and BullMQ's. It exports JSON, or protobuf.
'use strict';
const { requirePeer } = require('../../peers/require-peer.cjs');

module.exports = ({ receiver, format }) => {
  const load = (name) => requirePeer('opentelemetry-libraries', name);
  const { trace } = load('@opentelemetry/api');
  const { getNodeAutoInstrumentations } = load('@opentelemetry/auto-instrumentations-node');
  const { OTLPTraceExporter } = load(`@opentelemetry/exporter-trace-otlp-${format === 'protobuf' ? 'proto' : 'http'}`);
  const { NodeSDK } = load('@opentelemetry/sdk-node');
  const { BatchSpanProcessor } = load('@opentelemetry/sdk-trace');
  const { PrismaInstrumentation } = load('@prisma/instrumentation');

  // Its default of 2,048 would drop spans under load.
  const exporter = new OTLPTraceExporter({ url: `${receiver}/v1/traces` });
  const processor = new BatchSpanProcessor({ exporter, maxQueueSize: 1_000_000 });
  const sdk = new NodeSDK({
    serviceName: 'shop',
    spanProcessors: [processor],
    instrumentations: [getNodeAutoInstrumentations(), new PrismaInstrumentation()],
  });
  sdk.start();
  const tracer = trace.getTracer('shop');
  return {
    inSpan: (name, fn) =>
      tracer.startActiveSpan(name, async (span) => {
        try {
          return await fn(span);
        } finally {
          span.end();
        }
      }),
    telemetry: () => new (load('bullmq-otel').BullMQOtel)('shop'),
    flush: () => processor.forceFlush(),
    finish: () => sdk.shutdown(),
  };
};
