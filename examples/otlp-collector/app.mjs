// Traces sent to an OpenTelemetry Collector, Jaeger or Tempo: what you get when you say nothing about an exporter.
//   docker compose up -d   starts a Collector, and Jaeger behind it
//   npm start              sends one trace, and says what became of it
import { setTimeout as work } from 'node:timers/promises';
import { createTracer } from '@waymark/core';

// OTLP over HTTP, to OTEL_EXPORTER_OTLP_ENDPOINT, or else to http://localhost:4318.
const tracer = createTracer({ serviceName: 'checkout' });

const traceId = await tracer.withSpan('checkout', async (span) => {
  await tracer.withSpan('reserveStock', () => work(8));
  await tracer.withSpan('chargeCard', () => work(20));
  return span.traceId;
});

// A server has no need of this: spans are sent in the background, and what is left when the process ends.
const { delivered } = await tracer.shutdown();

console.log(`Delivered ${delivered} of 3 spans.`);
if (delivered === 3) {
  console.log(`See http://localhost:16686/trace/${traceId}`);
} else {
  console.log(`Last error: ${tracer.stats().lastExportError?.message}`);
  console.log('To have a receiver: docker compose up -d');
  process.exitCode = 1;
}

// What you should see:
//
// Delivered 3 of 3 spans.
// See http://localhost:16686/trace/e5412928ace946ac28f06d4b14642e75
