// Traces sent to an OpenTelemetry Collector, Jaeger or Tempo. This is the default if no exporter is set.
//   docker compose up -d   starts a Collector, and Jaeger behind it
//   npm start              sends one trace, and reports whether it arrived
import { setTimeout as work } from 'node:timers/promises';
import { createTracer } from '@waymark/core';

// OTLP over HTTP, to OTEL_EXPORTER_OTLP_ENDPOINT, or else to http://localhost:4318.
const tracer = createTracer({ serviceName: 'checkout' });

const traceId = await tracer.withSpan('checkout', async (span) => {
  await tracer.withSpan('reserveStock', () => work(8));
  await tracer.withSpan('chargeCard', () => work(20));
  return span.traceId;
});

// A server does not need this: spans are sent in the background, and the rest when the process ends.
const { delivered } = await tracer.shutdown({ timeoutMs: 5000 });

console.log(`Delivered ${delivered} of 3 spans.`);
if (delivered === 3) {
  console.log(`See http://localhost:16686/trace/${traceId}`);
} else {
  console.log(`Last error: ${tracer.stats().lastExportError?.message}`);
  console.log('To start a receiver: docker compose up -d');
  process.exitCode = 1;
}

// What you should see:
//
// Delivered 3 of 3 spans.
// See http://localhost:16686/trace/e5412928ace946ac28f06d4b14642e75
