// A service traced by OpenTelemetry's SDK for JS: `node opentelemetry-js.mjs <name> <format> <OTLP URL> [<next service>]`. It prints its
// port, calls the next service for each request, and answers with what that answered; the last one, with its headers.
import { createServer } from 'node:http';
import { propagation, ROOT_CONTEXT, SpanKind, trace } from '@opentelemetry/api';
import { CompositePropagator, W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-proto';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { BasicTracerProvider, BatchSpanProcessor } from '@opentelemetry/sdk-trace-base';

const [, , name, format, url, next] = process.argv;
const propagators = {
  w3c: () => new W3CTraceContextPropagator(),
  b3: () => new B3Propagator({ injectEncoding: B3InjectEncoding.SINGLE_HEADER }),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
};
propagation.setGlobalPropagator(
  new CompositePropagator({ propagators: [propagators[format](), new W3CBaggagePropagator()] }),
);
const provider = new BasicTracerProvider({
  resource: resourceFromAttributes({ 'service.name': name }),
  spanProcessors: [new BatchSpanProcessor(new OTLPTraceExporter({ url }))],
});
const tracer = provider.getTracer('service');

/** What the next service answers, within a span of the call. */
async function callNext(parent) {
  const span = tracer.startSpan('GET', { kind: SpanKind.CLIENT }, parent);
  const headers = {};
  propagation.inject(trace.setSpan(parent, span), headers);
  const answer = await (await fetch(next, { headers })).text();
  span.end();
  return answer;
}

const server = createServer(async (request, response) => {
  const caller = propagation.extract(ROOT_CONTEXT, request.headers);
  const span = tracer.startSpan('GET /call', { kind: SpanKind.SERVER }, caller);
  const answer = next === undefined ? JSON.stringify(request.headers) : await callNext(trace.setSpan(caller, span));
  span.end();
  await provider.forceFlush();
  response.end(answer);
});
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
