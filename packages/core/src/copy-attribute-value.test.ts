import { runInNewContext } from 'node:vm';
import fc from 'fast-check';
import { copyAttributeValue, noValueLimits } from './copy-attribute-value.ts';

/** The copy, and what was left out of it. */
function copy(value: unknown, limits = noValueLimits): { kept: unknown; lost: unknown[] } {
  const lost: unknown[] = [];
  const kept = copyAttributeValue('a', value, limits, { count: (_, detail) => lost.push(detail) });
  return { kept, lost };
}

function withLength(valueLengthLimit: number): typeof noValueLimits {
  return { ...noValueLimits, valueLengthLimit };
}

/** An object of which nothing can be read. */
const hostile: object = new Proxy([], {
  get() {
    throw new Error('get');
  },
  ownKeys() {
    throw new Error('ownKeys');
  },
});

const revoked = Proxy.revocable({}, {});
revoked.revoke();

/** Nested `levels` deep: `{ a: { a: … } }`. */
function nested(levels: number): object {
  let value = {};
  for (let level = 1; level < levels; level++) value = { a: value };
  return value;
}

function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

describe('is kept as it is given:', () => {
  test.each([
    [''],
    ['text'],
    [0],
    [-1.5],
    [Number.NaN],
    [Number.POSITIVE_INFINITY],
    [true],
    [false],
    [null],
    [[]],
    [['a', 'b']],
    [[1, 2]],
    [[true, false]],
    [[null]],
    [['a', 1, true, null, 2n ** 60n]],
    [[['a'], [], [[1]]]],
    [{}],
    [{ id: 7, name: 'Ada', tags: ['a', 'b'], address: { city: 'London', zip: null } }],
    [[{ role: 'user', parts: [{ text: 'hi' }] }]],
    [{ '': 1, constructor: 'a', toString: 1, 10: 'x' }],
    [new Uint8Array([1, 2])],
    [{ bytes: [new Uint8Array([0, 255])] }],
    [2n ** 63n - 1n],
    [-(2n ** 63n)],
  ])('%p', (value) => {
    expect(copy(value)).toEqual({ kept: value, lost: [] });
  });
});

describe('is kept in another form:', () => {
  test.each<[string, unknown, unknown]>([
    ['a small bigint as a number', [5n, BigInt(Number.MAX_SAFE_INTEGER)], [5, Number.MAX_SAFE_INTEGER]],
    ['holes and undefined of an array as null', [undefined, new Array(1)], [null, [null]]],
    ['an object without its undefined', { a: undefined, b: 1 }, { b: 1 }],
    ['an object without a prototype', Object.assign(Object.create(null), { b: 1 }), { b: 1 }],
    ['an object of another realm', runInNewContext('({ a: [1] })'), { a: [1] }],
    ['a date as ISO 8601', { at: new Date(0) }, { at: '1970-01-01T00:00:00.000Z' }],
    ['an invalid date as null', new Date(Number.NaN), null],
    ['a URL as a string', new URL('http://a/b'), 'http://a/b'],
    [
      'what toJSON() returns',
      {
        cart: new (class {
          toJSON = (key: string): unknown => ({ key, items: [{ toJSON: () => 1 }] });
        })(),
      },
      { cart: { key: 'cart', items: [1] } },
    ],
    ['bytes of toJSON()', { toJSON: () => Buffer.from('a') }, new Uint8Array([97])],
    [
      'a map as an object',
      new Map<unknown, unknown>([
        ['a', 1],
        [2, new Map([['b', []]])],
      ]),
      { a: 1, 2: { b: [] } },
    ],
    ['a set as an array', new Set(['a', undefined, [1]]), ['a', null, [1]]],
    [
      'an array with a type as an array',
      { vector: new Float64Array([0.5, 1]), big: new BigInt64Array([1n]) },
      { vector: [0.5, 1], big: [1] },
    ],
    [
      'a buffer as bytes',
      [Buffer.from('a'), new ArrayBuffer(1), new DataView(new Uint8Array([1, 2, 3]).buffer, 1, 1)],
      [new Uint8Array([97]), new Uint8Array(1), new Uint8Array([2])],
    ],
    ['a boxed primitive', [new String('a'), new Number(1), new Boolean(false), Object(1n)], ['a', 1, false, 1]],
    ['an error as type and message', { reason: new RangeError('too far') }, { reason: 'RangeError: too far' }],
    [
      'an error, whose toJSON() has headers',
      Object.assign(new TypeError('no'), { toJSON: () => ({ authorization: 'x' }) }),
      'TypeError: no',
    ],
    [
      'one object in two places',
      ((shared) => ({ a: shared, b: [shared, shared] }))({ c: 1 }),
      { a: { c: 1 }, b: [{ c: 1 }, { c: 1 }] },
    ],
  ])('%s', (_, value, kept) => {
    expect(copy(value)).toEqual({ kept, lost: [] });
  });

  test('a key such as __proto__ as a key like any other', () => {
    const { kept } = copy(JSON.parse('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}'));
    expect(JSON.stringify(kept)).toBe('{"__proto__":{"isAdmin":true},"a":{"__proto__":1}}');
    expect((kept as { isAdmin?: boolean }).isAdmin).toBeUndefined();
    expect(({} as { isAdmin?: boolean }).isAdmin).toBeUndefined();
  });
});

describe('is left out, and counted:', () => {
  test.each<[string, unknown, string]>([
    ['a bigint of more than 64 bits', 2n ** 63n, 'a is a bigint of more than 64 bits'],
    ['a negative one', -(2n ** 63n) - 1n, 'a is a bigint of more than 64 bits'],
    ['a symbol', Symbol('a'), 'a is a symbol'],
    ['a function', () => 1, 'a is a function'],
    ['a promise', Promise.resolve(1), 'a is a promise, which must be awaited first'],
    [
      'an instance of a class',
      new (class Cart {
        items = [1];
      })(),
      'a is an instance of Cart without toJSON()',
    ],
    ['one without a name', new (class {})(), 'a is an instance of a class without toJSON()'],
    ['a pattern', /a/, 'a is an instance of RegExp without toJSON()'],
    ['a generator', (function* () {})(), 'a is an instance of a class without toJSON()'],
    ['a revoked proxy', revoked.proxy, 'a cannot be read'],
    ['an array that throws', hostile, 'a cannot be read'],
    [
      'a toJSON() that throws',
      {
        toJSON: () => {
          throw new Error('no');
        },
      },
      'a cannot be read',
    ],
    ['an array of 10^9 holes', new Array(1e9), 'a has more than 65536 parts'],
    [
      'a set that is too large',
      new Set(Array.from({ length: 65_537 }, (_, index) => index)),
      'a has more than 65536 parts',
    ],
    [
      'an object that is too large',
      Array.from({ length: 300 }, () => Array.from({ length: 300 }, () => 1)),
      'a has more than 65536 parts',
    ],
  ])('%s', (_, value, what) => {
    expect(copy(value)).toEqual({ kept: undefined, lost: [what] });
  });

  test('a part, without the others', () => {
    const user: Record<string, unknown> = {
      id: 7,
      save: () => 1,
      get secret(): string {
        throw new Error('getter');
      },
      list: ['a', Symbol('b'), 'c'],
    };
    user.self = user;
    user.friends = [{ of: user }];
    expect(copy({ user })).toEqual({
      kept: { user: { id: 7, list: ['a', null, 'c'], friends: [{}] } },
      lost: ['a.user.save is a function, and 4 more in it'],
    });
  });

  test('what toJSON() makes anew without end', () => {
    const endless = { toJSON: (): object => ({ next: { ...endless } }) };
    const { kept, lost } = copy(endless);
    expect(depthOf(kept)).toBe(30);
    expect(lost).toHaveLength(1);
  });

  test('a proxy whose parts are proxies without end', () => {
    const proxyOf = (part: () => unknown): object =>
      new Proxy(
        {},
        {
          ownKeys: () => ['a', 'b', 'c'],
          getOwnPropertyDescriptor: () => ({ enumerable: true, configurable: true }),
          get: (_, key) => (key === 'toJSON' ? undefined : part()),
        },
      );
    const endless: object = proxyOf(() => endless);
    const alwaysNew = (): object => proxyOf(alwaysNew);
    expect(copy(endless)).toEqual({ kept: {}, lost: ['a.a is an object inside itself, and 2 more in it'] });
    expect(copy(alwaysNew())).toEqual({ kept: undefined, lost: ['a has more than 65536 parts'] });
  });

  test('what is below the deepest level, which becomes null', () => {
    expect(copy(nested(30))).toEqual({ kept: nested(30), lost: [] });
    const { kept, lost } = copy(nested(31));
    expect(depthOf(kept)).toBe(30);
    expect(JSON.stringify(kept)).toContain('{"a":null}');
    expect(lost).toEqual([expect.stringMatching(/^a\.a\.a.* is deeper than 30 levels$/)]);
    const limits = { ...noValueLimits, depthLimit: 1 };
    expect(copy({ a: 1, b: {}, c: [], d: new Date(0) }, limits)).toEqual({
      kept: { a: 1, b: null, c: null, d: '1970-01-01T00:00:00.000Z' },
      lost: ['a.b is deeper than 1 level, and 1 more in it'],
    });
  });
});

test('is not changed by the caller afterwards', () => {
  const bytes = Buffer.from([1]);
  const given = { list: ['a'], map: { a: 1 }, bytes };
  const { kept } = copy(given);
  given.list.push('b');
  given.map.a = 2;
  bytes[0] = 9;
  expect(kept).toEqual({ list: ['a'], map: { a: 1 }, bytes: new Uint8Array([1]) });
});

describe('the limit of the length', () => {
  test('cuts each string and each bytes, at any depth', () => {
    const bytes = new Uint8Array([1, 2, 3, 4]);
    const value = ['abc', 'abcd', null, { text: 'abcd', list: [['abcd']], bytes, number: 12_345, abcd: '' }];
    const cut = new Uint8Array([1, 2, 3]);
    const kept = ['abc', 'abc', null, { text: 'abc', list: [['abc']], bytes: cut, number: 12_345, abcd: '' }];
    expect(copy(value, withLength(3))).toEqual({ kept, lost: [] });
    expect(copy(bytes, withLength(3)).kept).toEqual(cut);
    expect(copy('abcd', withLength(0)).kept).toBe('');
    expect(copy(new Error('abcd'), withLength(8)).kept).toBe('Error: a');
  });

  test('does not cut between the halves of a surrogate pair', () => {
    expect(copy('ab\u{1f642}c', withLength(3)).kept).toBe('ab');
    expect(copy('ab\u{1f642}c', withLength(4)).kept).toBe('ab\u{1f642}');
    expect(copy('\u{1f642}', withLength(1)).kept).toBe('');
  });
});

test('any JSON is kept as it is, and nothing throws', () => {
  const settings = { noNullPrototype: true, maxDepth: 10 };
  fc.assert(
    fc.property(fc.jsonValue(settings), (value) => {
      expect(copy(value)).toEqual({ kept: value, lost: [] });
    }),
  );
  fc.assert(
    fc.property(
      fc.anything({
        withBigInt: true,
        withBoxedValues: true,
        withDate: true,
        withMap: true,
        withNullPrototype: true,
        withObjectString: true,
        withSet: true,
        withSparseArray: true,
        withTypedArray: true,
      }),
      (value) => {
        copy(value);
      },
    ),
  );
});
