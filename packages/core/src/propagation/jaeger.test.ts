// https://www.jaegertracing.io/sdk-migration/#propagation-format
import fc from 'fast-check';
import { Baggage } from '../baggage.ts';
import { Context } from '../context.ts';
import { PassingSpan } from '../passing-span.ts';
import type { Span } from '../span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { callerSpan, callerWithoutIds, type SamplingState, samplingStateOf } from './caller-span.ts';
import { type Carrier, carrierGetter, carrierSetter } from './carrier.ts';
import { jaegerPropagator } from './jaeger.ts';

const nothing = new Context(undefined, undefined);

const TRACE = '8448eb211c80319c0af7651916cd43dd';
const SPAN = 'f7651916cd43dd84';
const HEADER = `${TRACE}:${SPAN}:0:1`;

/** The caller as `trace-span state`; `undefined` without a caller. */
function read(headers: Carrier): string | undefined {
  return show(jaegerPropagator.extract(nothing, headers, carrierGetter).span);
}

function show(span: Span | undefined): string | undefined {
  if (!(span instanceof PassingSpan)) return undefined;
  return span.trace.hasId ? `${span.traceId}-${span.spanId} ${samplingStateOf(span)}` : samplingStateOf(span);
}

function readBaggage(headers: Carrier, before?: Baggage): [string, string][] {
  const { baggage } = jaegerPropagator.extract(new Context(undefined, before), headers, carrierGetter);
  return [...(baggage?.entries() ?? [])].map(([key, { value }]) => [key, value]);
}

function write(span: PassingSpan | undefined, baggage?: Baggage): Record<string, string> {
  const headers: Record<string, string> = {};
  jaegerPropagator.inject(new Context(span, baggage), headers, carrierSetter);
  return headers;
}

function baggageOf(entries: Record<string, string>): Baggage {
  return Baggage.from(Object.entries(entries).map(([key, value]) => [key, { value, properties: [] }]));
}

describe('uber-trace-id', () => {
  test.each<[flags: string, state: SamplingState]>([
    ['0', 'deny'],
    ['1', 'accept'],
    ['01', 'accept'],
    ['3', 'debug'],
    ['03', 'debug'],
    ['2', 'deny'],
    ['8', 'deny'],
    ['9', 'accept'],
    ['b', 'debug'],
    ['ff', 'debug'],
    ['fd', 'accept'],
  ])('with the flags %s has the state %s', (flags, state) => {
    expect(read({ 'uber-trace-id': `${TRACE}:${SPAN}:0:${flags}` })).toBe(`${TRACE}-${SPAN} ${state}`);
  });

  test('may lack leading zeros, which are added', () => {
    const padded = (text: string, length: number) => text.padStart(length, '0');
    expect(read({ 'uber-trace-id': 'a1b:c2:0:1' })).toBe(`${padded('a1b', 32)}-${padded('c2', 16)} accept`);
    expect(read({ 'uber-trace-id': `${SPAN}:1:0:0` })).toBe(`${padded(SPAN, 32)}-${padded('1', 16)} deny`);
  });

  test.each([SPAN, '1', '0'.repeat(16)])('may have the parent %s, which is ignored', (parent) => {
    expect(read({ 'uber-trace-id': `${TRACE}:${SPAN}:${parent}:1` })).toBe(`${TRACE}-${SPAN} accept`);
  });

  test.each([HEADER.replaceAll(':', '%3A'), HEADER.replaceAll(':', '%3a'), HEADER.replace(':', '%3A'), ` ${HEADER}\t`])(
    'is read from %j',
    (header) => {
      expect(read({ 'Uber-Trace-Id': header })).toBe(`${TRACE}-${SPAN} accept`);
    },
  );

  test.each([
    ['is empty', ''],
    ['has three parts', `${TRACE}:${SPAN}:1`],
    ['has five parts', `${HEADER}:1`],
    ['has an empty trace id', `:${SPAN}:0:1`],
    ['has an empty span id', `${TRACE}::0:1`],
    ['has no flags', `${TRACE}:${SPAN}:0:`],
    ['has three digits of flags', `${TRACE}:${SPAN}:0:001`],
    ['has flags that are no hex', `${TRACE}:${SPAN}:0:x`],
    ['has signed flags', `${TRACE}:${SPAN}:0:-1`],
    ['has flags with a prefix', `${TRACE}:${SPAN}:0:0x1`],
    ['has 33 digits of trace id', `0${HEADER}`],
    ['has 17 digits of span id', `${TRACE}:0${SPAN}:0:1`],
    ['has a parent that is no hex', `${TRACE}:${SPAN}:x:1`],
    ['has a trace id that only begins as hex', `abcxyz:${SPAN}:0:1`],
    ['has a trace id with a prefix', `0xab:${SPAN}:0:1`],
    ['has a space within', `${TRACE}: 1:0:1`],
    ['has upper-case hex', HEADER.toUpperCase()],
    ['has a trace id of zero', `0:${SPAN}:0:1`],
    ['has a span id of zero', `${TRACE}:0:0:1`],
    ['is all zeros in the trace id', `${'0'.repeat(32)}:${SPAN}:0:1`],
    ['is percent-encoded twice', HEADER.replaceAll(':', '%253A')],
    ['has more percent-encoded than colons', HEADER.replace('8448', '%38448')],
    ['is two headers', `${HEADER}, ${HEADER}`],
    ['has a line feed behind it', `${HEADER}\n`],
  ])('is ignored if it %s', (_, header) => {
    expect(read({ 'uber-trace-id': header })).toBeUndefined();
  });

  test.each<[state: SamplingState, flags: string]>([
    ['accept', '1'],
    ['deny', '0'],
    ['debug', '3'],
    ['defer', '0'],
  ])('is written in full, with a parent of 0, and %s as the flags %s', (state, flags) => {
    expect(write(callerSpan(TRACE, SPAN, state))).toEqual({ 'uber-trace-id': `${TRACE}:${SPAN}:0:${flags}` });
    const short = `${'a1b'.padStart(32, '0')}:${'c2'.padStart(16, '0')}:0:${flags}`;
    expect(write(callerSpan('a1b', 'c2', state))).toEqual({ 'uber-trace-id': short });
  });

  test('is not written without ids, without a span, and while tracing is suppressed', () => {
    expect(write(callerWithoutIds('accept'))).toEqual({});
    expect(write(callerSpan(TRACE, undefined, 'accept'))).toEqual({});
    expect(write(undefined)).toEqual({});
    const trace = new TraceIdentity(1, 2, 3, 4, true, undefined);
    const off = new PassingSpan(trace, 1, 2, true, 'suppressed');
    expect(write(off, baggageOf({ tenant: 'acme' }))).toEqual({});
  });
});

describe('jaeger-debug-id', () => {
  test('starts a debug trace, with an attribute on its root', () => {
    const { span } = jaegerPropagator.extract(nothing, { 'Jaeger-Debug-Id': 'ticket 17' }, carrierGetter);
    expect(read({ 'jaeger-debug-id': 'ticket 17' })).toBe('debug');
    expect((span as PassingSpan).notes?.attributes).toEqual({ 'jaeger-debug-id': 'ticket 17' });
  });

  test('has no effect together with a context', () => {
    const headers = { 'jaeger-debug-id': 'x', 'uber-trace-id': `${TRACE}:${SPAN}:0:0` };
    expect(read(headers)).toBe(`${TRACE}-${SPAN} deny`);
  });

  test('counts together with a malformed context', () => {
    expect(read({ 'jaeger-debug-id': 'x', 'uber-trace-id': 'abcxyz:1:0:1' })).toBe('debug');
  });

  test.each(['', '  '])('has no effect as %j', (id) => {
    expect(read({ 'jaeger-debug-id': id })).toBeUndefined();
  });
});

describe('uberctx- baggage', () => {
  test('is one header for each entry, percent-decoded, with keys in lower case', () => {
    const headers = { 'uberctx-tenant': 'acme', 'Uberctx-User': 'J%C3%BCrgen', 'uberctx-empty': '', other: 'x' };
    expect(readBaggage(headers)).toEqual([
      ['tenant', 'acme'],
      ['user', 'Jürgen'],
      ['empty', ''],
    ]);
  });

  test('reads a plus as a space, as clients in Go and Java write it, and %2B as a plus', () => {
    expect(readBaggage({ 'uberctx-a': '1+2%2B3%202' })).toEqual([['a', '1 2+3 2']]);
  });

  test('keeps malformed percent-encoding', () => {
    expect(readBaggage({ 'uberctx-a': '%', 'uberctx-b': '%ZZ', 'uberctx-c': 'x%FFy' })).toEqual([
      ['a', '%'],
      ['b', '%ZZ'],
      ['c', 'x\ufffdy'],
    ]);
  });

  test('is independent of uber-trace-id', () => {
    expect(readBaggage({ 'uber-trace-id': 'bad', 'uberctx-a': '1' })).toEqual([['a', '1']]);
    expect(write(undefined, baggageOf({ a: '1' }))).toEqual({ 'uberctx-a': '1' });
  });

  test.each([
    { 'uberctx-': '1' },
    { 'uberctx-a b': '1' },
    { 'uberctx-ä': '1' },
    { 'uberctx-a': 'é' },
    { 'uberctx-a': 'x\ny' },
    { 'uberctx-a': 5 },
    { 'uberctx-a': ['1', '2'] },
    { uberctxa: '1' },
    { 'x-uberctx-a': '1' },
  ])('is not %j', (headers) => {
    expect(readBaggage(headers)).toEqual([]);
  });

  test('keeps entries of another format, and comes after them', () => {
    const before = baggageOf({ userId: 'first' });
    expect(readBaggage({ 'uberctx-a': '1', 'uberctx-userid': 'second' }, before)).toEqual([
      ['userId', 'first'],
      ['a', '1'],
    ]);
  });

  test('is read from every kind of carrier, and not without its keys', () => {
    const entry = [['tenant', 'acme']];
    expect(readBaggage(new Map([['Uberctx-Tenant', 'acme']]))).toEqual(entry);
    expect(readBaggage(new Headers({ 'uberctx-tenant': 'acme' }) as unknown as Carrier)).toEqual(entry);
    expect(readBaggage([['uberctx-tenant', Buffer.from('acme')]])).toEqual(entry);
    const onlyGet = { get: carrierGetter.get };
    expect(jaegerPropagator.extract(nothing, { 'uberctx-tenant': 'acme' }, onlyGet)).toBe(nothing);
  });

  test('keeps 64 entries, and of 65 the first 64', () => {
    const headers = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, index) => [`uberctx-k${index}`, `${index}`]));
    expect(readBaggage(headers(64))).toHaveLength(64);
    expect(readBaggage(headers(65)).at(-1)).toEqual(['k63', '63']);
    const all = baggageOf(Object.fromEntries(Array.from({ length: 65 }, (_, index) => [`k${index}`, ''])));
    expect(Object.keys(write(undefined, all))).toHaveLength(64);
  });

  test('keeps 8192 bytes of keys and values, and drops an entry beyond that', () => {
    expect(readBaggage({ 'uberctx-a': 'x'.repeat(8191) })).toHaveLength(1);
    expect(readBaggage({ 'uberctx-a': 'x'.repeat(8192), 'uberctx-b': '1' })).toEqual([['b', '1']]);
    expect(Object.keys(write(undefined, baggageOf({ a: 'x'.repeat(8191) })))).toEqual(['uberctx-a']);
    expect(Object.keys(write(undefined, baggageOf({ a: 'x'.repeat(8192), b: '1' })))).toEqual(['uberctx-b']);
  });

  test('is written percent-encoded, with keys in lower case', () => {
    expect(write(undefined, baggageOf({ userId: 'Jürgen & Söhne+\r\n', lone: '\ud800' }))).toEqual({
      'uberctx-userid': 'J%C3%BCrgen%20%26%20S%C3%B6hne%2B%0D%0A',
      'uberctx-lone': '%EF%BF%BD',
    });
  });
});

describe('jaeger-baggage', () => {
  test('is a list of entries', () => {
    expect(readBaggage({ 'jaeger-baggage': 'k1=v1, k2=v2=w,\tk3=' })).toEqual([
      ['k1', 'v1'],
      ['k2', 'v2=w'],
      ['k3', ''],
    ]);
  });

  test('comes after uberctx-, which wins', () => {
    expect(readBaggage({ 'jaeger-baggage': 'a=1,b=2', 'uberctx-b': '3' })).toEqual([
      ['b', '3'],
      ['a', '1'],
    ]);
  });

  test.each(['', ',', 'novalue', '=1', 'a b=1', 'é=1', 'a=é'])('is empty as %j', (header) => {
    expect(readBaggage({ 'jaeger-baggage': header })).toEqual([]);
  });

  test('is not read if it is longer than the limit for all headers', () => {
    expect(readBaggage({ 'jaeger-baggage': `a=1,${'b'.repeat(16_384)}` })).toEqual([]);
  });
});

describe('any input', () => {
  const hex = (digits: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => /[1-9a-f]/.test(id));
  const states = fc.constantFrom<SamplingState>('accept', 'deny', 'debug');
  const anyText = fc.string({ unit: 'binary' });
  const key = fc.oneof(
    fc.stringMatching(/^[!#$%&'*+\-.^_`|~0-9a-z]{1,8}$/),
    fc.constantFrom('__proto__', 'constructor'),
  );
  const piece = fc.oneof(hex(16), hex(3), fc.constantFrom(':', '%3A', '0', '1', '3', ' ', '%', '=', ','), anyText);
  const header = fc.array(piece, { maxLength: 9 }).map((pieces) => pieces.join(''));
  const name = fc.oneof(
    fc.constantFrom('uber-trace-id', 'jaeger-debug-id', 'jaeger-baggage'),
    fc.oneof(key, anyText).map((end) => `uberctx-${end}`),
  );

  test('reading never throws, and the written value is a valid header', () => {
    fc.assert(
      fc.property(fc.dictionary(name, header), (headers) => {
        const { span, baggage } = jaegerPropagator.extract(nothing, headers, carrierGetter);
        for (const [sentName, value] of Object.entries(write(span as PassingSpan | undefined, baggage))) {
          if (sentName === 'uber-trace-id')
            expect(value).toMatch(/^(?!0{32}|.{33}0{16})[0-9a-f]{32}:[0-9a-f]{16}:0:[013]$/);
          else expect(sentName).toMatch(/^uberctx-[!#$%&'*+\-.^_`|~0-9a-z]+$/);
          expect(value).toMatch(/^[\x21-\x7e]*$/);
        }
        expect(Object.keys(Object.prototype)).toEqual([]);
      }),
    );
  });

  test('a written header is read as the same', () => {
    const someBaggage = fc.dictionary(key, fc.string({ unit: 'grapheme' }), { maxKeys: 8 }).map(baggageOf);
    fc.assert(
      fc.property(hex(32), hex(16), states, someBaggage, (traceId, spanId, state, baggage) => {
        const span = callerSpan(traceId, spanId, state);
        const sent = write(span, baggage);
        expect(read(sent)).toBe(show(span));
        expect(readBaggage(sent)).toEqual([...baggage.entries()].map(([key, { value }]) => [key, value]));
      }),
    );
  });
});
