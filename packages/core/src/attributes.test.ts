import { type AttributeList, attributesToObject, collectAttributes, putAttribute } from './attributes.ts';
import { noValueLimits } from './copy-attribute-value.ts';

const noLimits = { countLimit: Number.POSITIVE_INFINITY, ...noValueLimits };
const ignored = { count(): void {} };

/** Collects the descriptions of what is left out. */
function recorder(): { readonly seen: unknown[]; count(reason: string, detail?: unknown): void } {
  const seen: unknown[] = [];
  return { seen, count: (_, detail) => seen.push(detail) };
}

/** An object of which nothing can be read. */
const hostile = new Proxy([], {
  get() {
    throw new Error('get');
  },
  ownKeys() {
    throw new Error('ownKeys');
  },
});

describe('setting', () => {
  test('replaces the value of a key in its place', () => {
    const list: AttributeList = [];
    expect(putAttribute(list, 'a', 1, noLimits, ignored)).toBe('set');
    expect(putAttribute(list, 'b', 2, noLimits, ignored)).toBe('set');
    expect(putAttribute(list, 'a', 'three', noLimits, ignored)).toBe('set');
    expect(list).toEqual(['a', 'three', 'b', 2]);
  });

  test('takes a value for no key', () => {
    const list: AttributeList = ['a', 'b'];
    putAttribute(list, 'b', 1, noLimits, ignored);
    expect(list).toEqual(['a', 'b', 'b', 1]);
  });

  test('takes attributes up to the limit, and still replaces when full', () => {
    const limits = { ...noLimits, countLimit: 2 };
    const list: AttributeList = [];
    const put = (key: string) => putAttribute(list, key, 1, limits, ignored);
    expect([put('a'), put('b'), put('c'), put('a')]).toEqual(['set', 'set', 'limit', 'set']);
    expect(list).toEqual(['a', 1, 'b', 1]);
    expect(putAttribute([], 'a', 1, { ...noLimits, countLimit: 0 }, ignored)).toBe('limit');
  });

  test('refuses an empty key, a key that is no string, and a value that is none', () => {
    const list: AttributeList = [];
    const { seen, count } = recorder();
    const untyped: unknown = 5;
    expect(putAttribute(list, '', 1, noLimits, { count })).toBe('invalid');
    expect(putAttribute(list, untyped as string, 1, noLimits, { count })).toBe('invalid');
    expect(putAttribute(list, 'a', () => 1, noLimits, { count })).toBe('invalid');
    expect(list).toEqual([]);
    expect(seen).toEqual(['a key is empty', 'a key is not a string', 'a is a function']);
  });
});

describe('copying from an object', () => {
  function collect(attributes: unknown, limits = noLimits): unknown {
    const { seen, count } = recorder();
    return { ...collectAttributes(attributes, limits, { count }), seen };
  }

  test('skips undefined, and counts what is too much or no attribute', () => {
    const attributes = { a: 1, b: undefined, c: Symbol('c'), '': 1, d: null, e: 2, f: { a: [1, Symbol('g')] } };
    expect(collect(attributes, { ...noLimits, countLimit: 2 })).toEqual({
      list: ['a', 1, 'd', null],
      dropped: 2,
      seen: ['c is a symbol', 'a key is empty', 'f.a.1 is a symbol'],
    });
  });

  test.each([
    [undefined, []],
    [null, []],
    ['text', ['attributes are a string']],
    [5, ['attributes are a number']],
    [() => 1, ['attributes are a function']],
    [new Map([['a', 1]]), ['attributes are a Map; use Object.fromEntries()']],
  ])('finds nothing in %p, and says so', (value, seen) => {
    expect(collect(value)).toEqual({ list: [], dropped: 0, seen });
  });

  test('survives what throws when it is looked at, and loses what comes behind it', () => {
    const attributes = {
      a: 1,
      get b(): string {
        throw new Error('getter');
      },
      c: 1,
    };
    expect(collect(attributes)).toEqual({ list: ['a', 1], dropped: 0, seen: ['attributes cannot be read'] });
    expect(collect(hostile)).toEqual({ list: [], dropped: 0, seen: ['attributes cannot be read'] });
  });
});

test('keeps the order of keys, and takes __proto__ and integers for keys like any other', () => {
  const keys = ['10', '__proto__', '2', 'constructor', 'a'];
  const list: AttributeList = [];
  for (const key of keys) putAttribute(list, key, `value of ${key}`, noLimits, ignored);
  expect(list).toEqual(keys.flatMap((key) => [key, `value of ${key}`]));
  expect(Object.entries(attributesToObject(list)).sort()).toEqual(keys.map((key) => [key, `value of ${key}`]).sort());
});
