import { copyWith } from './copy-with.ts';

class Order {
  #value = 'paid';
  readonly key = 'order-7';
  get value(): string {
    return this.#value;
  }
  get partition(): number {
    return 3;
  }
}

test('the copy of an instance has what its getters read from private fields', () => {
  const order = new Order();
  const copy = copyWith(order, { headers: { own: 'kept' } });
  expect(copy).toBeInstanceOf(Order);
  expect([copy.value, copy.key, copy.partition]).toEqual(['paid', 'order-7', 3]);
  expect({ ...copy }).toEqual({ key: 'order-7', headers: { own: 'kept' } }); // a spread of the instance has no values of getters either
  expect(Object.keys(order)).toEqual(['key']);
});

test('a frozen instance is copied, with other values', () => {
  const given = Object.freeze(Object.assign(new Order(), { headers: { own: 'kept' } }));
  const copy = copyWith(given, { headers: { traceparent: 'x' } });
  expect(copy.headers).toEqual({ traceparent: 'x' });
  expect(given.headers).toEqual({ own: 'kept' });
});
