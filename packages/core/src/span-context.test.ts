import { parseTracestate, TraceState } from './propagation/tracestate.ts';
import { createSpanContext, toSpanContext, toTraceState } from './span-context.ts';
import { TraceIdentity } from './trace-identity.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';

describe('a span context', () => {
  test('is made of two ids, and is then local and not sampled', () => {
    expect(createSpanContext({ traceId, spanId })).toEqual({
      traceId,
      spanId,
      traceFlags: 0,
      isRemote: false,
      isSampled: false,
      isRandom: false,
    });
  });

  test('has flags that are known, tracestate, and whether it is remote', () => {
    const traceState = parseTracestate('a=1');
    expect(createSpanContext({ traceId, spanId, traceFlags: 0xff, traceState: 'a=1', isRemote: true })).toEqual({
      traceId,
      spanId,
      traceFlags: 3,
      traceState,
      isRemote: true,
      isSampled: true,
      isRandom: true,
    });
    expect(createSpanContext({ traceId, spanId, traceFlags: 2 })).toMatchObject({ isSampled: false, isRandom: true });
  });

  test.each([
    ['a trace id in upper case', { traceId: traceId.toUpperCase(), spanId }],
    ['a trace id of another length', { traceId: traceId.slice(16), spanId }],
    ['a trace id of zeros', { traceId: '0'.repeat(32), spanId }],
    ['a span id in upper case', { traceId, spanId: spanId.toUpperCase() }],
    ['a span id of another length', { traceId, spanId: `0${spanId}` }],
    ['a span id of zeros', { traceId, spanId: '0'.repeat(16) }],
    ['a number for an id', { traceId: 5, spanId }],
    ['no trace id', { spanId }],
    ['no span id', { traceId }],
    ['null', null],
    ['undefined', undefined],
    ['a text', traceId],
  ])('is not made of %s', (_, input) => {
    expect(toSpanContext(input)).toBeUndefined();
    expect(() => createSpanContext(input as never)).toThrow(/^A span context needs a traceId of 32 and a spanId of 16/);
  });

  test('is not made of what throws when it is looked at', () => {
    const input = {
      spanId,
      get traceId(): string {
        throw new Error('getter');
      },
    };
    expect(toSpanContext(input)).toBeUndefined();
  });

  test.each([
    ['flags', { traceFlags: '01' }],
    ['flags that are null', { traceFlags: null }],
    ['tracestate', { traceState: 'not a tracestate' }],
    ['tracestate that is null', { traceState: null }],
    ['remoteness', { isRemote: 'yes' }],
  ])('loses bad %s and nothing else', (_, bad) => {
    expect(toSpanContext({ traceId, spanId, ...bad })).toEqual(createSpanContext({ traceId, spanId }));
  });
});

describe('a tracestate', () => {
  test("may be text, ours, or another library's", () => {
    const ours = parseTracestate('a=1');
    expect(toTraceState(ours)).toBe(ours);
    expect(toTraceState('a=1')?.serialize()).toBe('a=1');
    expect(toTraceState({ serialize: () => 'a=1' })?.serialize()).toBe('a=1');
  });

  test.each([
    ['malformed', 'A=1'],
    ['serialized to something malformed', { serialize: () => 'A=1' }],
    ['serialized to no text', { serialize: () => 5 }],
    ['an object', {}],
    ['a number', 5],
    [
      'one that throws',
      {
        serialize() {
          throw new Error('serialize');
        },
      },
    ],
  ])('may not be %s', (_, traceState) => {
    expect(toTraceState(traceState)).toBeUndefined();
  });
});

describe('the identity of a trace', () => {
  const trace = new TraceIdentity(1, 2, 3, 4, true, parseTracestate('a=1'));

  test('has its id as text', () => {
    expect(trace.traceId).toBe('00000001000000020000000300000004');
    expect(trace.traceId).toBe(trace.traceId);
  });

  test('keeps all but the tracestate when that is replaced, and has none if it is empty', () => {
    const changed = trace.withTraceState(toTraceState('b=2') ?? TraceState.empty);
    expect([changed.traceId, changed.isRandom, changed.traceState?.serialize()]).toEqual([trace.traceId, true, 'b=2']);
    expect(trace.withTraceState(TraceState.empty).traceState).toBeUndefined();
  });
});
