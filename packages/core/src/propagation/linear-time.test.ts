// Headers are untrusted, so each parser must take linear time. A clock would be unreliable: these tests count the characters that a
// parser passes to the built-ins for strings and regular expressions.

import { countCharactersRead } from '../../test/count-characters-read.ts';
import { Context } from '../context.ts';
import { b3MultiPropagator, b3Propagator } from './b3.ts';
import { parseBaggage, serializeBaggage } from './baggage-header.ts';
import { carrierSetter } from './carrier.ts';
import { jaegerPropagator } from './jaeger.ts';
import { readOtMember, withThreshold } from './ot-tracestate.ts';
import type { Getter, Propagator } from './propagator.ts';
import { parseTracestate } from './tracestate.ts';
import { xrayPropagator } from './xray.ts';

const nothing = new Context(undefined, undefined);

/** Strings of a given length. With each, a careless parser would read the same characters again and again. */
const hostile: Record<string, (length: number) => string> = {
  commas: (length) => ','.repeat(length),
  spaces: (length) => `a=${' '.repeat(length)}x`,
  'blank members': (length) => ' ,\t'.repeat(length / 3),
  'whitespace inside a value': (length) => `a=1${' '.repeat(length)}1`,
  'equals signs': (length) => `a${'='.repeat(length)}`,
  semicolons: (length) => `a=1${';'.repeat(length)}`,
  'properties without end': (length) => `a=1${';p=2'.repeat(length / 4)}`,
  'one key again and again': (length) => 'a=1,'.repeat(length / 4),
  'one long key': (length) => 'k'.repeat(length),
  'one long value': (length) => `a=${'v'.repeat(length)}`,
  'a long value with a bad end': (length) => `a=${'v'.repeat(length)}"`,
  'percent signs': (length) => `a=${'%'.repeat(length)}`,
  'bytes that are no UTF-8': (length) => `a=${'%FF'.repeat(length / 3)}`,
  'at signs': (length) => `${'a@'.repeat(length / 2)}=1`,
  'fields of X-Ray': (length) => 'Root=1;'.repeat(length / 7),
  'encoded colons': (length) => '%3A'.repeat(length / 3),
  'dashes and digits': (length) => '0-'.repeat(length / 2),
  zeros: (length) => '0'.repeat(length),
  'sub-keys': (length) => `ot=${'th:8;'.repeat(length / 5)}`,
};

// As in a server, where Node joins repeated headers.
const headersGetter: Getter<Record<string, string>> = { get: (headers, name) => headers[name], keys: Object.keys };

const headersByFormat: Record<string, { propagator: Propagator; names: readonly string[] }> = {
  b3: { propagator: b3Propagator, names: ['b3'] },
  'several B3': { propagator: b3MultiPropagator, names: ['x-b3-traceid', 'x-b3-spanid', 'x-b3-sampled', 'x-b3-flags'] },
  jaeger: { propagator: jaegerPropagator, names: ['uber-trace-id', 'jaeger-debug-id', 'jaeger-baggage', 'uberctx-a'] },
  xray: { propagator: xrayPropagator, names: ['x-amzn-trace-id'] },
};

describe.each(Object.entries(hostile))('%s', (_, make) => {
  test('read each character of tracestate a bounded number of times', () => {
    expectLinear(make, (header) => {
      const traceState = parseTracestate(header);
      readOtMember(traceState);
      withThreshold(traceState, '8')?.serialize();
    });
  });

  test.each(Object.entries(headersByFormat))(
    'cost each character of %s headers a bounded number of looks',
    (_name, format) => {
      expectLinear(make, (header) => {
        const headers = Object.fromEntries(format.names.map((name) => [name, header]));
        const context = format.propagator.extract(nothing, headers, headersGetter);
        format.propagator.inject(context, {}, carrierSetter);
      });
    },
  );

  test('read each character of baggage a bounded number of times', () => {
    expectLinear(make, (header) => {
      const baggage = parseBaggage(header);
      if (baggage) serializeBaggage(baggage);
    });
  });
});

function expectLinear(make: (length: number) => string, read: (header: string) => void): void {
  for (const length of [960, 1920, 3840, 7680, 15_360]) {
    const header = make(length);
    expect(countCharactersRead(() => read(header))).toBeLessThanOrEqual(24 * header.length);
  }
}

test('a value far beyond the limits is not read, or only its beginning', () => {
  const endless = 'a=1,'.repeat(1_000_000);
  expect(countCharactersRead(() => parseTracestate(endless))).toBe(0);
  expect(countCharactersRead(() => parseBaggage(endless))).toBeLessThanOrEqual(24 * 16_384);
});

test('in a flood of one-entry headers each character is read a bounded number of times', () => {
  for (const count of [60, 600, 6000]) {
    const headers = Object.fromEntries(
      Array.from({ length: count }, (_, index) => [`uberctx-${index}`, '%20'.repeat(8)]),
    );
    const length = Object.entries(headers).reduce((sum, [name, value]) => sum + name.length + value.length, 0);
    const read = (): unknown => jaegerPropagator.extract(nothing, headers, headersGetter);
    expect(countCharactersRead(read)).toBeLessThanOrEqual(24 * length);
  }
});

test('the count detects a parser that reads the same characters again', () => {
  const quadratic = (header: string): void => {
    for (let rest = header; rest !== ''; rest = rest.slice(1)) rest.indexOf('=');
  };
  expect(() => expectLinear((length) => 'a'.repeat(length), quadratic)).toThrow();
});
