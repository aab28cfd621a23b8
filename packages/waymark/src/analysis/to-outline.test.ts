import { sketchTrace } from '../../test/sketch-trace.ts';
import type { Span } from '../model/span.ts';
import { toOutline } from './to-outline.ts';

const [root, call] = sketchTrace('a server root 0-100\n  a client call 10.5-20') as [Span, Span];

test('an outline has the spans by start, in columns', () => {
  expect(toOutline([call, root])).toEqual({
    traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
    startUnixMs: 1_700_000_000_000,
    spanIds: ['0000000000000001', '0000000000000002'],
    parentSpanIds: ['', '0000000000000001'],
    services: ['a'],
    serviceOf: [0, 0],
    names: ['root', 'call'],
    nameOf: [0, 1],
    signatures: ['a server root', 'a client call'],
    signatureOf: [0, 1],
    purposes: ['served', 'call'],
    askedOf: [0, 0],
    targetOf: [0, 0],
    pages: {},
    startMs: [0, 10.5],
    durationMs: [100, 9.5],
    unfinished: [],
    clockOf: [0, 0],
    kindOf: [2, 3],
    statusOf: [0, 0],
    errors: {},
    notes: {},
    eventCounts: {},
    linkCounts: {},
  });
});

test('the order by start does not depend on the number of digits, and equal starts keep their order', () => {
  const at = (startTimeUnixNano: string, name: string): Span => ({ ...root, startTimeUnixNano, name });
  const spans = [at('1000', 'late'), at('999', 'first'), at('1000', 'later'), at('0', 'zero')];
  expect(toOutline(spans).names).toEqual(['zero', 'first', 'late', 'later']);
});

describe('the note next to a name', () => {
  const noteOf = (part: Partial<Span>) => toOutline([{ ...root, ...part }]).notes[0];

  test.each([
    ['server', { 'http.route': '/users/:id', 'http.response.status_code': 200, 'user.id': '7' }, '200 user.id=7'],
    ['server', { 'url.path': '/nowhere', 'http.response.status_code': 404 }, '/nowhere 404'],
    ['client', { 'url.full': 'http://me:pw@host:1/a/b?key=1', 'http.response.status_code': 200 }, 'host:1/a/b 200'],
    ['client', { 'db.system.name': 'pg', 'db.query.text': 'SELECT *\n FROM t' }, 'SELECT * FROM t'],
    [
      'client',
      { 'db.query.text': 'SELECT *', 'db.response.returned_rows': 2, 'db.namespace': 'shop' },
      '2 rows SELECT *',
    ],
    ['client', { 'db.operation.name': 'find', 'db.response.returned_rows': 1 }, '1 row'],
    [
      'client',
      { 'gen_ai.provider.name': 'openai', 'gen_ai.usage.input_tokens': 11, 'gen_ai.usage.output_tokens': 7 },
      '11 → 7 tokens',
    ],
    ['client', { 'http.url': 'http://host/old', 'http.status_code': 500 }, 'host/old 500'],
    ['internal', { 'orders.count': 2, 'code.function.name': 'f', list: ['a', 1] }, 'orders.count=2 list=["a",1]'],
    [
      'internal',
      { big: { intValue: '9007199254740993' }, half: 0.5, two: { doubleValue: 2 }, none: { doubleValue: 'NaN' } },
      'big=9007199254740993 half=0.5 two=2 none=NaN',
    ],
    [
      'internal',
      { map: { kvlistValue: { a: [{ doubleValue: 1 }] } }, raw: { bytesValue: 'AAEC' } },
      'map={"a":[1]} raw=AAEC',
    ],
    ['internal', {}, undefined],
  ] as const)('of a %s span with %j', (kind, attributes, note) => {
    expect(noteOf({ kind, attributes })).toBe(note);
  });

  test('does not repeat a query that the name says already', () => {
    expect(noteOf({ name: 'COMMIT', attributes: { 'db.query.text': 'COMMIT' } })).toBeUndefined();
    expect(noteOf({ name: 'COMMIT', attributes: { 'db.query.text': 'COMMIT AND CHAIN' } })).toBe('AND CHAIN');
    expect(noteOf({ name: 'GET', attributes: { 'db.query.text': 'GETEX user:7' } })).toBe('GETEX user:7');
  });

  test('has at most 120 characters', () => {
    const note = noteOf({ attributes: { 'db.query.text': 'x'.repeat(5000), more: 'y'.repeat(5000) } });
    expect(note).toBe(`${'x'.repeat(119)}…`);
  });
});

test('an error has the type and message of the last exception, else of the attribute and the status', () => {
  const exception = (type: string, message: string) => ({
    timeUnixNano: '0',
    name: 'exception',
    attributes: { 'exception.type': type, 'exception.message': message },
  });
  const failed = { status: { code: 'error', message: 'told' }, attributes: { 'error.type': '503' } } as const;
  const { errors, eventCounts } = toOutline([
    { ...root, ...failed },
    { ...root, ...failed, events: [exception('A', 'one'), exception('B', 'two')] },
    { ...root, status: { code: 'error' } },
    { ...root, events: [exception('C', 'handled')], status: { code: 'ok' } },
  ]);
  expect(errors).toEqual({ 0: { type: '503', message: 'told' }, 1: { type: 'B', message: 'two' }, 2: {} });
  expect(eventCounts).toEqual({ 1: 2, 3: 1 });
});
