import type { Span } from '../../model/span.ts';
import { countFacets } from './count-facets.ts';

function traceWith(number: number, attributes: Span['attributes']): Span[] {
  return [
    {
      traceId: number.toString(16).padStart(32, '0'),
      spanId: '1'.repeat(16),
      name: 'GET /',
      kind: 'server',
      startTimeUnixNano: '1700000000000000000',
      endTimeUnixNano: '1700000000001000000',
      attributes,
      resource: { serviceName: 'shop', attributes: { 'deployment.environment.name': 'test' } },
    },
  ];
}

test("common attributes come first, then the application's, then ports and addresses", () => {
  const traces = Array.from({ length: 30 }, (_, number) =>
    traceWith(number, {
      'client.address': `10.0.0.${number % 3}`,
      'http.route': '/',
      'network.peer.port': 40_000 + (number % 7),
      'server.address': `shop-${number % 2}`,
      'shop.plan': number % 2 === 0 ? 'free' : 'paid',
    }),
  );
  expect(countFacets(traces).facets.map(({ key }) => key)).toEqual([
    'service',
    'status',
    'name',
    'kind',
    'http.route',
    'deployment.environment.name',
    'shop.plan',
    'client.address',
    'network.peer.port',
    'server.address',
  ]);
});

test('the parts of maps and the items of lists are counted by their own keys, as queries find them', () => {
  const traces = Array.from({ length: 30 }, (_, number) =>
    traceWith(number, {
      cart: {
        kvlistValue: {
          plan: number % 2 === 0 ? 'free' : 'paid',
          items: [{ kvlistValue: { sku: number % 3 === 0 ? 'tea' : 'mug' } }],
        },
      },
      tags: ['red', number % 2 === 0 ? 'even' : 'odd'],
    }),
  );
  const facets = countFacets(traces).facets.filter(({ key }) => /^(cart|tags)/.test(key));
  expect(facets).toEqual([
    {
      key: 'cart.items.sku',
      values: [
        { value: 'mug', count: 20 },
        { value: 'tea', count: 10 },
      ],
      otherValueCount: 0,
    },
    {
      key: 'cart.plan',
      values: [
        { value: 'free', count: 15 },
        { value: 'paid', count: 15 },
      ],
      otherValueCount: 0,
    },
    {
      key: 'tags',
      values: [
        { value: 'red', count: 30 },
        { value: 'even', count: 15 },
        { value: 'odd', count: 15 },
      ],
      otherValueCount: 0,
    },
  ]);
});
