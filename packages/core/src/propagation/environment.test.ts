// https://opentelemetry.io/docs/specs/otel/context/env-carriers/
import { createTracer } from '../create-tracer.ts';
import { environmentGetter, environmentSetter } from './environment.ts';

const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const SPAN = 'e457b5a2e4d86bd1';
const tracer = createTracer({
  propagators: ['tracecontext', 'baggage', 'b3multi', 'jaeger', 'xray'],
  exporter: [],
  env: {},
  flushOnExit: false,
});

test('writes names in upper case, with underscores, and keeps the other variables', () => {
  const headers = { traceparent: `00-${TRACE}-${SPAN}-01`, tracestate: 'vendor=1', baggage: 'tenant=acme' };
  const environment = { PATH: '/bin', TRACEPARENT: 'of the parent process' };
  tracer.inject(environment, environmentSetter, tracer.extract(headers));
  expect(environment).toEqual({
    PATH: '/bin',
    TRACEPARENT: `00-${TRACE}-${SPAN}-01`,
    TRACESTATE: 'vendor=1',
    BAGGAGE: 'tenant=acme',
    X_B3_TRACEID: TRACE,
    X_B3_SPANID: SPAN,
    X_B3_SAMPLED: '1',
    UBER_TRACE_ID: `${TRACE}:${SPAN}:0:1`,
    UBERCTX_TENANT: 'acme',
    X_AMZN_TRACE_ID: `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${SPAN};Sampled=1`,
  });
});

test.each([
  { TRACEPARENT: `00-${TRACE}-${SPAN}-01` },
  { X_B3_TRACEID: TRACE, X_B3_SPANID: SPAN },
  { UBER_TRACE_ID: `${TRACE}:${SPAN}:0:1` },
  { X_AMZN_TRACE_ID: `Root=1-${TRACE.slice(0, 8)}-${TRACE.slice(8)};Parent=${SPAN}` },
])('reads a caller from %j', (environment) => {
  expect(tracer.extract(environment, environmentGetter).span?.spanContext()).toMatchObject({
    traceId: TRACE,
    spanId: SPAN,
  });
});

test('reads baggage of either format', () => {
  const { baggage } = tracer.extract({ BAGGAGE: 'a=1', UBERCTX_B: '2' }, environmentGetter);
  expect([...(baggage?.entries() ?? [])].map(([key, { value }]) => [key, value])).toEqual([
    ['a', '1'],
    ['b', '2'],
  ]);
});

test('does not read names in lower case, which are other variables', () => {
  expect(tracer.extract({ traceparent: `00-${TRACE}-${SPAN}-01` }, environmentGetter).span).toBeUndefined();
});
