// https://github.com/openzipkin/b3-propagation, and OpenTelemetry's rules for it:
// https://opentelemetry.io/docs/specs/otel/context/api-propagators/#b3-requirements
import fc from 'fast-check';
import { Baggage } from '../baggage.ts';
import { Context } from '../context.ts';
import { PassingSpan } from '../passing-span.ts';
import type { Span } from '../span.ts';
import { TraceIdentity } from '../trace-identity.ts';
import { b3MultiPropagator, b3Propagator } from './b3.ts';
import { callerSpan, callerWithoutIds, type SamplingState, samplingStateOf } from './caller-span.ts';
import { type Carrier, carrierGetter, carrierSetter } from './carrier.ts';

const nothing = new Context(undefined, undefined);

const TRACE = '80f198ee56343ba864fe8b2a57d3eff7';
const SHORT_TRACE = '64fe8b2a57d3eff7';
const SPAN = 'e457b5a2e4d86bd1';
const PARENT = '05e3ac9a4f6e3b90';
const STATES: readonly SamplingState[] = ['accept', 'deny', 'debug', 'defer'];

/** The caller as `trace-span state`, or the state alone; `undefined` without a caller. */
function read(headers: Carrier): string | undefined {
  const { span } = b3Propagator.extract(nothing, headers, carrierGetter);
  expect(b3MultiPropagator.extract(nothing, headers, carrierGetter).span).toEqual(span);
  return show(span);
}

function show(span: Span | undefined): string | undefined {
  if (!(span instanceof PassingSpan)) return undefined;
  const state = samplingStateOf(span);
  return span.trace.hasId ? `${span.traceId}-${span.spanId} ${state}` : state;
}

function write(span: PassingSpan | undefined, propagator = b3Propagator): Record<string, string> {
  const headers: Record<string, string> = {};
  propagator.inject(new Context(span, undefined), headers, carrierSetter);
  return headers;
}

describe('the single header', () => {
  test.each<[code: string, state: SamplingState]>([
    ['', 'defer'],
    ['-1', 'accept'],
    ['-0', 'deny'],
    ['-d', 'debug'],
  ])('with the ending %j has the state %s', (ending, state) => {
    expect(read({ b3: `${TRACE}-${SPAN}${ending}` })).toBe(`${TRACE}-${SPAN} ${state}`);
  });

  test('may name the parent after the state, which is ignored', () => {
    expect(read({ b3: `${TRACE}-${SPAN}-1-${PARENT}` })).toBe(`${TRACE}-${SPAN} accept`);
  });

  test('may have a trace id of 64 bits, which is padded on the left', () => {
    expect(read({ b3: `${SHORT_TRACE}-${SPAN}-1` })).toBe(`${'0'.repeat(16)}${SHORT_TRACE}-${SPAN} accept`);
  });

  test.each<[code: string, state: SamplingState]>([
    ['1', 'accept'],
    ['0', 'deny'],
    ['d', 'debug'],
  ])('may be the state %s alone: %s', (code, state) => {
    expect(read({ b3: code })).toBe(state);
  });

  test.each([
    ['is empty', ''],
    ['is a dash', '-'],
    ['has 17 digits of trace id', `0${SHORT_TRACE}-${SPAN}-1`],
    ['has 31 digits of trace id', `${TRACE.slice(1)}-${SPAN}-1`],
    ['has 33 digits of trace id', `0${TRACE}-${SPAN}-1`],
    ['has 15 digits of span id', `${TRACE}-${SPAN.slice(1)}-1`],
    ['has 17 digits of span id', `${TRACE}-0${SPAN}-1`],
    ['has upper-case hex', `${TRACE.toUpperCase()}-${SPAN}-1`],
    ['has a digit that is no hex', `g${TRACE.slice(1)}-${SPAN}-1`],
    ['has a trace id alone', TRACE],
    ['has an empty state', `${TRACE}-${SPAN}-`],
    ['has an unknown state', `${TRACE}-${SPAN}-2`],
    ['has a word for its state', `${TRACE}-${SPAN}-true`],
    ['has a parent but no state', `${TRACE}-${SPAN}-${PARENT}`],
    ['has a parent id that is too short', `${TRACE}-${SPAN}-1-${PARENT.slice(1)}`],
    ['goes on behind the parent', `${TRACE}-${SPAN}-1-${PARENT}-0`],
    ['has something before the trace id', `x${TRACE}-${SPAN}-1`],
    ['has a line feed behind it', `${TRACE}-${SPAN}-1\n`],
    ['has a no-break space before it', `\u00a0${TRACE}-${SPAN}-1`],
    ['is all zeros in the trace id', `${'0'.repeat(32)}-${SPAN}-1`],
    ['is all zeros in the short trace id', `${'0'.repeat(16)}-${SPAN}-1`],
    ['is all zeros in the span id', `${TRACE}-${'0'.repeat(16)}-1`],
    ['is two headers', `${TRACE}-${SPAN}-1, ${TRACE}-${SPAN}-1`],
    ['is an unknown state alone', '2'],
  ])('is ignored if it %s', (_, b3) => {
    expect(read({ b3 })).toBeUndefined();
  });

  test('is read without spaces and tabs around it', () => {
    expect(read({ b3: ` \t${TRACE}-${SPAN}-1 ` })).toBe(`${TRACE}-${SPAN} accept`);
  });

  test('wins over the others', () => {
    const others = { 'x-b3-traceid': SHORT_TRACE, 'x-b3-spanid': PARENT, 'x-b3-sampled': '0' };
    expect(read({ b3: `${TRACE}-${SPAN}-1`, ...others })).toBe(`${TRACE}-${SPAN} accept`);
    expect(read({ b3: '1', ...others })).toBe('accept');
  });

  test('counts as absent if it is malformed', () => {
    const others = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-sampled': '0' };
    expect(read({ b3: '-', ...others })).toBe(`${TRACE}-${SPAN} deny`);
  });

  test.each<[state: SamplingState, ending: string]>([
    ['accept', '-1'],
    ['deny', '-0'],
    ['debug', '-d'],
    ['defer', ''],
  ])('is written with %s as the ending %j', (state, ending) => {
    expect(write(callerSpan(TRACE, SPAN, state))).toEqual({ b3: `${TRACE}-${SPAN}${ending}` });
  });

  test('is written with a trace id of 128 bits, even if one of 64 was read', () => {
    expect(write(callerSpan(SHORT_TRACE, SPAN, 'accept'))).toEqual({
      b3: `${'0'.repeat(16)}${SHORT_TRACE}-${SPAN}-1`,
    });
  });

  test('is written as the state alone if only that was read', () => {
    expect(write(callerWithoutIds('deny'))).toEqual({ b3: '0' });
    expect(write(callerWithoutIds('accept'))).toEqual({ b3: '1' });
    expect(write(callerWithoutIds('debug'))).toEqual({ b3: 'd' });
  });

  test('is not written for a trace id alone, without a span, and while tracing is suppressed', () => {
    expect(write(callerSpan(TRACE, undefined, 'accept'))).toEqual({});
    expect(write(undefined)).toEqual({});
    const trace = new TraceIdentity(1, 2, 3, 4, true, undefined);
    expect(write(new PassingSpan(trace, 1, 2, true, 'suppressed'))).toEqual({});
  });
});

describe('the X-B3-* headers', () => {
  test.each<[headers: Record<string, string>, state: SamplingState]>([
    [{}, 'defer'],
    [{ 'X-B3-Sampled': '1' }, 'accept'],
    [{ 'X-B3-Sampled': 'true' }, 'accept'],
    [{ 'X-B3-Sampled': '0' }, 'deny'],
    [{ 'X-B3-Sampled': 'false' }, 'deny'],
    [{ 'X-B3-Flags': '1' }, 'debug'],
    [{ 'X-B3-Flags': '1', 'X-B3-Sampled': '0' }, 'debug'],
    [{ 'X-B3-Flags': '0', 'X-B3-Sampled': '1' }, 'accept'],
    [{ 'X-B3-Flags': 'true' }, 'defer'],
    [{ 'X-B3-Flags': '3' }, 'defer'],
    [{ 'X-B3-Sampled': '' }, 'defer'],
    [{ 'X-B3-Sampled': '-' }, 'defer'],
    [{ 'X-B3-Sampled': '2' }, 'defer'],
    [{ 'X-B3-Sampled': 'd' }, 'defer'],
    [{ 'X-B3-Sampled': '0, 1' }, 'deny'],
    [{ 'X-B3-Sampled': '1, 0' }, 'accept'],
    [{ 'X-B3-Flags': '0, 1' }, 'defer'],
  ])('with %j have the state %s', (state, expected) => {
    const headers = { 'X-B3-TraceId': TRACE, 'X-B3-SpanId': SPAN, ...state };
    expect(read(headers)).toBe(`${TRACE}-${SPAN} ${expected}`);
    // The same without ids, except that an open state is then no caller.
    expect(read(state)).toBe(expected === 'defer' ? undefined : expected);
  });

  test('may have a trace id of 64 bits, which is padded on the left', () => {
    expect(read({ 'x-b3-traceid': SHORT_TRACE, 'x-b3-spanid': SPAN })).toBe(
      `${'0'.repeat(16)}${SHORT_TRACE}-${SPAN} defer`,
    );
  });

  test('may name any parent, which is ignored', () => {
    const headers = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN, 'x-b3-parentspanid': '-' };
    expect(read(headers)).toBe(`${TRACE}-${SPAN} defer`);
  });

  test.each([
    ['no span id', TRACE, undefined],
    ['no trace id', undefined, SPAN],
    ['an empty trace id', '', SPAN],
    ['a dash for a span id', TRACE, '-'],
    ['17 digits of trace id', `0${SHORT_TRACE}`, SPAN],
    ['31 digits of trace id', TRACE.slice(1), SPAN],
    ['15 digits of span id', TRACE, SPAN.slice(1)],
    ['upper-case hex', TRACE.toUpperCase(), SPAN],
    ['all zeros in the trace id', '0'.repeat(32), SPAN],
    ['all zeros in the span id', TRACE, '0'.repeat(16)],
    ['two trace ids', `${TRACE}, ${TRACE}`, SPAN],
    ['two span ids', TRACE, `${SPAN}, ${SPAN}`],
  ])('have no caller with %s, and keep the state', (_, traceId, spanId) => {
    const ids = { ...(traceId !== undefined && { 'x-b3-traceid': traceId }), 'x-b3-spanid': spanId };
    expect(read(ids)).toBeUndefined();
    expect(read({ ...ids, 'x-b3-sampled': '0' })).toBe('deny');
  });

  test.each<[state: SamplingState, headers: Record<string, string>]>([
    ['accept', { 'x-b3-sampled': '1' }],
    ['deny', { 'x-b3-sampled': '0' }],
    ['debug', { 'x-b3-flags': '1' }],
    ['defer', {}],
  ])('are written with %s as %j, and never with a parent', (state, headers) => {
    const ids = { 'x-b3-traceid': TRACE, 'x-b3-spanid': SPAN };
    expect(write(callerSpan(TRACE, SPAN, state), b3MultiPropagator)).toEqual({ ...ids, ...headers });
    if (state !== 'defer') expect(write(callerWithoutIds(state), b3MultiPropagator)).toEqual(headers);
  });

  test('are not written for a trace id alone, without a span, and while tracing is suppressed', () => {
    expect(write(callerSpan(TRACE, undefined, 'accept'), b3MultiPropagator)).toEqual({});
    expect(write(undefined, b3MultiPropagator)).toEqual({});
  });
});

test.each([b3Propagator, b3MultiPropagator])('$name does not carry baggage', (propagator) => {
  const baggage = Baggage.empty.set('tenant', 'acme');
  const headers: Record<string, string> = {};
  propagator.inject(new Context(callerSpan(TRACE, SPAN, 'accept'), baggage), headers, carrierSetter);
  expect(Object.values(headers).join()).not.toContain('acme');
  // The baggage of another format stays.
  expect(propagator.extract(new Context(undefined, baggage), headers, carrierGetter).baggage).toBe(baggage);
});

describe('any input', () => {
  const hex = (digits: number) =>
    fc.stringMatching(new RegExp(`^[0-9a-f]{${digits}}$`)).filter((id) => /[1-9a-f]/.test(id));
  const caller = fc
    .tuple(fc.oneof(hex(16), hex(32)), hex(16), fc.constantFrom(...STATES))
    .map(([traceId, spanId, state]) => callerSpan(traceId, spanId, state));
  const piece = fc.oneof(hex(16), hex(32), fc.constantFrom('-', '0', '1', 'd', ' ', ',', 'true', '\n'), fc.string());
  const text = fc.array(piece, { maxLength: 8 }).map((pieces) => pieces.join(''));
  const names = fc.constantFrom('b3', 'X-B3-TraceId', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags', '__proto__');

  test('reading never throws, and the written header has the right form', () => {
    fc.assert(
      fc.property(fc.dictionary(names, text), (headers) => {
        const { span } = b3Propagator.extract(nothing, headers, carrierGetter);
        const { b3 } = write(span as PassingSpan | undefined);
        if (b3 !== undefined) expect(b3).toMatch(/^(?!0{32}|.{33}0{16})[0-9a-f]{32}-[0-9a-f]{16}(-[01d])?$|^[01d]$/);
        expect(Object.prototype).not.toHaveProperty('b3');
      }),
    );
  });

  test.each([b3Propagator, b3MultiPropagator])('a written header is read as the same', (propagator) => {
    fc.assert(
      fc.property(caller, (span) => {
        expect(read(write(span, propagator))).toBe(show(span));
      }),
    );
  });
});
