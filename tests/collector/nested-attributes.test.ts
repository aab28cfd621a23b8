// Attributes with objects, null and bytes: sent by Waymark, kept exactly by each store, and answered by every API.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createTracer, type SpanExporter } from '@waymark/core';
import { otlpExporter } from '@waymark/core/otlp';
import { zipkinExporter } from '@waymark/core/zipkin';
import { type Collector, startCollector } from 'waymark';

const cart = { id: 7n, ratio: 0.5, note: null, items: [{ sku: 'tea', tags: [] }, {}], '': '', big: 2n ** 60n };
const attributes = {
  cart,
  nothing: null,
  mixed: ['a', 1, null, true, ['b'], { bytes: Buffer.from('ab') }],
  deep: nested(30),
};

const otlpAttributes = [
  {
    key: 'cart',
    value: {
      kvlistValue: {
        values: [
          { key: 'id', value: { intValue: '7' } },
          { key: 'ratio', value: { doubleValue: 0.5 } },
          { key: 'note', value: {} },
          {
            key: 'items',
            value: {
              arrayValue: {
                values: [
                  {
                    kvlistValue: {
                      values: [
                        { key: 'sku', value: { stringValue: 'tea' } },
                        { key: 'tags', value: { arrayValue: { values: [] } } },
                      ],
                    },
                  },
                  { kvlistValue: { values: [] } },
                ],
              },
            },
          },
          { key: '', value: { stringValue: '' } },
          { key: 'big', value: { intValue: '1152921504606846976' } },
        ],
      },
    },
  },
  { key: 'nothing', value: {} },
  {
    key: 'mixed',
    value: {
      arrayValue: {
        values: [
          { stringValue: 'a' },
          { intValue: '1' },
          {},
          { boolValue: true },
          { arrayValue: { values: [{ stringValue: 'b' }] } },
          { kvlistValue: { values: [{ key: 'bytes', value: { bytesValue: 'YWI=' } }] } },
        ],
      },
    },
  },
  { key: 'deep', value: nestedOtlp(30) },
];

const mixedText = '["a",1,null,true,["b"],{"bytes":"YWI="}]';

function nested(levels: number): object {
  return levels === 1 ? {} : { a: nested(levels - 1) };
}

function nestedOtlp(levels: number): object {
  return { kvlistValue: { values: levels === 1 ? [] : [{ key: 'a', value: nestedOtlp(levels - 1) }] } };
}

const folder = mkdtempSync(join(tmpdir(), 'waymark-nested-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** @returns The trace's id. */
async function send(exporter: SpanExporter): Promise<string> {
  const tracer = createTracer({
    serviceName: 'shop',
    exporter,
    resource: { host: { disks: [1] } },
    env: {},
    flushOnExit: false,
  });
  const other = tracer.startSpan('other');
  const span = tracer.startSpan('checkout', { attributes, links: [{ context: other.spanContext(), attributes }] });
  other.end();
  span.addEvent('paid', attributes).end();
  await tracer.shutdown();
  return span.traceId;
}

describe.each([
  ['in memory', undefined],
  ['in a file', join(folder, 'traces.db')],
])('%s', (_, path) => {
  let collector: Collector;
  beforeAll(async () => {
    collector = await startCollector({ port: 0, ...(path !== undefined && { path }) });
  });
  afterAll(() => collector.close());

  // biome-ignore lint/suspicious/noExplicitAny: JSON of several APIs
  async function ask(target: string): Promise<any> {
    const response = await fetch(collector.url + target);
    expect([target, response.status]).toEqual([target, 200]);
    return response.json();
  }

  test.each(['http/protobuf', 'http/json'] as const)('what %s brings is exported unchanged', async (protocol) => {
    const traceId = await send(otlpExporter({ url: collector.otlpUrl, protocol, env: {} }));
    const { resourceSpans } = await ask(`/waymark/traces/${traceId}/otlp.json`);
    const [span] = resourceSpans[0].scopeSpans[0].spans;
    expect(span.attributes).toEqual(otlpAttributes);
    expect(span.events[0].attributes).toEqual(otlpAttributes);
    expect(span.links[0].attributes).toEqual(otlpAttributes);
    expect(resourceSpans[0].resource.attributes).toContainEqual({
      key: 'host',
      value: { kvlistValue: { values: [{ key: 'disks', value: { arrayValue: { values: [{ intValue: '1' }] } } }] } },
    });

    const [{ tags }] = await ask(`/api/v2/trace/${traceId}`);
    expect(tags).toMatchObject({ mixed: mixedText, nothing: '' });
    expect(JSON.parse(tags.cart)).toMatchObject({ id: 7, note: null, items: [{ sku: 'tea', tags: [] }, {}] });
    const { data } = await ask(`/api/traces/${traceId}`);
    expect(data[0].spans[0].tags).toContainEqual({ key: 'mixed', type: 'string', value: mixedText });
    expect(data[0].spans[0].tags).toContainEqual({ key: 'nothing', type: 'string', value: '' });
  });

  test('a query finds the parts', async () => {
    const traceId = await send(otlpExporter({ url: collector.otlpUrl, env: {} }));
    for (const query of ['cart.items.sku:tea', 'cart.id>6', 'cart.big:1152921504606846976', 'nothing:*', '"YWI="']) {
      const { traces } = await ask(`/waymark/traces?query=${encodeURIComponent(query)}`);
      expect([query, traces.map((trace: { traceId: string }) => trace.traceId)]).toEqual([
        query,
        expect.arrayContaining([traceId]),
      ]);
    }
    const { traces } = await ask(`/waymark/traces?query=${encodeURIComponent('cart.items.sku:sugar')}`);
    expect(traces).toEqual([]);
    const page = await fetch(`${collector.url}/waymark/traces/${traceId}/share.html`);
    expect([page.status, await page.text()]).toEqual([200, expect.stringContaining('tea')]);
  });

  test("Zipkin's tags are JSON", async () => {
    const traceId = await send(zipkinExporter({ url: collector.zipkinUrl, env: {} }));
    const [{ tags }] = await ask(`/api/v2/trace/${traceId}`);
    expect(tags).toMatchObject({ mixed: mixedText, nothing: '', host: '{"disks":[1]}' });
    expect(tags.cart).toBe(
      '{"id":7,"ratio":0.5,"note":null,"items":[{"sku":"tea","tags":[]},{}],"":"","big":1152921504606846976}',
    );
  });
});
