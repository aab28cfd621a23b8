// `node opentelemetry-sender.mjs <url>` sends one failed request with OpenTelemetry's SDK, and prints its ids as JSON. It is a
// separate process because the exporter imports modules with its first request, which Jest does not allow.
import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const exporter = new OTLPTraceExporter({ url: `${process.argv[2]}/v1/traces` });
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': 'otel-app', 'deployment.environment.name': 'test' }),
  spanProcessors: [new BatchSpanProcessor(exporter)],
});
const span = provider
  .getTracer('sender')
  .startSpan('POST /pay', { kind: SpanKind.SERVER, attributes: { 'http.route': '/pay' } });
span.recordException(new RangeError('too much'));
span.setStatus({ code: SpanStatusCode.ERROR, message: 'too much' });
span.end();
await provider.shutdown();
const { traceId, spanId } = span.spanContext();
console.log(JSON.stringify({ traceId, spanId }));
