// A service with OpenTelemetry's SDK. It prints the id of the trace that it has sent.
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider } from '@opentelemetry/sdk-trace-base';
import { toWaymark } from './to-waymark.mjs';

const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'keeps-its-sdk' }),
  spanProcessors: [toWaymark],
});
const span = provider.getTracer('service').startSpan('work');
span.end();
await provider.shutdown();
console.log(span.spanContext().traceId);
