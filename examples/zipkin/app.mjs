// Traces sent to Zipkin. healthCheck() says what to do if they do not arrive.
//   docker run --rm -p 9411:9411 openzipkin/zipkin
//   npm start
import { createTracer } from '@waymark/core';
import { zipkinExporter } from '@waymark/core/zipkin';

// To OTEL_EXPORTER_ZIPKIN_ENDPOINT, or else to http://localhost:9411/api/v2/spans.
const tracer = createTracer({ serviceName: 'checkout', exporter: zipkinExporter() });

const { ok, exporters } = await tracer.healthCheck();
for (const { url, message, remedy = '' } of exporters) console.log(`${url}: ${message}. ${remedy}`.trim());

if (ok) {
  const traceId = await tracer.withSpan('checkout', (span) => tracer.withSpan('chargeCard', () => span.traceId));
  const { delivered } = await tracer.shutdown();
  console.log(`Delivered ${delivered} of 2 spans.`);
  console.log(`See http://localhost:9411/zipkin/traces/${traceId}`);
} else {
  process.exitCode = 1;
}

// What you should see:
//
// http://localhost:9411/api/v2/spans: the receiver accepted a span.
// Delivered 2 of 2 spans.
// See http://localhost:9411/zipkin/traces/e5412928ace946ac28f06d4b14642e75
