import { describeException, exceptionMessage } from './exception.ts';

class PaymentError extends Error {}

class NamedError extends Error {
  override name = 'Named';
}

const stacktrace = expect.stringMatching(/^\w+: no\n {4}at /);

test.each<[string, unknown, object]>([
  ['an error', new Error('no'), { type: 'Error', message: 'no', stacktrace }],
  ['an error of a built-in class', new TypeError('no'), { type: 'TypeError', message: 'no', stacktrace }],
  ['an error of a class', new PaymentError('no'), { type: 'PaymentError', message: 'no', stacktrace }],
  ['an error with a name', new NamedError('no'), { type: 'Named', message: 'no', stacktrace }],
  [
    'an error of pg',
    Object.assign(new PaymentError('no'), { name: 'error', code: '22012' }),
    { type: 'PaymentError', message: 'no', stacktrace },
  ],
  [
    'an error with a code',
    Object.assign(new Error('no'), { code: 'ECONNREFUSED' }),
    { type: 'ECONNREFUSED', message: 'no', stacktrace },
  ],
  [
    'an error of a class with a code',
    Object.assign(new PaymentError('no'), { code: 'E1' }),
    { type: 'PaymentError', message: 'no', stacktrace },
  ],
  [
    'an error with a code and no message',
    Object.assign(new AggregateError([]), { code: 'ECONNREFUSED' }),
    { type: 'AggregateError', message: 'ECONNREFUSED', stacktrace: expect.stringMatching(/^AggregateError/) },
  ],
  ['an object with a message', { message: 'no' }, { type: 'Object', message: 'no' }],
  // What libraries pass to recordException() of OpenTelemetry's API, which asks for no more.
  ['an object with a name', { name: 'Error', message: 'no' }, { type: 'Error', message: 'no' }],
  ['an object with a name and a code', { name: 'Error', message: 'no', code: 'E1' }, { type: 'E1', message: 'no' }],
  ['an object with a code', { name: 'error', message: 'no', code: '42P01' }, { type: '42P01', message: 'no' }],
  ['an object with a number as code', { message: 'no', code: 404 }, { type: '404', message: 'no' }],
  [
    'an object with a name that says something',
    { name: 'NotFound', message: 'no', code: 404 },
    { type: 'NotFound', message: 'no' },
  ],
  ['an object without one', { a: 1 }, { type: 'Object', message: '[object Object]' }],
  ['an object with a code alone', { code: 12 }, { type: '12', message: '12' }],
  ['an object with a name alone', { name: 'Refused' }, { type: 'Refused', message: 'Refused' }],
  ['an object without prototype', Object.create(null), { type: 'Error', message: '(a value without a text)' }],
  ['a text', 'no', { message: 'no' }],
  ['an empty text', '', { message: '' }],
  ['a number', 5, { message: '5' }],
  ['null', null, { message: 'null' }],
  ['undefined', undefined, { message: 'undefined' }],
  ['a symbol', Symbol('no'), { message: 'Symbol(no)' }],
])('describes %s', (_, exception, parts) => {
  const expected = Object.entries(parts).map(([name, value]) => [`exception.${name}`, value]);
  const described = Object.entries(describeException(exception)).filter(([, value]) => value !== undefined);
  expect(described).toEqual(expected);
});

test('includes the causes in the stack', () => {
  const inner = Object.assign(new Error('connect ECONNREFUSED'), { cause: 'the network' });
  const outer = new TypeError('fetch failed', { cause: inner });
  const { 'exception.stacktrace': text } = describeException(outer);
  expect(text).toBe(`${outer.stack}\n[cause]: ${inner.stack}\n[cause]: the network`);
});

test('includes four causes and no fifth, so that a circle ends', () => {
  const error: { stack: string; cause?: unknown } = { stack: 'round' };
  error.cause = error;
  const { 'exception.stacktrace': text } = describeException(error);
  expect(text).toBe(`round${'\n[cause]: round'.repeat(4)}`);
});

test('bears with anything that throws when it is looked at', () => {
  const hostile = new Proxy(
    {},
    {
      get() {
        throw new Error('get');
      },
    },
  );
  expect(describeException(hostile)).toEqual({
    'exception.type': 'Error',
    'exception.message': '(a value without a text)',
    'exception.stacktrace': undefined,
  });
  expect(exceptionMessage(hostile)).toBe('(a value without a text)');
});

describe('an AggregateError', () => {
  const withStack = (message: string, more: object = {}): Error =>
    Object.assign(new Error(message), { stack: message }, more);
  const stackOfAll = (errors: unknown[], more: object = {}): unknown =>
    describeException(Object.assign(new AggregateError(errors, 'all'), { stack: 'all' }, more))['exception.stacktrace'];

  test('has the stacks of its errors, with their causes, behind its own', () => {
    expect(stackOfAll([withStack('a', { cause: withStack('why') }), 'text', null])).toBe(
      'all\n[errors 0]: a\n[cause]: why\n[errors 1]: text\n[errors 2]: null',
    );
  });

  test('has its cause first, and those within one another', () => {
    const inner = Object.assign(new AggregateError([withStack('b')], 'inner'), { stack: 'inner' });
    expect(stackOfAll([inner], { cause: withStack('why') })).toBe(
      'all\n[cause]: why\n[errors 0]: inner\n[errors 0]: b',
    );
  });

  test('has eight of many, and is bounded in length', () => {
    const many = Array.from({ length: 100 }, (_, index) => withStack(`e${index}`));
    const lines = String(stackOfAll(many)).split('\n');
    expect([lines.length, lines.at(-2), lines.at(-1)]).toEqual([10, '[errors 7]: e7', '[errors 8]: …']);
    const long = Array.from({ length: 8 }, () => withStack('x'.repeat(10_000)));
    expect(String(stackOfAll(long)).length).toBeLessThan(17_000);
  });

  test('ends where it contains itself', () => {
    const errors: unknown[] = [];
    const circle = Object.assign(new AggregateError([], 'circle'), { stack: 'circle', errors });
    errors.push(circle, circle);
    expect(String(describeException(circle)['exception.stacktrace']).split('\n').length).toBeLessThan(20);
  });

  test('is read where it is hostile', () => {
    const revoked = Proxy.revocable([], {});
    revoked.revoke();
    for (const errors of [revoked.proxy, null, 5, { length: 1e9 }]) {
      expect(stackOfAll([], { errors })).toBe('all');
    }
    expect(stackOfAll([revoked.proxy])).toBe('all\n[errors 0]: (a value without a text)');
  });
});

test('errors that other libraries keep in a list are not taken for their own', () => {
  const error = Object.assign(new Error('invalid'), { stack: 'invalid', errors: [new Error('a')] });
  expect(describeException(error)['exception.stacktrace']).toBe('invalid');
});
