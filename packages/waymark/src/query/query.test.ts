import type { Span } from '../model/span.ts';
import { completionAt } from './completion-at.ts';
import { formatTerm, termState, toggleTerm, withoutTerm, withTerm } from './edit-query.ts';
import { indexableTerms } from './indexable-terms.ts';
import { matchesSpan, matchesTrace } from './matches.ts';
import { parseQuery } from './parse-query.ts';
import { InvalidQuery } from './query.ts';

const span: Span = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  name: 'GET /users/:id',
  kind: 'server',
  startTimeUnixNano: '1700000000000000000',
  endTimeUnixNano: '1700000000250000000',
  attributes: {
    'http.route': '/users/:id',
    'http.response.status_code': 503,
    'user.id': 'u7',
    ratio: { doubleValue: 2 },
    big: { intValue: '9223372036854775807' },
    tags: ['red', 'green'],
    cached: false,
    constructor: 'toString',
    name: 'the attribute',
    'a key': 'a "quoted" value',
    empty: '',
    nothing: null,
    cart: {
      kvlistValue: {
        id: 9,
        items: [
          { kvlistValue: { sku: 'tea', price: { doubleValue: 4 } } },
          { kvlistValue: { sku: 'mug', tags: ['blue'] } },
        ],
        'a.b': { kvlistValue: { c: null } },
      },
    },
    'cart.total': 13,
  },
  events: [
    {
      timeUnixNano: '1700000000200000000',
      name: 'exception',
      attributes: { 'exception.type': 'TimeoutError', 'exception.message': 'Connection TIMED out' },
    },
  ],
  status: { code: 'error', message: 'upstream gone' },
  resource: { serviceName: 'orders', attributes: { 'service.name': 'orders', 'host.name': 'laptop' } },
  scope: { name: '@waymark/express', version: '1.2.0' },
};

const other: Span = {
  ...span,
  spanId: '00f067aa0ba902b8',
  name: 'SELECT',
  kind: 'client',
  attributes: { 'db.system.name': 'postgresql' },
  events: [],
  status: { code: 'unset' },
  resource: { serviceName: 'users', attributes: { 'service.name': 'users' } },
};

describe('a query on a span', () => {
  test.each([
    '',
    '   ',
    'service:orders',
    'service=orders',
    'service.name:orders',
    'scope:@waymark/express',
    'scope:@waymark/*',
    'scope:*',
    'otel.scope.name:@waymark/express',
    'otel.scope.version:1.2.0',
    '-scope:@waymark/fastify',
    'name:"GET /users/:id"',
    'name:GET*',
    'name:"GET /users"*',
    'name:*users*',
    'name:*:id',
    'name:G*users*d',
    'status:error',
    'status:ERROR',
    'kind:server',
    'dur>200ms',
    'dur>200',
    'dur>=250ms',
    'dur<=250ms',
    'dur<0.3s',
    'dur>249999us',
    'dur>249999µs',
    'dur>249999999ns',
    'dur<1m',
    'duration>.2s',
    'trace:4bf92f3577b34da6a3ce929d0e0e4736',
    'trace:4BF92F*',
    '4bf92f3577b34da6a3ce929d0e0e4736',
    'span:00f067aa0ba902b7',
    'http.route:"/users/:id"',
    'http.route:/users/:id',
    'http.response.status_code:503',
    'http.response.status_code>=500',
    'http.response.status_code:5*',
    'user.id:*',
    'empty:*',
    'empty:""',
    'ratio:2',
    'ratio>1.5',
    'big:9223372036854775807',
    'tags:green',
    'tags:gr*',
    'cached:false',
    'constructor:toString',
    'tostring',
    '"name":"the attribute"',
    '"a key":"a \\"quoted\\" value"',
    'host.name:laptop',
    'exception.type:Timeout*',
    'timed',
    '"timed out"',
    'upstream',
    'ORDERS',
    'exception',
    '/users',
    '503',
    'service:orders status:error dur>200ms http.route:"/users/:id" -host.name:server "timed"',
    'nothing:*',
    'nothing:null',
    'cart:*',
    'cart:*mug*',
    'cart.id:9',
    'cart.id>8',
    'cart.total:13',
    'cart.items.sku:mug',
    'cart.items.sku:m*',
    'cart.items.price<5',
    'cart.items.tags:blue',
    'cart.a.b.c:null',
    '"blue"',
    '"{\\"id\\":9"',
    'host.name:laptop -cart.id:8',
    'service:users OR status:error',
    'service:orders AND status:error',
    'NOT service:users',
    '-service:users',
    '- "user-agent" OR status:error',
    '--status:error',
    '-(service:users status:error)',
    'service:orders (status:ok OR kind:server)',
    'status:ok service:users OR kind:server',
  ])('%s holds', (text) => {
    expect(matchesSpan(parseQuery(text), span)).toBe(true);
  });

  test.each([
    'service:users',
    'service:order',
    'name:GET',
    'name:get*',
    'name:GET*GET',
    'name:*GET*GET*',
    'status:unset',
    'kind:client',
    'dur>250ms',
    'dur<250ms',
    'trace:4bf92f3577b34da6a3ce929d0e0e4737',
    'missing:*',
    'valueOf:*',
    'constructor',
    'user.id:u',
    'user.id>1',
    'user.id.x:*',
    'cart.sku:*',
    'cart.items.sku:sugar',
    'cart.a:*x*',
    'tags.x:*',
    'constructor.name:*',
    'empty>=0',
    '-user.id:*',
    'NOT status:error',
    'service:orders status:ok',
    'nowhere',
    'laptop',
    'service:users OR status:ok',
    'kind:client (status:error OR service:users)',
  ])('%s does not hold', (text) => {
    expect(matchesSpan(parseQuery(text), span)).toBe(false);
  });
});

describe('a query on a trace', () => {
  test.each([
    ['service:orders status:error', true],
    ['service:users status:error', false],
    ['service:users service:orders', false],
    ['{service:users} {service:orders}', true],
    ['{service:users} {service:orders status:error}', true],
    ['{service:orders} {service:users status:error}', false],
    ['{service:users} service:orders status:error', true],
    ['status:error {service:users} kind:client', false],
    ['{service:none} OR {service:users}', true],
    ['-{status:error}', false],
    ['-{service:none} {service:users}', true],
    ['-status:error', true],
  ])('%s: %s', (text, isMatch) => {
    expect(matchesTrace(parseQuery(text), [span, other])).toBe(isMatch);
  });

  test('with braces finds the spans that each pair asks for', () => {
    const query = parseQuery('{service:users} {service:orders} -{kind:producer}');
    expect([span, other].map((each) => matchesSpan(query, each))).toEqual([true, true]);
    expect(matchesSpan(parseQuery('{service:users} kind:client'), span)).toBe(false);
  });
});

describe('a string that is not a query', () => {
  test.each([
    ['service:', 0, 8, 'A value is missing after "service:". For any value, write service:*.'],
    ['a :b', 2, 3, 'A key is missing before ":": write a name in front, such as status:error.'],
    ['x "open', 2, 7, 'The quote is not closed: add a " at its end.'],
    ['(status:error', 0, 1, '"(" is not closed: add a ) where it ends.'],
    ['status:error)', 12, 13, '")" has no opening bracket: remove it, or put it in quotes.'],
    ['status:ok OR', 12, 12, 'The query ends where a term is expected, such as status:error.'],
    ['OR x', 0, 2, 'A term is missing before OR. To search for it as text, put it in quotes.'],
    ['x ()', 3, 4, 'A term is missing before ")". To search for it as text, put it in quotes.'],
    ['{a {b}}', 3, 4, 'Braces cannot be nested, as each pair is about one span: use ( ) instead.'],
    ['status:bad', 0, 10, 'status must be one of error, ok, unset, got "bad".'],
    ['dur:5ms', 0, 7, 'dur needs a comparison: write dur>5ms or dur<5ms.'],
    ['dur>soon', 0, 8, 'dur must be a duration, such as 200ms, 1.5s, 50us or 2m, got "soon".'],
    ['dur>5constructor', 0, 16, 'dur must be a duration, such as 200ms, 1.5s, 50us or 2m, got "5constructor".'],
    ['a.b>x', 0, 5, 'a.b> needs a number, got "x".'],
    ['trace:xyz', 0, 9, 'trace must be 32 hex digits, or the first of them and a *, got "xyz".'],
    ['name>5', 0, 6, 'name is a string and cannot be compared: write name:5, or name:5*.'],
  ])('%s is refused, with the position and what to write', (text, start, end, message) => {
    let refusal: unknown;
    try {
      parseQuery(text);
    } catch (error) {
      refusal = error;
    }
    expect(refusal).toBeInstanceOf(InvalidQuery);
    expect(refusal).toMatchObject({ message, start, end, code: 'WAYMARK_INVALID_QUERY' });
  });

  test('of 2001 characters, or nested 51 levels deep, is refused', () => {
    expect(() => parseQuery('x'.repeat(2000))).not.toThrow();
    expect(() => parseQuery('x'.repeat(2001))).toThrow('at most 2000 characters');
    expect(() => parseQuery(`${'('.repeat(50)}x${')'.repeat(50)}`)).not.toThrow();
    expect(() => parseQuery(`${'('.repeat(51)}x${')'.repeat(51)}`)).toThrow('nested deeper than 50 levels');
  });
});

describe('terms that an index can answer', () => {
  test.each([
    ['', [], true],
    ['service:a', [[{ key: 'service', value: 'a' }]], true],
    ['user.id:u7', [[{ key: 'attribute', name: 'user.id', value: 'u7' }]], true],
    [
      'service:a status:error',
      [[{ key: 'service', value: 'a' }], [{ key: 'status', value: 'error' }]],
      false, // not for one span
    ],
    ['{service:a} {service:b}', [[{ key: 'service', value: 'a' }], [{ key: 'service', value: 'b' }]], true],
    [
      'service:a OR service:b',
      [
        [
          { key: 'service', value: 'a' },
          { key: 'service', value: 'b' },
        ],
      ],
      true,
    ],
    ['service:a OR text', [], false],
    ['dur>5 name:x*', [[{ key: 'dur', minMs: 5, maxMs: Number.POSITIVE_INFINITY }]], false],
    ['-service:a', [], false],
    ['-{service:a}', [], false],
  ])('of %s', (text, groups, isExact) => {
    expect(indexableTerms(parseQuery(text))).toEqual({ groups, isExact });
  });
});

describe('editing by click', () => {
  test.each([
    ['', 'service', 'a', 'service:a'],
    ['status:error', 'http.route', '/users/:id', 'status:error http.route:/users/:id'],
    ['x', 'name', 'GET /', 'x name:"GET /"'],
    ['x', 'name', 'a*', 'x name:"a*"'],
    ['a OR b', 'service', 'c', '(a OR b) service:c'],
    ['(a OR b)', 'service', 'c', '(a OR b) service:c'],
    ['-service:c x', 'service', 'c', 'x service:c'],
    // As an attribute: without quotes it is another name for service.
    ['', 'service.name', 'a', '"service.name":a'],
  ])('adds to %s', (text, key, value, expected) => {
    expect(withTerm(text, key, value)).toBe(expected);
    expect(termState(expected, key, value)).toBe('included');
    expect(parseQuery(expected)).toBeDefined();
  });

  test.each([
    ['service:a', ''],
    ['x service:a y', 'x y'],
    ['x AND service:a AND y', 'x y'],
    ['service:a AND x', 'x'],
    ['x "service:a"', 'x "service:a"'],
    ['service:a OR x', 'service:a OR x'],
    ['(b c) -service:a', '(b c)'],
    ['service:a x service:a', 'x'],
  ])('takes from %s', (text, expected) => {
    expect(withoutTerm(text, 'service', 'a')).toBe(expected);
  });

  test('toggles a term, and reports whether it is excluded', () => {
    expect(termState('x -service:a', 'service', 'a')).toBe('excluded');
    expect(termState('x OR service:a', 'service', 'a')).toBe('none');
    expect(toggleTerm('x', 'service', 'a', { isExcluded: true })).toBe('x -service:a');
    expect(toggleTerm('x -service:a', 'service', 'a', { isExcluded: true })).toBe('x');
    expect(toggleTerm('x -service:a', 'service', 'a')).toBe('x service:a');
  });

  test('quotes a value so that it is parsed as the same value', () => {
    for (const value of ['a"b', '\\', 'a b', '*', '(x)', '', 'OR', '-x', '{y}', 'ü', 'a:b']) {
      const query = parseQuery(formatTerm('key', value));
      expect(query.condition).toMatchObject({ key: 'key', test: { operator: 'equals', value } });
    }
  });
});

describe('completion', () => {
  test.each([
    ['|', { prefix: '', start: 0, end: 0 }],
    ['serv|', { prefix: 'serv', start: 0, end: 4 }],
    ['a:b -ser|vi x', { prefix: 'ser', start: 5, end: 10 }],
    ['service:or|', { key: 'service', prefix: 'or', start: 8, end: 10 }],
    ['service:|', { key: 'service', prefix: '', start: 8, end: 8 }],
    ['(http.route:"/us|ers/:id" x', { key: 'http.route', prefix: '/us', start: 12, end: 24 }],
    ['http.route:"/users x|', { key: 'http.route', prefix: '/users x', start: 11, end: 20 }],
    ['dur>2|', undefined],
    ['"some te|', undefined],
    ['a:b |', { prefix: '', start: 4, end: 4 }],
    ['user-ag|', { prefix: 'user-ag', start: 0, end: 7 }],
  ])('at %s', (marked, expected) => {
    const caret = marked.indexOf('|');
    expect(completionAt(marked.replace('|', ''), caret)).toEqual(expected);
  });

  test('treats a caret behind the end as one at the end', () => {
    expect(completionAt('service:or', 50)).toEqual(completionAt('service:or', 10));
  });
});

test('a hostile string takes time linear in its length', () => {
  const long = { ...span, name: `${'a'.repeat(100_000)}b` };
  const startedMs = performance.now();
  expect(matchesSpan(parseQuery(`name:${'a*'.repeat(900)}c`), long)).toBe(false);
  completionAt('a:"\\'.repeat(500), 2000);
  expect(() => parseQuery('-'.repeat(2000))).toThrow(InvalidQuery);
  expect(performance.now() - startedMs).toBeLessThan(1000);
});
