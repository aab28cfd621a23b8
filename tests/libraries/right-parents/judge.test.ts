// The judge finds what it looks for: the tables that it makes are worth no more than this.
import type { ExportedSpan } from './exported-spans.ts';
import { judge } from './judge.ts';

const [first, second] = [1_000_000, 1_000_001];

function span(id: string, parent: string | undefined, name: string, more: Partial<ExportedSpan> = {}): ExportedSpan {
  return { traceId: 't', spanId: id, parentSpanId: parent, name, kind: 'client', isError: false, values: {}, ...more };
}

const requests = [
  span('one', undefined, 'GET', { values: { 'url.path': `/requests/${first}` } }),
  span('two', undefined, 'GET', { values: { 'url.path': `/requests/${second}` } }),
];

function judgeSpans(spans: readonly ExportedSpan[], bodies: readonly string[] = []) {
  return judge({
    spans: [...requests, ...spans],
    bodies,
    requests: [first, second],
    operationsOf: (n) => [{ mark: `r${n}a`, rows: 3 }, { pattern: /^begin$/i }, { mark: `r${n}b`, fails: true }],
  });
}

/** All that the requests should have. */
const complete = [
  ...[first, second].flatMap((n, index) => {
    const request = index === 0 ? 'one' : 'two';
    return [
      span(`handler${n}`, request, 'handler', { kind: 'internal' }),
      span(`a${n}`, `handler${n}`, 'SELECT', { values: { text: `select ? as r${n}a`, returned_rows: 3 } }),
      span(`begin${n}`, request, 'BEGIN'),
      span(`b${n}`, request, `SELECT r${n}b`, { isError: true }),
      span(`own${n}`, request, `own-${n}`, { kind: 'internal' }),
    ];
  }),
];

function changed(id: string, more: Partial<ExportedSpan>): ExportedSpan[] {
  return complete.map((one) => (one.spanId === id ? { ...one, ...more } : one));
}

const allRight = {
  spans: 12,
  right: { count: 6, of: 6 },
  duplicates: 0,
  errors: { count: 2, of: 2 },
  falseErrors: 0,
  rows: { count: 2, of: 2 },
  leaks: { literals: 0, values: 0, jobData: 0 },
  ownSpans: { count: 2, of: 2 },
};

test('everything in its place', () => {
  expect(judgeSpans(complete)).toEqual(allRight);
});

test.each([
  ['a marked span below the other request', { parentSpanId: 'two' }, { right: { count: 5, of: 6 } }],
  ['a marked span without a parent', { parentSpanId: undefined }, { right: { count: 5, of: 6 } }],
  ['a span that is marked as failed', { isError: true }, { falseErrors: 1 }],
  ['another number of rows', { values: { text: `r${first}a`, returned_rows: 4 } }, { rows: { count: 1, of: 2 } }],
])('%s', (_name, change, difference) => {
  expect(judgeSpans(changed(`a${first}`, change))).toEqual({ ...allRight, ...difference });
});

test('a failed call that is not marked', () => {
  const spans = changed(`b${first}`, { isError: false });
  expect(judgeSpans(spans)).toEqual({ ...allRight, errors: { count: 1, of: 2 } });
});

test('a span without a mark below the other request', () => {
  const spans = changed(`begin${first}`, { parentSpanId: 'two' });
  expect(judgeSpans(spans)).toEqual({ ...allRight, right: { count: 5, of: 6 }, duplicates: 1 });
});

test('a call with two spans', () => {
  const spans = [...complete, span('again', 'one', `SELECT r${first}b`)];
  expect(judgeSpans(spans)).toEqual({ ...allRight, spans: 13, duplicates: 1 });
});

test('an own span below the other request', () => {
  const spans = changed(`own${first}`, { parentSpanId: 'two' });
  expect(judgeSpans(spans)).toEqual({ ...allRight, ownSpans: { count: 1, of: 2 } });
});

test('calls without spans', () => {
  expect(judgeSpans([])).toMatchObject({ right: { count: 0, of: 6 }, errors: { count: 0, of: 2 } });
});

test('secrets in what is exported, once for each request', () => {
  const bodies = [
    `…literal-secret-${first}…8642${first}…value-secret-${first}`,
    `value-secret-${second} job-secret-${first}`,
  ];
  expect(judgeSpans(complete, bodies).leaks).toEqual({ literals: 1, values: 2, jobData: 1 });
});
