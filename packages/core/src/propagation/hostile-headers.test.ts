// Reading any header never throws, writing it again gives a valid header, and no prototype is changed. The list has inputs that broke
// parsers, or could.
import { validateHeaderValue } from 'node:http';
import { createTracer } from '../create-tracer.ts';
import type { PropagatorName } from '../options.ts';
import type { Tracer } from '../tracer.ts';
import { environmentGetter, environmentSetter } from './environment.ts';

const trace = '4bf92f3577b34da6a3ce929d0e0e4736';
const span = '00f067aa0ba902b7';

const formats: readonly PropagatorName[] = ['tracecontext', 'baggage', 'b3', 'b3multi', 'jaeger', 'xray'];

const names = [
  'traceparent',
  'tracestate',
  'baggage',
  'b3',
  'x-b3-traceid',
  'x-b3-spanid',
  'x-b3-parentspanid',
  'x-b3-sampled',
  'x-b3-flags',
  'uber-trace-id',
  'uberctx-key',
  'uberctx-__proto__',
  'jaeger-debug-id',
  'jaeger-baggage',
  'x-amzn-trace-id',
];

const hostile: Record<string, unknown> = {
  'an empty text': '',
  'a space': ' ',
  'a dash': '-',
  'a comma': ',',
  'a zero': '0',
  'a state': 'd',
  'a trace id alone': trace,
  'a span id alone': span,
  'a traceparent': `00-${trace}-${span}-01`,
  'a traceparent of version ff': `ff-${trace}-${span}-01`,
  'two traceparents': `00-${trace}-${span}-01, 00-${trace}-${span}-01`,
  'a B3 header': `${trace}-${span}-d`,
  'a Jaeger header': `${trace}:${span}:0:3`,
  'an X-Ray header': `Root=1-${trace.slice(0, 8)}-${trace.slice(8)};Parent=${span};Sampled=?`,
  'ids of zeros': `${'0'.repeat(32)}-${'0'.repeat(16)}-1`,
  'Jaeger ids of zeros': '0:0:0:0',
  'an X-Ray root of zeros': `Root=1-${'0'.repeat(8)}-${'0'.repeat(24)}`,
  'hex with a prefix': '0xab:0x1:0:1',
  'a number in exponents': '1e5-1e5-1',
  'a line feed and a header': `${trace}-${span}-1\r\nset-cookie: a=1`,
  'a value that decodes to a header': 'key=a%0D%0Aset-cookie:%20a=1',
  'control characters': '\u0000\u0001\u007f\u001b[31m',
  'a value that decodes to control characters': 'key=%00%1B%5B31m',
  'bytes as Latin-1': 'key=J\u00c3\u00bcrgen',
  'beyond Latin-1': 'key=\u4e2d\u6587\ud83d\ude00',
  'a lone surrogate': 'key=\ud800',
  'percent signs': 'key=%%%',
  'bytes that are no UTF-8': 'key=%FF%C0%80',
  'an overlong encoding': 'key=%F8%88%80%80%80',
  'a prototype': '__proto__=polluted',
  'a constructor': 'constructor=polluted,prototype=polluted',
  'an X-Ray prototype': '__proto__=1;constructor=2;Root',
  quotes: 'key="a;b,c"',
  'only equals signs': '='.repeat(100),
  'only semicolons': ';'.repeat(100),
  'only colons': ':'.repeat(100),
  'no-break spaces': `\u00a0${trace}-${span}-1\u00a0`,
  'a byte order mark': `\ufeff00-${trace}-${span}-01`,
  'full-width digits': `${trace.replaceAll('0', '\uff10')}-${span}-1`,
  '64 kB of digits': '0'.repeat(65_536),
  '64 kB of members': 'a=1,'.repeat(16_384),
  '64 kB of fields': 'Root=1;'.repeat(9362),
  '64 kB of spaces': ' '.repeat(65_536),
  'a number': 1,
  'nothing at all': null,
  'an object': { toString: () => `${trace}-${span}-1` },
  'an object that throws': {
    toString() {
      throw new Error('thrown by the host');
    },
  },
  'an empty list': [],
  'a list of lists': [[[trace]]],
  'a list of two': [`${trace}-${span}-1`, `${trace}-${span}-0`],
  bytes: Buffer.from(`${trace}-${span}-1`),
  'bytes that are no text': Buffer.from([0xff, 0xfe, 0x00]),
};

// Every format in one list, first and last: each is read together with the results of the others.
const tracers = [formats, formats.toReversed()].map((propagators) =>
  createTracer({ propagators, exporter: [], env: {}, logLevel: 'none' }),
);

function sentOn(tracer: Tracer, headers: Record<string, string>): Record<string, string> {
  const next: Record<string, string> = {};
  tracer.inject(next, undefined, tracer.extract(headers));
  return next;
}

test.each(Object.entries(hostile))('%s in every header', (_, value) => {
  const everywhere = Object.fromEntries(names.map((name) => [name, value]));
  for (const tracer of tracers) {
    for (const carrier of [everywhere, new Map(Object.entries(everywhere)), Object.entries(everywhere)]) {
      const headers: Record<string, string> = {};
      const context = tracer.extract(carrier);
      tracer.inject(headers, undefined, context);
      tracer.startSpan('work', { kind: 'server', parent: context }).end();
      for (const [name, text] of Object.entries(headers)) expect(() => validateHeaderValue(name, text)).not.toThrow();

      // A header that we wrote is read as it was written. Twice, since not every format carries everything.
      const again = sentOn(tracer, headers);
      expect(sentOn(tracer, again)).toEqual(again);
    }
    expect(tracer.stats().diagnostics).toEqual({});
  }
  expect(({} as { polluted?: unknown }).polluted).toBeUndefined();
  expect(Object.keys(Object.prototype)).toEqual([]);
});

test.each(Object.entries(hostile).filter(([, value]) => typeof value === 'string'))(
  '%s in every variable of the environment',
  (_, value) => {
    const variables = names.map((name) => name.toUpperCase().replaceAll('-', '_'));
    for (const tracer of tracers) {
      const environment: Record<string, string> = {};
      const context = tracer.extract(
        Object.fromEntries(variables.map((name) => [name, String(value)])),
        environmentGetter,
      );
      tracer.inject(environment, environmentSetter, context);
      for (const text of Object.values(environment)) expect(text).toMatch(/^[\x20-\x7e]*$/);
      expect(tracer.stats().diagnostics).toEqual({});
    }
  },
);
