import {
  type AttributeList,
  attributesToObject,
  collectAttributes,
  putAttribute,
  toAttributeValue,
} from './attributes.ts';

const noLimits = { countLimit: Number.POSITIVE_INFINITY, valueLengthLimit: Number.POSITIVE_INFINITY };

/** An object of which nothing can be read. */
const hostile = new Proxy([], {
  get() {
    throw new Error('get');
  },
  ownKeys() {
    throw new Error('ownKeys');
  },
});

const revoked = Proxy.revocable([], {});
revoked.revoke();

describe('a value', () => {
  test.each([
    [''],
    ['text'],
    [0],
    [-1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [true],
    [false],
    [[]],
    [['a', 'b']],
    [[1, 2]],
    [[true, false]],
    [[null]],
  ])('may be %j', (value) => {
    expect(toAttributeValue(value, Number.POSITIVE_INFINITY)).toEqual(value);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a bigint of more than 64 bits', 2n ** 63n],
    ['a negative one', -(2n ** 63n) - 1n],
    ['a symbol', Symbol('a')],
    ['a function', () => 1],
    ['an object', { a: 1 }],
    ['a date', new Date()],
    ['an array of numbers with a type', new Float64Array(1)],
    ['a buffer without a view', new ArrayBuffer(1)],
    ['an array of bytes', [new Uint8Array(1)]],
    ['a revoked proxy', revoked.proxy],
    ['an array of two types', ['a', 1]],
    ['an array of arrays', [['a']]],
    ['an array of objects', [{}]],
    ['an array that throws', hostile],
  ])('may not be %s', (_, value) => {
    expect(toAttributeValue(value, Number.POSITIVE_INFINITY)).toBeUndefined();
  });

  test.each([
    [5n, 5],
    [BigInt(Number.MAX_SAFE_INTEGER), Number.MAX_SAFE_INTEGER],
    [2n ** 53n, 2n ** 53n],
    [2n ** 63n - 1n, 2n ** 63n - 1n],
    [-(2n ** 63n), -(2n ** 63n)],
    [
      [1n, 2, null, 2n ** 53n],
      [1, 2, null, 2n ** 53n],
    ],
  ])('may be the bigint %p, as a number where that is exact', (value, kept) => {
    expect(toAttributeValue(value, 10)).toEqual(kept);
  });

  test('may be bytes, which are copied and cut to the limit', () => {
    const given = Buffer.from([0, 1, 2, 255]);
    const kept = toAttributeValue(given, 10);
    given[1] = 9;
    expect(kept).toEqual(new Uint8Array([0, 1, 2, 255]));
    expect(toAttributeValue(given.subarray(1), 2)).toEqual(new Uint8Array([9, 2]));
    expect(toAttributeValue(new Uint8Array(), 2)).toEqual(new Uint8Array());
  });

  test('keeps the holes of an array as null', () => {
    expect(toAttributeValue(['a', undefined, null], 10)).toEqual(['a', null, null]);
    expect(toAttributeValue(new Array(1), 10)).toEqual([null]);
  });

  test("is not changed through the caller's array", () => {
    const given = ['a'];
    const kept = toAttributeValue(given, 10);
    given.push('b');
    expect(kept).toEqual(['a']);
  });

  test('is cut to the limit, in an array too', () => {
    expect(toAttributeValue('abc', 3)).toBe('abc');
    expect(toAttributeValue('abcd', 3)).toBe('abc');
    expect(toAttributeValue('abcd', 0)).toBe('');
    expect(toAttributeValue(['abc', 'abcd', null], 3)).toEqual(['abc', 'abc', null]);
    expect(toAttributeValue(12_345, 3)).toBe(12_345);
  });

  test('is not cut between the halves of a surrogate pair', () => {
    expect(toAttributeValue('ab\u{1f642}c', 3)).toBe('ab');
    expect(toAttributeValue('ab\u{1f642}c', 4)).toBe('ab\u{1f642}');
    expect(toAttributeValue('\u{1f642}', 1)).toBe('');
  });
});

describe('setting', () => {
  test('replaces the value of a key in its place', () => {
    const list: AttributeList = [];
    expect(putAttribute(list, 'a', 1, noLimits)).toBe('set');
    expect(putAttribute(list, 'b', 2, noLimits)).toBe('set');
    expect(putAttribute(list, 'a', 'three', noLimits)).toBe('set');
    expect(list).toEqual(['a', 'three', 'b', 2]);
  });

  test('takes a value for no key', () => {
    const list: AttributeList = ['a', 'b'];
    putAttribute(list, 'b', 1, noLimits);
    expect(list).toEqual(['a', 'b', 'b', 1]);
  });

  test('takes attributes up to the limit, and still replaces when full', () => {
    const limits = { ...noLimits, countLimit: 2 };
    const list: AttributeList = [];
    const put = (key: string) => putAttribute(list, key, 1, limits);
    expect([put('a'), put('b'), put('c'), put('a')]).toEqual(['set', 'set', 'limit', 'set']);
    expect(list).toEqual(['a', 1, 'b', 1]);
    expect(putAttribute([], 'a', 1, { ...noLimits, countLimit: 0 })).toBe('limit');
  });

  test('refuses an empty key, a key that is no string, and a value that is none', () => {
    const list: AttributeList = [];
    const untyped: unknown = 5;
    expect(putAttribute(list, '', 1, noLimits)).toBe('invalid');
    expect(putAttribute(list, untyped as string, 1, noLimits)).toBe('invalid');
    expect(putAttribute(list, 'a', {}, noLimits)).toBe('invalid');
    expect(list).toEqual([]);
  });
});

describe('copying from an object', () => {
  test('skips undefined and null, and counts what is too much or no attribute', () => {
    const attributes = { a: 1, b: undefined, c: {}, '': 1, d: null, e: 2, f: 3 };
    expect(collectAttributes(attributes, { ...noLimits, countLimit: 2 })).toEqual({
      list: ['a', 1, 'e', 2],
      dropped: 1,
      invalid: ['c is an object', 'a key is empty'],
    });
  });

  test.each([
    [undefined, []],
    [null, []],
    ['text', ['attributes are a string']],
    [5, ['attributes are a number']],
    [() => 1, ['attributes are a function']],
    [new Map([['a', 1]]), ['attributes are a Map; use Object.fromEntries()']],
  ])('finds nothing in %p, and says so', (value, invalid) => {
    expect(collectAttributes(value, noLimits)).toEqual({ list: [], dropped: 0, invalid });
  });

  test('survives what throws when it is looked at, and loses what comes behind it', () => {
    const attributes = {
      a: 1,
      get b(): string {
        throw new Error('getter');
      },
      c: 1,
    };
    expect(collectAttributes(attributes, noLimits)).toEqual({
      list: ['a', 1],
      dropped: 0,
      invalid: ['attributes cannot be read'],
    });
    expect(collectAttributes(hostile, noLimits)).toEqual({
      list: [],
      dropped: 0,
      invalid: ['attributes cannot be read'],
    });
  });
});

test('keeps the order of keys, and takes __proto__ and integers for keys like any other', () => {
  const keys = ['10', '__proto__', '2', 'constructor', 'a'];
  const list: AttributeList = [];
  for (const key of keys) putAttribute(list, key, `value of ${key}`, noLimits);
  expect(list).toEqual(keys.flatMap((key) => [key, `value of ${key}`]));
  expect(Object.entries(attributesToObject(list)).sort()).toEqual(keys.map((key) => [key, `value of ${key}`]).sort());
});
