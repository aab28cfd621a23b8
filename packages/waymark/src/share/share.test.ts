import { sketchTrace } from '../../test/sketch-trace.ts';
import type { Span } from '../model/span.ts';
import { redactTrace } from './redact-trace.ts';
import { shareFileName } from './render-share-html.ts';
import { packTrace, unpackTrace } from './share-format.ts';
import { listSharedKeys } from './shared-keys.ts';

const [root, query] = sketchTrace('a server root 0-100\n  b client query 10-20 SELECT 1') as [Span, Span];
const exception = { 'exception.message': 'no such user: ada@example.org' };
const spans: readonly Span[] = [
  {
    ...root,
    attributes: { 'http.route': '/users', 'user.email': 'ada@example.org' },
    scope: { name: 'test', version: '1' },
  },
  {
    ...query,
    events: [{ timeUnixNano: root.startTimeUnixNano, name: 'exception', attributes: exception }],
    status: { code: 'error', message: 'ada' },
  },
];

test('unpacking gives the spans that were packed', () => {
  const packed = packTrace(spans, { sharedMs: 1, removed: [] });
  expect(unpackTrace(JSON.parse(JSON.stringify(packed)))).toEqual(spans);
});

test('a resource that spans share is packed once', () => {
  const copies = Array.from({ length: 10 }, () => structuredClone(spans[0] as Span));
  const { resources, scopes } = packTrace(copies, { sharedMs: 1, removed: [] });
  expect([resources.length, scopes.length]).toEqual([1, 1]);
});

test('a file of another format is refused', () => {
  const packed = { ...packTrace(spans, { sharedMs: 1, removed: [] }), version: 2 as 1 };
  expect(() => unpackTrace(packed)).toThrow('This file has format 2, and its page reads format 1 only.');
});

test('lists all keys, and marks those of personal data', () => {
  expect(listSharedKeys(spans)).toEqual([
    { key: 'service.name', count: 2, example: 'a', isSensitive: false },
    { key: 'db.query.text', count: 1, example: 'SELECT 1', isSensitive: false },
    { key: 'exception.message', count: 1, example: 'no such user: ada@example.org', isSensitive: false },
    { key: 'http.route', count: 1, example: '/users', isSensitive: false },
    { key: 'status.message', count: 1, example: 'ada', isSensitive: false },
    { key: 'user.email', count: 1, example: 'ada@example.org', isSensitive: true },
  ]);
});

describe('the parts of a map', () => {
  const cart = {
    kvlistValue: { coupon: 'c1', email: 'ada@example.org', items: [{ kvlistValue: { sku: 'tea' } }], tags: ['a', 'b'] },
  };
  const withMap: readonly Span[] = [{ ...(spans[0] as Span), attributes: { cart }, events: [] }];

  function kept(options: Parameters<typeof redactTrace>[1]): unknown {
    return redactTrace(withMap, options).spans[0]?.attributes;
  }

  test('are listed by their paths', () => {
    expect(listSharedKeys(withMap).filter(({ key }) => key.startsWith('cart'))).toEqual([
      { key: 'cart.coupon', count: 1, example: 'c1', isSensitive: false },
      { key: 'cart.email', count: 1, example: 'ada@example.org', isSensitive: true },
      { key: 'cart.items.sku', count: 1, example: 'tea', isSensitive: false },
      { key: 'cart.tags', count: 1, example: '["a","b"]', isSensitive: false },
    ]);
  });

  test('are left out and kept by their paths', () => {
    const { coupon, items, tags } = cart.kvlistValue;
    expect(kept({})).toEqual({ cart: { kvlistValue: { coupon, items, tags } } });
    expect(kept({ also: new Set(['cart.coupon']) })).toEqual({ cart: { kvlistValue: { items, tags } } });
    expect(kept({ also: new Set(['cart']) })).toEqual({});
    expect(kept({ keep: new Set(['cart.email']) })).toEqual({ cart });
    expect(kept({ without: new Set(['cart.items.sku', 'cart.email']) })).toEqual({
      cart: { kvlistValue: { coupon, items: [{ kvlistValue: {} }], tags } },
    });
  });
});

test('removes a left-out key everywhere', () => {
  const without = new Set(['user.email', 'exception.message', 'status.message']);
  const { spans: kept, removed } = redactTrace(spans, { without });
  expect(JSON.stringify(kept)).not.toContain('ada');
  expect(kept[0]?.attributes).toEqual({ 'http.route': '/users' });
  expect(kept[1]?.status).toEqual({ code: 'error' });
  expect(
    removed
      .filter(({ kind }) => kind === 'key')
      .map(({ where }) => where)
      .sort(),
  ).toEqual([...without].sort());
  // The given spans are not changed.
  expect(spans[0]?.attributes).toHaveProperty(['user.email']);
});

test('a file is named after the first digits of its trace id', () => {
  expect(shareFileName('4bf92f3577b34da6a3ce929d0e0e4736')).toBe('trace-4bf92f35.html');
  expect(shareFileName('../../etc')).toBe('trace-etc.html');
});
