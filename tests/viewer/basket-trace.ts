import type { MadeSpan } from './made-trace.ts';

/** A basket with an N+1 and a failed charge. */
export function makeBasketTrace(): MadeSpan[] {
  const id = (number: number) => number.toString(16).padStart(16, '0');
  return [
    { spanId: id(1), service: 'gateway', name: 'GET /basket', kind: 'server', startMs: 0, durationMs: 100 },
    { spanId: id(2), parentSpanId: id(1), service: 'gateway', name: 'GET', kind: 'client', startMs: 2, durationMs: 95 },
    {
      spanId: id(3),
      parentSpanId: id(2),
      service: 'orders',
      name: 'GET /baskets/:id',
      kind: 'server',
      startMs: 4,
      durationMs: 90,
    },
    ...Array.from(
      { length: 12 },
      (_, index): MadeSpan => ({
        spanId: id(16 + index),
        parentSpanId: id(3),
        service: 'orders',
        name: 'SELECT',
        kind: 'client',
        startMs: 6 + index * 5,
        durationMs: 4,
        attributes: {
          'db.system.name': 'postgresql',
          'db.query.text': `SELECT * FROM products WHERE name = 'product_${index}'`,
        },
      }),
    ),
    {
      spanId: id(255),
      parentSpanId: id(3),
      service: 'orders',
      name: 'chargeCard',
      startMs: 70,
      durationMs: 20,
      error: { type: 'CardDeclined', message: 'the bank said no' },
    },
  ];
}
