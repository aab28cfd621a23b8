// One failed request, as OpenTelemetry's SDK tells it: `node opentelemetry-sender.mjs <url>` prints its ids as JSON. In a
// process of its own, since the exporter imports parts of itself when it first sends, which Jest does not let it.
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
