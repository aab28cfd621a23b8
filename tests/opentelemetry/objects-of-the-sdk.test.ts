// Objects of OpenTelemetry's SDK in options that take something else: refused at set-up, with what to write instead.
import { W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { BatchSpanProcessor, InMemorySpanExporter, type ReadableSpan, TracerProvider } from '@opentelemetry/sdk-trace';
import { createTracer, getTracer, type TracerOptions } from '@waymark/core';

const { resource } = new TracerProvider().getTracer('sdk').startSpan('step') as unknown as ReadableSpan;
const processor = new BatchSpanProcessor({ exporter: new InMemorySpanExporter() });
const remedied = { exporter: 'none', env: {} } as const;

test.each<[string, unknown, string, TracerOptions]>([
  [
    'a Resource',
    { resource },
    'Pass the attributes of the Resource: resource.attributes.',
    { ...remedied, resource: resource.attributes },
  ],
  [
    'a propagator',
    { propagators: new W3CTraceContextPropagator() },
    "Leave it out to use ['tracecontext', 'baggage'].",
    { ...remedied, propagators: ['tracecontext', 'baggage'] },
  ],
  [
    'a propagator next to a name',
    { propagators: ['tracecontext', new W3CBaggagePropagator()] },
    "Leave it out to use ['tracecontext', 'baggage'].",
    remedied,
  ],
  [
    'a processor as exporter',
    { exporter: processor },
    'It is a span processor. Pass it in spanProcessors: [processor].',
    { ...remedied, spanProcessors: [processor] },
  ],
])('%s', async (_, wrong, remedy, right) => {
  expect(() => createTracer({ env: {}, ...(wrong as TracerOptions) })).toThrow(
    expect.objectContaining({ code: 'WAYMARK_INVALID_OPTION', message: expect.stringContaining(remedy) }),
  );
  const tracer = createTracer(right);
  await tracer.shutdown();
});

test('a name for getTracer(), as for that of the API, before and after there is a tracer', async () => {
  const byName = getTracer as unknown as (name: string, version: string) => void;
  const refusal = expect.objectContaining({
    code: 'WAYMARK_INVALID_OPTION',
    message: expect.stringContaining("For a tracer by name write getTracer().withScope('shop', '1.2.0')."),
  });
  expect(() => byName('cart', '1.0.0')).toThrow(refusal);
  const tracer = getTracer(remedied);
  expect(() => byName('cart', '1.0.0')).toThrow(refusal);
  getTracer()
    .withScope('shop', '1.2.0')
    .withSpan('step', (span) => expect(span).toMatchObject({ scope: { name: 'shop', version: '1.2.0' } }));
  await tracer.shutdown();
});
