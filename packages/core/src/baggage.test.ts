import { Baggage } from './baggage.ts';

const pairs = (baggage: Baggage): [string, string][] => [...baggage.entries()].map(([key, { value }]) => [key, value]);

test('starts empty', () => {
  expect(Baggage.empty.size).toBe(0);
  expect(Baggage.empty.get('user')).toBeUndefined();
  expect(Baggage.empty.getEntry('user')).toBeUndefined();
  expect(pairs(Baggage.empty)).toEqual([]);
});

test('returns new baggage for each change and leaves the old alone', () => {
  const one = Baggage.empty.set('user', 'alice');
  const two = one.set('cart', '7');
  const three = two.delete('user');
  expect(pairs(Baggage.empty)).toEqual([]);
  expect(pairs(one)).toEqual([['user', 'alice']]);
  expect(pairs(two)).toEqual([
    ['user', 'alice'],
    ['cart', '7'],
  ]);
  expect(pairs(three)).toEqual([['cart', '7']]);
});

test('replaces an entry in its place, properties included', () => {
  const baggage = Baggage.empty
    .set('a', '1', [{ key: 'p' }])
    .set('b', '2')
    .set('a', '3');
  expect(pairs(baggage)).toEqual([
    ['a', '3'],
    ['b', '2'],
  ]);
  expect(baggage.getEntry('a')).toEqual({ value: '3', properties: [] });
});

test('keeps properties in order, repeated ones too, and distinguishes bare from empty', () => {
  const properties = [{ key: 'p', value: '1' }, { key: 'q' }, { key: 'p', value: '' }];
  expect(Baggage.empty.set('a', '1', properties).getEntry('a')?.properties).toEqual([
    { key: 'p', value: '1' },
    { key: 'q', value: undefined },
    { key: 'p', value: '' },
  ]);
});

test('is not changed through what it was given or what it hands out', () => {
  const properties = [{ key: 'p', value: '1' }];
  const baggage = Baggage.empty.set('a', '1', properties);
  properties.push({ key: 'q', value: '2' });
  Object.assign(properties[0] ?? {}, { value: 'x' });
  expect(baggage.getEntry('a')).toEqual({ value: '1', properties: [{ key: 'p', value: '1' }] });

  const entry = baggage.getEntry('a');
  expect(() => Object.assign(entry ?? {}, { value: 'x' })).toThrow(TypeError);
  expect(() => Object.assign(entry?.properties ?? [], { 0: { key: 'x' } })).toThrow(TypeError);
  expect(() => Object.assign(entry?.properties[0] ?? {}, { value: 'x' })).toThrow(TypeError);
});

test("takes every character of an HTTP token in a key, and no other's", () => {
  const token = "!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
  for (let code = 0; code <= 0x17f; code++) {
    const key = `a${String.fromCharCode(code)}`;
    const isKept = Baggage.empty.set(key, '1').get(key) === '1';
    expect([code, isKept]).toEqual([code, token.includes(String.fromCharCode(code))]);
  }
});

test.each(['', ' ', 'a b', 'a=b', 'a,b', 'a;b', 'ä', 'a\r\nb'])('stays the same if the key %j is set', (key) => {
  const baggage = Baggage.empty.set('a', '1');
  expect(baggage.set(key, 'x')).toBe(baggage);
  expect(baggage.set('a', 'x', [{ key: 'p' }, { key }])).toBe(baggage);
});

test('comes back as it was when given a value that is no string, as a caller without types may', () => {
  const untyped: unknown = 7;
  expect(Baggage.empty.set('a', untyped as string)).toBe(Baggage.empty);
  expect(Baggage.empty.set('a', '1', [{ key: 'p', value: untyped as string }])).toBe(Baggage.empty);
});

test('stays the same if a missing entry is deleted', () => {
  const baggage = Baggage.empty.set('a', '1');
  expect(baggage.delete('b')).toBe(baggage);
  expect(baggage.delete('A')).toBe(baggage);
});

test('distinguishes keys by case', () => {
  expect(pairs(Baggage.empty.set('a', '1').set('A', '2'))).toEqual([
    ['a', '1'],
    ['A', '2'],
  ]);
});

test('takes __proto__, constructor and integers for keys like any other', () => {
  const keys = ['10', '__proto__', '2', 'constructor', 'toString', '1'];
  const baggage = keys.reduce((all, key) => all.set(key, `value of ${key}`), Baggage.empty);
  expect(pairs(baggage)).toEqual(keys.map((key) => [key, `value of ${key}`]));
  expect(baggage.delete('__proto__').get('__proto__')).toBeUndefined();
  expect(Baggage.empty.get('__proto__')).toBeUndefined();
  expect(Baggage.empty.get('constructor')).toBeUndefined();
});

test('takes any string for a value', () => {
  for (const value of ['', ' ', ',;="\\', '\r\n', '\u0000', 'Jürgen 🙂', '\ud800']) {
    expect(Baggage.empty.set('a', value).get('a')).toBe(value);
  }
});

test('is made of many entries at once: the last one of each key, and none that set would not take', () => {
  const properties = [{ key: 'p' }];
  const baggage = Baggage.from([
    ['a', { value: '1', properties }],
    ['b b', { value: '2', properties }],
    ['c', { value: '3', properties: [{ key: '' }] }],
    ['d', { value: '4', properties: [] }],
    ['a', { value: '5', properties: [] }],
  ]);
  expect(pairs(baggage)).toEqual([
    ['a', '5'],
    ['d', '4'],
  ]);
  expect(Baggage.from([])).toBe(Baggage.empty);
  expect(() => Object.assign(baggage.getEntry('a') ?? {}, { value: 'x' })).toThrow(TypeError);
});

describe('never throws, and stays as it was, where it is given', () => {
  const revoked = Proxy.revocable([], {});
  revoked.revoke();
  const hostile = {
    get key(): never {
      throw new Error('key');
    },
  };

  test.each<readonly [string, ...unknown[]]>([
    ['a symbol as key', Symbol('user'), 'alice'],
    ['a number as key', 5, 'alice'],
    ['undefined as key', undefined, 'alice'],
    ['null as key', null, 'alice'],
    ['a symbol as value', 'user', Symbol('alice')],
    ['a number as value', 'user', 5],
    ['a bigint as value', 'user', 5n],
    ['undefined as value', 'user', undefined],
    ['an object as value', 'user', { toString: () => 'alice' }],
    ['no list of properties', 'user', 'alice', 'secret'],
    ['a property that is none', 'user', 'alice', [null]],
    ['a property with a number as value', 'user', 'alice', [{ key: 'p', value: 1 }]],
    ['a property with a symbol as key', 'user', 'alice', [{ key: Symbol('p') }]],
    ['a property that throws', 'user', 'alice', [hostile]],
    ['a revoked proxy as properties', 'user', 'alice', revoked.proxy],
  ])('%s', (_, ...[key, value, properties]) => {
    const before = Baggage.empty.set('tenant', 'acme');
    expect(before.set(key as string, value as string, properties as [])).toBe(before);
    expect(Baggage.from([[key, { value, properties: properties ?? [] }]] as never).size).toBe(0);
  });
});

test('takes null for no properties', () => {
  expect(Baggage.empty.set('user', 'alice', null as never).getEntry('user')).toEqual({
    value: 'alice',
    properties: [],
  });
});
