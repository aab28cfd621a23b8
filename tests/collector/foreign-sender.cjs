// @ts-check
// Sends a parent and its child by a library of others, and prints the trace's id: node foreign-sender.cjs <library> <url> <start>
// A separate process: OpenTelemetry's exporters load parts by import(), which Jest does not have.
const { ROOT_CONTEXT, SpanKind, SpanStatusCode, trace } = require('@opentelemetry/api');
const { resourceFromAttributes } = require('@opentelemetry/resources');
const { BasicTracerProvider, SimpleSpanProcessor } = require('@opentelemetry/sdk-trace-base');
const zipkin = require('zipkin');

const [, , library = '', url = '', startText = ''] = process.argv;
const start = Number(startText);

const exporters = {
  'otlp-protobuf': () => new (require('@opentelemetry/exporter-trace-otlp-proto').OTLPTraceExporter)({ url }),
  'otlp-json-gzip': () =>
    new (require('@opentelemetry/exporter-trace-otlp-http').OTLPTraceExporter)({ url, compression: 'gzip' }),
  zipkin: () => new (require('@opentelemetry/exporter-zipkin').ZipkinExporter)({ url }),
};

async function sendByOpenTelemetry(exporter) {
  const provider = new BasicTracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'users' }),
    spanProcessors: [new SimpleSpanProcessor(exporter)],
  });
  const tracer = provider.getTracer('test');
  const parent = tracer.startSpan('GET /users/:id', {
    kind: SpanKind.SERVER,
    startTime: start,
    attributes: {
      'test.text': 'a "b" é 🦊',
      'test.int': 7,
      'test.half': 0.5,
      'test.yes': true,
      'test.list': ['a', 'b'],
    },
  });
  parent.addEvent('cache.miss', { 'test.key': '7' }, start + 1);
  parent.setStatus({ code: SpanStatusCode.ERROR, message: 'timed out' });
  const context = trace.setSpan(ROOT_CONTEXT, parent);
  tracer.startSpan('SELECT', { kind: SpanKind.CLIENT, startTime: start + 1 }, context).end(start + 2.5);
  parent.end(start + 4.25);
  await provider.shutdown();
  return parent.spanContext().traceId;
}

/** zipkin-js takes its times itself. */
async function sendByZipkin() {
  const { HttpLogger } = require('zipkin-transport-http');
  const { BatchRecorder, ExplicitContext, jsonEncoder, Tracer } = zipkin;
  const logger = new HttpLogger({ endpoint: url, jsonEncoder: jsonEncoder.JSON_V2, httpInterval: 5 });
  const sent = new Promise((resolve, reject) => {
    logger.on('success', resolve);
    logger.on('error', reject);
  });
  const tracer = new Tracer({
    ctxImpl: new ExplicitContext(),
    recorder: new BatchRecorder({ logger }),
    localServiceName: 'users',
    traceId128Bit: true,
  });
  const id = tracer.createRootId();
  tracer.scoped(() => {
    tracer.setId(id);
    tracer.recordServiceName('users');
    tracer.recordRpc('GET /users/:id');
    tracer.recordBinary('test.text', 'a "b" é 🦊');
    tracer.recordAnnotation(new zipkin.Annotation.ServerRecv());
    tracer.recordMessage('cache miss');
    tracer.recordBinary('error', 'timed out');
    tracer.recordAnnotation(new zipkin.Annotation.ServerSend());
  });
  const awake = setInterval(() => {}, 1000); // its own timer does not keep the process
  await sent;
  clearInterval(awake);
  return id.traceId;
}

const ended = library === 'zipkin-js' ? sendByZipkin() : sendByOpenTelemetry(exporters[library]());
ended.then((traceId) => {
  console.log(traceId);
  process.exit();
});
