import fc from 'fast-check';
import { createTracer } from '../create-tracer.ts';
import { internalsOf } from '../internal-tracer.ts';
import { PassingSpan } from '../passing-span.ts';
import { inMemoryExporter } from '../testing/in-memory-exporter.ts';
import { TraceIdentity } from '../trace-identity.ts';
import type { Tracer } from '../tracer.ts';
import { ignoredSpan } from '../untraced.ts';
import { parseTraceparent, readRemoteSpan, serializeTraceparent, traceparentOf } from './traceparent.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const spanId = '00f067aa0ba902b7';
const valid = `00-${traceId}-${spanId}-01`;

describe('reading', () => {
  test('reads version, trace id, parent id and flags', () => {
    expect(parseTraceparent(valid)).toEqual({
      traceId,
      spanId,
      traceFlags: 1,
      isRemote: true,
      isSampled: true,
      isRandom: false,
    });
  });

  test.each([
    ['in the version', `0A-${traceId}-${spanId}-01`],
    ['in the trace id', `00-${traceId.toUpperCase()}-${spanId}-01`],
    ['in the parent id', `00-${traceId}-${spanId.toUpperCase()}-01`],
    ['in the flags', `00-${traceId}-${spanId}-0A`],
  ])('refuses upper-case hex %s', (_, header) => {
    expect(parseTraceparent(header.toLowerCase())).toBeDefined();
    expect(parseTraceparent(header)).toBeUndefined();
  });

  test.each([
    ['empty', ''],
    ['one digit short in the version', `0-${traceId}-${spanId}-01`],
    ['one digit long in the version', `000-${traceId}-${spanId}-01`],
    ['one digit short in the trace id', `00-${traceId.slice(1)}-${spanId}-01`],
    ['one digit long in the trace id', `00-0${traceId}-${spanId}-01`],
    ['one digit short in the parent id', `00-${traceId}-${spanId.slice(1)}-01`],
    ['one digit long in the parent id', `00-${traceId}-0${spanId}-01`],
    ['one digit short in the flags', `00-${traceId}-${spanId}-1`],
    ['one digit long in the flags', `00-${traceId}-${spanId}-001`],
    ['without flags', `00-${traceId}-${spanId}`],
    ['without the first dash', `00_${traceId}-${spanId}-01`],
    ['without the second dash', `00-${traceId}_${spanId}-01`],
    ['without the third dash', `00-${traceId}-${spanId}_01`],
    ['of the right length with a dash moved', `00-${traceId}0-${spanId.slice(1)}-01`],
    ['with a letter beyond f in the version', `0g-${traceId}-${spanId}-01`],
    ['with a letter beyond f in the trace id', `00-${traceId.slice(1)}g-${spanId}-01`],
    ['with a letter beyond f in the parent id', `00-${traceId}-${spanId.slice(1)}g-01`],
    ['with a letter beyond f in the flags', `00-${traceId}-${spanId}-0g`],
    ['with a sign', `00-${traceId}-${spanId}-+1`],
    ['with a character beyond ASCII that ends in the bits of a digit', `00-${traceId.slice(1)}\u0161-${spanId}-01`],
  ])('refuses a header %s', (_, header) => {
    expect(parseTraceparent(header)).toBeUndefined();
  });

  test.each([' ', '\t', ' \t '])('ignores %j around the value', (space) => {
    expect(parseTraceparent(`${space}${valid}`)).toEqual(parseTraceparent(valid));
    expect(parseTraceparent(`${valid}${space}`)).toEqual(parseTraceparent(valid));
  });

  test.each(['\u00a0', '\v', '\n', '\r', '\u2003', '\ufeff'])('refuses %j around the value', (space) => {
    expect(parseTraceparent(`${space}${valid}`)).toBeUndefined();
    expect(parseTraceparent(`${valid}${space}`)).toBeUndefined();
  });

  test.each([' ', '\t'])('refuses %j inside the value', (space) => {
    expect(parseTraceparent(valid.replace('-', `${space}-`))).toBeUndefined();
    expect(parseTraceparent(`00-${traceId}-${spanId}-${space}1`)).toBeUndefined();
  });

  // The byte of U+0131 that a narrower encoding would keep is the digit 1.
  test.each(['\u00e9', '\u0131', '\u0661', '\ud83d'])('refuses %j in each place of the value', (character) => {
    for (let place = 0; place < valid.length; place++) {
      expect(parseTraceparent(valid)).toBeDefined(); // fills the buffer, whose contents must not be reused
      expect(parseTraceparent(`${valid.slice(0, place)}${character}${valid.slice(place + 1)}`)).toBeUndefined();
    }
  });

  test('refuses version ff, whatever follows', () => {
    expect(parseTraceparent(`fe-${traceId}-${spanId}-01`)).toBeDefined();
    expect(parseTraceparent(`ff-${traceId}-${spanId}-01`)).toBeUndefined();
    expect(parseTraceparent(`ff-${traceId}-${spanId}-01-more`)).toBeUndefined();
  });

  test.each(['0', '-', '-00', '.', ','])('refuses version 00 with %j after the flags', (more) => {
    expect(parseTraceparent(`${valid}${more}`)).toBeUndefined();
  });

  test.each(['01', '0a', 'cc', 'fe'])('reads the fields of version 00 from version %s', (version) => {
    const header = `${version}-${traceId}-${spanId}-01`;
    const expected = parseTraceparent(valid);
    expect(parseTraceparent(header)).toEqual(expected);
    expect(parseTraceparent(`${header}-`)).toEqual(expected);
    expect(parseTraceparent(`${header}-what the future brings`)).toEqual(expected);
    for (const bad of ['.', ',', '0', 'x', ' -']) expect(parseTraceparent(`${header}${bad}`)).toBeUndefined();
    expect(parseTraceparent(`${version}-${'0'.repeat(32)}-${spanId}-01`)).toBeUndefined();
    expect(parseTraceparent(`${version}-${traceId}-${'0'.repeat(16)}-01`)).toBeUndefined();
  });

  test('refuses an id with only zeros, and accepts one with a single other digit', () => {
    expect(parseTraceparent(`00-${'0'.repeat(32)}-${spanId}-01`)).toBeUndefined();
    expect(parseTraceparent(`00-${traceId}-${'0'.repeat(16)}-01`)).toBeUndefined();
    expect(parseTraceparent(`00-${'0'.repeat(31)}1-${'0'.repeat(15)}1-01`)).toBeDefined();
    expect(parseTraceparent(`00-1${'0'.repeat(31)}-1${'0'.repeat(15)}-01`)).toBeDefined();
  });

  test('reads each flag, and ignores unknown ones', () => {
    for (let flags = 0; flags <= 0xff; flags++) {
      const header = `00-${traceId}-${spanId}-${flags.toString(16).padStart(2, '0')}`;
      expect(parseTraceparent(header)).toEqual({
        traceId,
        spanId,
        traceFlags: flags & 3,
        isRemote: true,
        isSampled: (flags & 1) !== 0,
        isRandom: (flags & 2) !== 0,
      });
    }
  });

  test('refuses two headers joined by Node', () => {
    expect(parseTraceparent(`${valid}, ${valid}`)).toBeUndefined();
    expect(parseTraceparent(`${valid},${valid}`)).toBeUndefined();
  });

  test.each([[undefined], [null], [5], [[valid]], [{}]])('refuses %p, which untyped code may pass', (header) => {
    expect(parseTraceparent(header as unknown as string)).toBeUndefined();
  });

  test('reads tracestate only with a valid traceparent, and drops a malformed tracestate alone', () => {
    const stateOf = (traceparent: string, tracestate: string) =>
      readRemoteSpan(traceparent, tracestate)?.spanContext().traceState?.serialize();
    expect(stateOf(valid, 'a=1')).toBe('a=1');
    expect(stateOf('00', 'a=1')).toBeUndefined();
    expect(readRemoteSpan(valid, 'not a tracestate')?.spanContext()).toEqual(parseTraceparent(valid));
  });

  test('never throws', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' }), nearlyValid), (header) => {
        parseTraceparent(header);
      }),
    );
  });
});

const hexDigits = (length: number) =>
  fc.string({ unit: fc.constantFrom(...'0123456789abcdef'), minLength: length, maxLength: length });
const isNotZero = (id: string) => !/^0+$/.test(id);

/** A valid header with one character replaced. */
const nearlyValid = fc
  .tuple(fc.nat({ max: valid.length - 1 }), fc.string({ unit: 'binary', minLength: 1, maxLength: 1 }))
  .map(([at, character]) => valid.slice(0, at) + character + valid.slice(at + 1));

describe('writing', () => {
  test('has version 00, two digits of flags, and only known flags', () => {
    const written = (traceFlags: number) => serializeTraceparent({ traceId, spanId, traceFlags });
    expect(written(0)).toBe(`00-${traceId}-${spanId}-00`);
    expect(written(1)).toBe(`00-${traceId}-${spanId}-01`);
    expect(written(2)).toBe(`00-${traceId}-${spanId}-02`);
    expect(written(3)).toBe(`00-${traceId}-${spanId}-03`);
    expect(written(0xff)).toBe(`00-${traceId}-${spanId}-03`);
    expect(written(0x08)).toBe(`00-${traceId}-${spanId}-00`);
  });

  test('writes what was read, with version 00', () => {
    const parts = fc.record({
      version: fc.integer({ min: 0, max: 0xfe }),
      traceId: hexDigits(32).filter(isNotZero),
      spanId: hexDigits(16).filter(isNotZero),
      flags: fc.nat({ max: 0xff }),
    });
    fc.assert(
      fc.property(parts, ({ version, traceId, spanId, flags }) => {
        const twoDigits = (value: number) => value.toString(16).padStart(2, '0');
        const context = parseTraceparent(`${twoDigits(version)}-${traceId}-${spanId}-${twoDigits(flags)}`);
        if (context === undefined) throw new Error('expected a context');
        expect(serializeTraceparent(context)).toBe(`00-${traceId}-${spanId}-${twoDigits(flags & 3)}`);
        expect(parseTraceparent(serializeTraceparent(context))).toEqual(context);
      }),
    );
  });
});

describe('the header of a call', () => {
  const makeTracer = (sampler: () => boolean): Tracer =>
    createTracer({ exporter: inMemoryExporter(), sampler, flushOnExit: false, env: {} });

  const onward = (tracer: Tracer, header: string) => {
    const remote = readRemoteSpan(header, undefined);
    return traceparentOf(internalsOf(tracer).beginSpan('call', 'client', remote)) ?? '';
  };

  test('from a sampled span has the span’s id and the sampled flag', () => {
    const tracer = makeTracer(() => true);
    const span = internalsOf(tracer).beginSpan('call', 'client', readRemoteSpan(valid, undefined));
    expect(span.spanId).not.toBe(spanId);
    expect(traceparentOf(span)).toBe(`00-${traceId}-${span.spanId}-01`);
  });

  test('from an unsampled span is sent too, with flags 00 and a new parent id for each call', () => {
    const tracer = makeTracer(() => false);
    const span = internalsOf(tracer).beginSpan('request', 'server', readRemoteSpan(valid, undefined));
    const headers = [traceparentOf(span), traceparentOf(span), traceparentOf(span)].map(String);
    for (const header of headers) {
      expect(header).toMatch(new RegExp(`^00-${traceId}-[0-9a-f]{16}-00$`));
      expect(header).not.toContain(spanId);
      expect(parseTraceparent(header)).toBeDefined();
    }
    expect(new Set(headers).size).toBe(3);
  });

  test('has the random flag of the trace, whatever is sampled', () => {
    for (const sampled of [true, false]) {
      const tracer = makeTracer(() => sampled);
      expect(onward(tracer, `00-${traceId}-${spanId}-03`).slice(-2)).toBe(sampled ? '03' : '02');
      expect(onward(tracer, `00-${traceId}-${spanId}-01`).slice(-2)).toBe(sampled ? '01' : '00');
      expect(onward(tracer, `cc-${traceId}-${spanId}-ff-more`).slice(-2)).toBe(sampled ? '03' : '02');
    }
  });

  test('of a new trace has the random flag', () => {
    expect(traceparentOf(internalsOf(makeTracer(() => true)).beginSpan('call', 'client', undefined))?.slice(-2)).toBe(
      '03',
    );
    expect(traceparentOf(internalsOf(makeTracer(() => false)).beginSpan('call', 'client', undefined))?.slice(-2)).toBe(
      '02',
    );
  });

  test('from an ignored request is the received one; without a received one, none', () => {
    const header = `00-${traceId}-${spanId}-02`;
    expect(traceparentOf(ignoredSpan(readRemoteSpan(header, undefined)))).toBe(header);
    expect(traceparentOf(ignoredSpan(undefined))).toBeUndefined();
  });

  test('from a remote context is the received one', () => {
    const remote = readRemoteSpan(valid, undefined);
    expect(remote && traceparentOf(remote)).toBe(valid);
  });

  test('from a suppressed context is none', () => {
    const trace = new TraceIdentity(1, 2, 3, 4, true, undefined);
    expect(traceparentOf(new PassingSpan(trace, 1, 2, true, 'suppressed'))).toBeUndefined();
  });
});
