import fc from 'fast-check';
import { Baggage } from '../baggage.ts';
import { Context } from '../context.ts';
import { PassingSpan } from '../passing-span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { type Carrier, carrierGetter, carrierSetter } from './carrier.ts';
import { joinedField } from './propagator.ts';
import { parseTracestate } from './tracestate.ts';
import { baggagePropagator, tracecontextPropagator } from './w3c.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const traceparent = `00-${traceId}-${spanId}-01`;

const empty = new Context(undefined, undefined);
const trace = new TraceIdentity(0x4bf92f35, 0x77b34da6, 0xa3ce929d | 0, 0x0e0e4736, false, undefined);

describe('trace context', () => {
  const extract = (carrier: Carrier, context = empty) =>
    tracecontextPropagator.extract(context, carrier, carrierGetter);

  test('is read from both headers', () => {
    const { span, baggage } = extract({ traceparent, tracestate: 'a=1' });
    expect(span?.spanContext()).toEqual({
      traceId,
      spanId,
      traceFlags: 1,
      traceState: parseTracestate('a=1'),
      isRemote: true,
      isSampled: true,
      isRandom: false,
    });
    expect(span?.spanContext().traceState?.serialize()).toBe('a=1');
    expect(baggage).toBeUndefined();
  });

  test('is the unchanged context if traceparent is absent, invalid, empty or repeated', () => {
    const tracestate = 'a=1';
    expect(extract({ tracestate })).toBe(empty);
    expect(extract({ traceparent: '', tracestate })).toBe(empty);
    expect(extract({ traceparent: `${traceparent}-`, tracestate })).toBe(empty);
    expect(extract({ traceparent: [traceparent, traceparent], tracestate })).toBe(empty);
    expect(extract({ traceparent, Traceparent: traceparent, tracestate })).toBe(empty);
    expect(extract({ traceparent: [], tracestate })).toBe(empty);
  });

  test('accepts an array with one traceparent', () => {
    expect(extract({ traceparent: [traceparent] }).span?.traceId).toBe(traceId);
  });

  test('joins several tracestate headers in the order received', () => {
    const { span } = extract({ traceparent, tracestate: ['a=1', 'b=2'] });
    expect(span?.spanContext().traceState?.serialize()).toBe('a=1,b=2');
  });

  test('is kept if tracestate is malformed, without the tracestate', () => {
    expect(extract({ traceparent, tracestate: 'A=1' }).span?.spanContext().traceState).toBeUndefined();
  });

  test('leaves the baggage that another format has read', () => {
    const baggage = Baggage.empty.set('a', '1');
    expect(extract({ traceparent }, new Context(undefined, baggage)).baggage).toBe(baggage);
  });

  const inject = (context: Context, carrier: Carrier = {}) => {
    tracecontextPropagator.inject(context, carrier, carrierSetter);
    return carrier;
  };

  test('is written as it was read, for any carrier', () => {
    const headers = fc.record(
      {
        traceparent: fc.constantFrom(traceparent, `00-${traceId}-${spanId}-00`, `00-${traceId}-${spanId}-03`),
        tracestate: fc.constantFrom('a=1', 'congo=t61rcWkgMzE,rojo=00f067aa0ba902b7', 'ot=th:8;rv:0123456789abcd'),
      },
      { requiredKeys: ['traceparent'] },
    );
    fc.assert(
      fc.property(headers, (given) => {
        expect(inject(extract(given))).toEqual(given);
        expect(inject(extract(new Map(Object.entries(given))))).toEqual(given);
        expect(inject(extract(Object.entries(given)), [])).toEqual(Object.entries(given));
        expect([...(inject(extract(new Headers(given)), new Headers()) as Headers)]).toEqual(Object.entries(given));
      }),
    );
  });

  test('writes no tracestate without one', () => {
    expect(inject(extract({ traceparent, tracestate: ' , ' }))).toEqual({ traceparent });
  });

  test('sends nothing without a span, or with a suppressed one', () => {
    expect(inject(empty)).toEqual({});
    expect(inject(new Context(new PassingSpan(trace, 1, 2, true, 'suppressed'), undefined))).toEqual({});
  });

  test('names the fields that it writes', () => {
    expect([tracecontextPropagator.name, tracecontextPropagator.fields]).toEqual([
      'tracecontext',
      ['traceparent', 'tracestate'],
    ]);
  });
});

describe('baggage', () => {
  const extract = (carrier: Carrier, context = empty) => baggagePropagator.extract(context, carrier, carrierGetter);
  const inject = (context: Context) => {
    const carrier = {};
    baggagePropagator.inject(context, carrier, carrierSetter);
    return carrier;
  };

  test('is read with a trace and without', () => {
    const span = new PassingSpan(trace, 1, 2, true, 'remote');
    for (const context of [empty, new Context(span, undefined)]) {
      const { span: kept, baggage } = extract({ baggage: 'a=1,b=2' }, context);
      expect(kept).toBe(context.span);
      expect([...(baggage?.entries() ?? [])].map(([key, { value }]) => [key, value])).toEqual([
        ['a', '1'],
        ['b', '2'],
      ]);
    }
  });

  test('joins several headers', () => {
    expect(extract({ baggage: ['a=1', 'b=2'] }).baggage?.get('b')).toBe('2');
  });

  test('is the unchanged context without one', () => {
    expect(extract({})).toBe(empty);
    expect(extract({ baggage: '' })).toBe(empty);
    expect(extract({ baggage: '=' })).toBe(empty);
  });

  test('is written with a trace and without', () => {
    const baggage = Baggage.empty.set('a', '1').set('b', '\u00e4');
    expect(inject(new Context(undefined, baggage))).toEqual({ baggage: 'a=1,b=%C3%A4' });
    const span = new PassingSpan(trace, 1, 2, true, 'ignored');
    expect(inject(new Context(span, baggage))).toEqual({ baggage: 'a=1,b=%C3%A4' });
  });

  test('is not written without entries, or if tracing is suppressed', () => {
    expect(inject(empty)).toEqual({});
    expect(inject(new Context(undefined, Baggage.empty))).toEqual({});
    const span = new PassingSpan(trace, 1, 2, true, 'suppressed');
    expect(inject(new Context(span, Baggage.empty.set('a', '1')))).toEqual({});
  });
});

test('joins the fields of a list', () => {
  expect([joinedField(undefined), joinedField('a'), joinedField(['a', 'b']), joinedField([])]).toEqual([
    undefined,
    'a',
    'a,b',
    '',
  ]);
});
