import { type Carrier, carrierGetter, carrierSetter } from './carrier.ts';

const read = (carrier: unknown) => carrierGetter.get(carrier as Carrier, 'traceparent'); // hostile ones too

describe('reading', () => {
  test.each<[string, Carrier, string | string[] | undefined]>([
    ['an object', { traceparent: 'a' }, 'a'],
    ['an object with capitals', { TraceParent: 'a' }, 'a'],
    ['an environment', { PATH: '/bin', TRACEPARENT: 'a' }, 'a'],
    ['an object that has it twice', { traceparent: 'a', Traceparent: 'b' }, ['a', 'b']],
    ['an object with an array', { traceparent: ['a', 'b'] }, ['a', 'b']],
    ['an object with an array of one', { traceparent: ['a'] }, 'a'],
    ['an object with an empty array', { traceparent: [] }, undefined],
    ['an object with an empty text', { traceparent: '' }, ''],
    ['an object with bytes', { traceparent: Buffer.from('\u00e4') }, '\u00e4'],
    ['an object with a part of an array of bytes', { traceparent: new Uint8Array([97, 98, 99]).subarray(1, 2) }, 'b'],
    ['an object with an array of bytes', { traceparent: [Buffer.from('a'), 'b'] }, ['a', 'b']],
    ['an object with a number', { traceparent: 5 }, undefined],
    ['an object with null', { traceparent: null }, undefined],
    ['an object with an object', { traceparent: { a: 1 } }, undefined],
    ['an object without prototype', Object.assign(Object.create(null), { traceparent: 'a' }), 'a'],
    ['an object with other names', { 'trace-parent': 'a', traceparents: 'b' }, undefined],
    ['an object that inherits it', Object.create({ traceparent: 'a' }), undefined],
    [
      'pairs',
      [
        ['x', '1'],
        ['TraceParent', 'a'],
      ],
      'a',
    ],
    [
      'pairs with repeated names',
      [
        ['traceparent', 'a'],
        ['Traceparent', ['b', 'c']],
      ],
      ['a', 'b', 'c'],
    ],
    ['no pairs', [], undefined],
    ['a Map', new Map([['traceparent', 'a']]), 'a'],
    ['a Map with capitals', new Map([['Traceparent', Buffer.from('a')]]), 'a'],
    ['a Headers', new Headers({ TraceParent: 'a' }), 'a'],
    ['a Headers without it', new Headers(), undefined],
    ['metadata with many values', { get: () => ['a', Buffer.from('b')], set() {} }, ['a', 'b']],
  ])('finds the fields in %s', (_, carrier, found) => {
    expect(read(carrier)).toEqual(found);
  });

  test.each([
    ['undefined', undefined],
    ['null', null],
    ['a text', 'traceparent'],
    ['a function', () => 'a'],
    ['entries that are no pairs', [null, 'traceparent', 5, [], [5, 'a'], { 0: 'traceparent', 1: 'a' }]],
    [
      'a Map with other keys',
      new Map<unknown, unknown>([
        [5, 'a'],
        [null, 'b'],
        [{}, 'c'],
      ]),
    ],
  ])('finds nothing in %s', (_, carrier) => {
    expect(read(carrier)).toBeUndefined();
  });

  test('does not read fields that it does not need', () => {
    const carrier = {
      get other(): string {
        throw new Error('getter');
      },
      traceparent: 'a',
    };
    expect(read(carrier)).toBe('a');
  });
});

describe('writing', () => {
  const write = (carrier: unknown) => {
    carrierSetter.set(carrier as Carrier, 'traceparent', 'new'); // hostile ones too
    return carrier;
  };

  test('writes to an object, and replaces the name in any case', () => {
    expect(write({})).toEqual({ traceparent: 'new' });
    expect(write({ TraceParent: 'old', TRACEPARENT: 'old', 'x-other': 'kept' })).toEqual({
      traceparent: 'new',
      'x-other': 'kept',
    });
  });

  test('writes to pairs, and replaces all with the name', () => {
    expect(
      write([
        ['TraceParent', 'old'],
        ['x-other', 'kept'],
        ['traceparent', 'old'],
      ]),
    ).toEqual([
      ['x-other', 'kept'],
      ['traceparent', 'new'],
    ]);
  });

  test('writes to a Map, and replaces the name in any case', () => {
    const map = new Map<unknown, unknown>([
      ['TraceParent', 'old'],
      [5, 'kept'],
    ]);
    expect([...(write(map) as typeof map)]).toEqual([
      [5, 'kept'],
      ['traceparent', 'new'],
    ]);
  });

  test('writes to a Headers', () => {
    expect([...(write(new Headers({ TraceParent: 'old' })) as Headers)]).toEqual([['traceparent', 'new']]);
  });

  test.each([[undefined], [null], ['text'], [5]])('ignores %p', (carrier) => {
    expect(write(carrier)).toBe(carrier);
  });
});
