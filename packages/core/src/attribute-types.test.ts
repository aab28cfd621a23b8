// Integers of 64 bits, bytes, null and nested values: what is set is what every exporter sends, and what our receivers read.

import { join } from 'node:path';
import { loadSync } from 'protobufjs';
import { encodingExporter } from '../test/encode-spans.ts';
import type { AttributeValue } from './attribute-value.ts';
import { consoleExporter } from './console/console-exporter.ts';
import { createTracer } from './create-tracer.ts';
import { otlpExporter } from './otlp/otlp-exporter.ts';
import { protobufFormat } from './otlp/protobuf-format.ts';
import type { RecordingSpan } from './recording-span.ts';
import type { SpanData } from './span-data.ts';
import { inMemoryExporter } from './testing/in-memory-exporter.ts';
import { startOtlpReceiver } from './testing/otlp-receiver.ts';
import { startZipkinReceiver } from './testing/zipkin-receiver.ts';
import { zipkinExporter } from './zipkin/zipkin-exporter.ts';

const quiet = { env: {}, logLevel: 'none', flushOnExit: false } as const;

const given: Readonly<Record<string, AttributeValue>> = {
  small: 42n,
  most: 2n ** 63n - 1n,
  least: -(2n ** 63n),
  beyondDouble: 2n ** 53n + 1n,
  negative: -(2n ** 53n) - 1n,
  integers: [1n, 2, null, 2n ** 60n],
  bytes: Buffer.from([0, 1, 2, 255]),
  noBytes: new Uint8Array(),
  nothing: null,
  mixed: ['a', 1, 0.5, true, null, ['b'], { c: Buffer.from('c') }],
  cart: { id: 7n, items: [{ sku: 'a', price: 9.5, tags: [] }, {}], note: null, '': '' },
  noCart: {},
};

const kept = {
  ...given,
  small: 42,
  integers: [1, 2, null, 2n ** 60n],
  bytes: new Uint8Array([0, 1, 2, 255]),
  mixed: ['a', 1, 0.5, true, null, ['b'], { c: new Uint8Array([99]) }],
  cart: { ...(given.cart as object), id: 7 },
};

function withoutPrototype({ attributes, events, links }: SpanData): unknown {
  return [attributes, events[0]?.attributes, links[0]?.attributes].map((found) => ({ ...found }));
}

const context = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' };

test('are kept as they were given, integers as numbers where that is exact', () => {
  const exporter = inMemoryExporter();
  const seen: unknown[] = [];
  const tracer = createTracer({
    exporter,
    onEnding: (span) => seen.push(...(span as RecordingSpan).attributes),
    ...quiet,
  });
  const span = tracer.startSpan('s', { attributes: given, links: [{ context, attributes: given }] });
  for (const [key, value] of Object.entries(given)) span.setAttribute(key, value);
  span.addEvent('e', given).end();
  expect(exporter.spans.map(withoutPrototype)).toEqual([[kept, kept, kept]]);
  expect(seen).toEqual(Object.entries(kept).flat());
});

test.each(['http/protobuf', 'http/json'] as const)('are read from %s as they were kept', async (protocol) => {
  await using receiver = await startOtlpReceiver();
  const exporter = otlpExporter({ url: receiver.url, protocol, env: {} });
  const tracer = createTracer({ exporter, resource: { build: 2n ** 60n, host: { disks: [1] } }, ...quiet });
  const span = tracer.startSpan('s', { attributes: given, links: [{ context, attributes: given }] });
  span.addEvent('e', given).end();
  await tracer.shutdown();
  expect(receiver.spans.map(withoutPrototype)).toEqual([[kept, kept, kept]]);
  expect(receiver.spans[0]?.resource.attributes).toMatchObject({ build: 2n ** 60n, host: { disks: [1] } });
});

test("are OTLP's types to an independent reader", () => {
  const type = loadSync(join(__dirname, 'otlp/fixtures/trace-service.proto')).lookupType('ExportTraceServiceRequest');
  const exporter = encodingExporter(protobufFormat);
  const tracer = createTracer({ exporter, ...quiet });
  for (let count = 0; count < 5; count++) tracer.startSpan('s', { attributes: given }).end(); // runs are copied from the third on
  const message = type.decode(exporter.body());
  const { resourceSpans } = type.toObject(message, { longs: String, bytes: String });
  const { spans } = resourceSpans[0].scopeSpans[0];
  expect(spans).toHaveLength(5);
  for (const { attributes } of spans) {
    expect(attributes).toEqual([
      { key: 'small', value: { intValue: '42' } },
      { key: 'most', value: { intValue: '9223372036854775807' } },
      { key: 'least', value: { intValue: '-9223372036854775808' } },
      { key: 'beyondDouble', value: { intValue: '9007199254740993' } },
      { key: 'negative', value: { intValue: '-9007199254740993' } },
      {
        key: 'integers',
        value: {
          arrayValue: { values: [{ intValue: '1' }, { intValue: '2' }, {}, { intValue: '1152921504606846976' }] },
        },
      },
      { key: 'bytes', value: { bytesValue: 'AAEC/w==' } },
      { key: 'noBytes', value: { bytesValue: '' } },
      { key: 'nothing', value: {} },
      {
        key: 'mixed',
        value: {
          arrayValue: {
            values: [
              { stringValue: 'a' },
              { intValue: '1' },
              { doubleValue: 0.5 },
              { boolValue: true },
              {},
              { arrayValue: { values: [{ stringValue: 'b' }] } },
              { kvlistValue: { values: [{ key: 'c', value: { bytesValue: 'Yw==' } }] } },
            ],
          },
        },
      },
      {
        key: 'cart',
        value: {
          kvlistValue: {
            values: [
              { key: 'id', value: { intValue: '7' } },
              {
                key: 'items',
                value: {
                  arrayValue: {
                    values: [
                      {
                        kvlistValue: {
                          values: [
                            { key: 'sku', value: { stringValue: 'a' } },
                            { key: 'price', value: { doubleValue: 9.5 } },
                            { key: 'tags', value: { arrayValue: {} } },
                          ],
                        },
                      },
                      { kvlistValue: {} },
                    ],
                  },
                },
              },
              { key: 'note', value: {} },
              { value: { stringValue: '' } },
            ],
          },
        },
      },
      { key: 'noCart', value: { kvlistValue: {} } },
    ]);
  }
});

test("are text in Zipkin's tags: digits, base64 and JSON", async () => {
  await using receiver = await startZipkinReceiver();
  const tracer = createTracer({ exporter: zipkinExporter({ url: receiver.url, env: {} }), ...quiet });
  const span = tracer.startSpan('s', { attributes: given });
  span.addEvent('e', { most: 2n ** 63n - 1n, bytes: Buffer.from('ab'), cart: { note: null } }).end();
  await tracer.shutdown();
  expect(receiver.spans[0]?.tags).toMatchObject({
    small: '42',
    most: '9223372036854775807',
    least: '-9223372036854775808',
    beyondDouble: '9007199254740993',
    integers: '[1,2,null,1152921504606846976]',
    bytes: 'AAEC/w==',
    noBytes: '',
    nothing: '',
    mixed: '["a",1,0.5,true,null,["b"],{"c":"Yw=="}]',
    cart: '{"id":7,"items":[{"sku":"a","price":9.5,"tags":[]},{}],"note":null,"":""}',
    noCart: '{}',
  });
  expect(receiver.spans[0]?.annotations?.[0]?.value).toContain(
    '{"most":9223372036854775807,"bytes":"YWI=","cart":{"note":null}}',
  );
});

test('are shown on the console', async () => {
  const lines: string[] = [];
  const exporter = consoleExporter({ write: (text) => lines.push(text) });
  const tracer = createTracer({ exporter, serviceName: 'shop', ...quiet });
  const cart = { items: [1, { a: null }] };
  tracer.startSpan('s', { attributes: { most: 2n ** 63n - 1n, bytes: Buffer.from('ab') } }).end();
  tracer.startSpan('t', { attributes: { cart, nothing: null } }).end();
  await tracer.shutdown();
  expect(lines.join('')).toMatch(
    / most=9223372036854775807 bytes=YWI= [\s\S]* cart=\{"items":\[1,\{"a":null\}\]\} nothing=null /,
  );
});

test('an invalid attribute is left out, counted, and reported with its key and a remedy', () => {
  const log: string[] = [];
  const exporter = inMemoryExporter();
  const tracer = createTracer({ exporter, log: (line) => log.push(line), env: {}, flushOnExit: false });
  tracer.startSpan('s', { attributes: { user: new (class User {})(), fine: 1 } }).end();
  tracer
    .startSpan('s')
    .setAttribute('big', 2n ** 64n)
    .setAttributes(new Map([['a', 1]]) as never)
    .end();
  expect(exporter.spans.map(({ attributes }) => ({ ...attributes }))).toEqual([{ fine: 1 }, {}]);
  expect(tracer.stats().diagnostics).toEqual({ 'invalid-attribute': 3 });
  expect(log.join('\n')).toMatch(/were left out.*copy what you need.*: user is an instance of User without toJSON\(\)/);
});
