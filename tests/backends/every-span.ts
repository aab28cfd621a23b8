// Everything that a span can hold, each with what it is in OTLP and in Zipkin's format. The right-hand sides are written by hand:
// nothing here asks our encoders.
import type { SpanKind, SpanOptions, Tracer } from '@waymark/core';
import type { AnyValue } from './otlp-json.ts';

/** What the application sets, what OTLP has of it, and what Zipkin's tag says. */
export type AttributeFact = readonly [key: string, given: unknown, otlp: AnyValue, zipkin: string];

export interface EventFact {
  readonly name: string;
  readonly timeMs: number;
  readonly timeNs: string;
  readonly attributes?: readonly AttributeFact[];
  readonly dropped?: number;
}

export interface LinkFact {
  readonly traceId: string;
  readonly spanId: string;
  readonly traceFlags: number;
  readonly isRemote?: boolean;
  readonly traceState?: string;
  /** The W3C flags, and 0x100 for "it is known whether it is remote", 0x200 for "it is". */
  readonly otlpFlags: number;
  readonly attributes?: readonly AttributeFact[];
  readonly dropped?: number;
}

export interface SpanFact {
  readonly name: string;
  readonly kind?: SpanKind;
  readonly start: Time;
  readonly end: Time;
  readonly attributes?: readonly AttributeFact[];
  readonly droppedAttributes?: number;
  readonly events?: readonly EventFact[];
  readonly droppedEvents?: number;
  readonly links?: readonly LinkFact[];
  readonly droppedLinks?: number;
  readonly status?: { readonly code: 'ok' | 'error'; readonly message?: string };
}

/** As it is given, in OTLP's nanoseconds, and in Zipkin's microseconds, which JSON has exact numbers for until 2255. */
export interface Time {
  readonly ms: number | Date;
  readonly ns: string;
  readonly us: number;
}

const start: Time = { ms: 1_795_381_463_701.25, ns: '1795381463701250000', us: 1_795_381_463_701_250 };
const end: Time = { ms: 1_795_381_463_703.75, ns: '1795381463703750000', us: 1_795_381_463_703_750 };
const times = { start, end };

const long = 'täglich 🚀 '.repeat(3000);
const odd = 'naïve 日本 🚀 "quoted" \\ \u0001\t\n\u2028 end';

const scalars: readonly AttributeFact[] = [
  ['text', 'a', { stringValue: 'a' }, 'a'],
  ['text.empty', '', { stringValue: '' }, ''],
  ['text.odd', odd, { stringValue: odd }, odd],
  ['text.long', long, { stringValue: long }, long],
  ['text.half-a-pair', 'a\ud800b', { stringValue: 'a\ufffdb' }, 'a\ufffdb'],
  ['text.html', '<b>&amp;</b>', { stringValue: '<b>&amp;</b>' }, '<b>&amp;</b>'],
  ['ключ 鍵 🔑', 'key', { stringValue: 'key' }, 'key'],
  ['__proto__', 'own', { stringValue: 'own' }, 'own'],
  ['true', true, { boolValue: true }, 'true'],
  ['false', false, { boolValue: false }, 'false'],
  ['int', 42, { intValue: '42' }, '42'],
  ['int.zero', 0, { intValue: '0' }, '0'],
  ['int.negative', -1, { intValue: '-1' }, '-1'],
  ['int.32-bit', 2 ** 31, { intValue: '2147483648' }, '2147483648'],
  ['int.largest', Number.MAX_SAFE_INTEGER, { intValue: '9007199254740991' }, '9007199254740991'],
  ['int.least', Number.MIN_SAFE_INTEGER, { intValue: '-9007199254740991' }, '-9007199254740991'],
  ['bigint', 7n, { intValue: '7' }, '7'],
  ['bigint.beyond-safe', 2n ** 53n + 1n, { intValue: '9007199254740993' }, '9007199254740993'],
  ['bigint.largest', 2n ** 63n - 1n, { intValue: '9223372036854775807' }, '9223372036854775807'],
  ['bigint.least', -(2n ** 63n), { intValue: '-9223372036854775808' }, '-9223372036854775808'],
  ['bytes', new Uint8Array([0, 127, 128, 255]), { bytesValue: 'AH+A/w==' }, 'AH+A/w=='],
  ['bytes.empty', new Uint8Array(0), { bytesValue: '' }, ''],
  ['double', 1.5, { doubleValue: 1.5 }, '1.5'],
  ['double.small', 5e-324, { doubleValue: 5e-324 }, '5e-324'],
  ['double.large', 1.7976931348623157e308, { doubleValue: 1.7976931348623157e308 }, '1.7976931348623157e+308'],
  ['double.not-a-number', Number.NaN, { doubleValue: 'NaN' }, 'NaN'],
  ['double.infinity', Number.POSITIVE_INFINITY, { doubleValue: 'Infinity' }, 'Infinity'],
  ['double.beyond-safe', 2 ** 53, { doubleValue: 9007199254740992 }, '9007199254740992'],
];

const arrays: readonly AttributeFact[] = [
  [
    'texts',
    ['a', '', 'ü'],
    { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: '' }, { stringValue: 'ü' }] } },
    '["a","","ü"]',
  ],
  ['ints', [1, -2], { arrayValue: { values: [{ intValue: '1' }, { intValue: '-2' }] } }, '[1,-2]'],
  [
    'bigints',
    [1n, 2n ** 63n - 1n],
    { arrayValue: { values: [{ intValue: '1' }, { intValue: '9223372036854775807' }] } },
    '[1,9223372036854775807]',
  ],
  ['doubles', [0.5, 1.25], { arrayValue: { values: [{ doubleValue: 0.5 }, { doubleValue: 1.25 }] } }, '[0.5,1.25]'],
  ['booleans', [true, false], { arrayValue: { values: [{ boolValue: true }, { boolValue: false }] } }, '[true,false]'],
  [
    'hole',
    ['a', null, 'b'],
    { arrayValue: { values: [{ stringValue: 'a' }, {}, { stringValue: 'b' }] } },
    '["a",null,"b"]',
  ],
  ['nothing', [], { arrayValue: {} }, '[]'],
];

const notes: readonly AttributeFact[] = [
  ['text', 'why', { stringValue: 'why' }, 'why'],
  ['attempt', 2, { intValue: '2' }, '2'],
  ['ratio', 0.25, { doubleValue: 0.25 }, '0.25'],
  ['final', true, { boolValue: true }, 'true'],
  ['hosts', ['a', 'b'], { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } }, '["a","b"]'],
];

function numbered(count: number): readonly AttributeFact[] {
  return Array.from({ length: count }, (_, index) => {
    const key = `n${index}`;
    return [key, index, { intValue: `${index}` }, `${index}`] as const;
  });
}

/** The limits of the tracer that records these, so that something is left out. */
export const limits = {
  attributeCount: 40,
  eventCount: 3,
  linkCount: 2,
  attributeCountPerEvent: 5,
  attributeCountPerLink: 5,
};

/** The children of a span that has a remote parent. */
export const everySpan: readonly SpanFact[] = [
  { name: 'Scalars', attributes: scalars, ...times },
  { name: 'Arrays', attributes: arrays, ...times },
  { name: 'A name: naïve 日本 🚀 "quoted"', ...times },
  { name: 'long '.repeat(500).trim(), ...times },
  { name: 'of kind server', kind: 'server', ...times },
  {
    name: 'of kind client',
    kind: 'client',
    ...times,
    attributes: [
      ['server.address', 'Users.example', { stringValue: 'Users.example' }, 'Users.example'],
      ['server.port', 8080, { intValue: '8080' }, '8080'],
    ],
  },
  { name: 'of kind producer', kind: 'producer', ...times },
  { name: 'of kind consumer', kind: 'consumer', ...times },
  { name: 'ok', status: { code: 'ok' }, ...times },
  { name: 'failed', status: { code: 'error' }, ...times },
  { name: 'failed with a message', status: { code: 'error', message: 'naïve 日本 🚀\nat line 2' }, ...times },
  {
    name: 'with events',
    ...times,
    events: [
      { name: 'begun', timeMs: start.ms as number, timeNs: start.ns },
      { name: 'retry 日本', timeMs: 1_795_381_463_702.5, timeNs: '1795381463702500000', attributes: notes },
      { name: 'ended', timeMs: end.ms as number, timeNs: end.ns },
    ],
  },
  {
    name: 'with events that have bars',
    ...times,
    events: [
      { name: 'a|b', timeMs: start.ms as number, timeNs: start.ns, attributes: notes },
      { name: 'a|b|c', timeMs: end.ms as number, timeNs: end.ns },
    ],
  },
  {
    name: 'with links',
    ...times,
    links: [
      { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331', traceFlags: 1, otlpFlags: 0x101 },
      {
        traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
        spanId: '00f067aa0ba902b7',
        traceFlags: 2,
        isRemote: true,
        traceState: 'rojo=1,congo=t61rcWkgMzE',
        otlpFlags: 0x302,
        attributes: notes,
      },
    ],
  },
  {
    name: 'with too much',
    ...times,
    attributes: numbered(40),
    droppedAttributes: 3,
    events: [
      { name: 'one', timeMs: start.ms as number, timeNs: start.ns, attributes: numbered(5), dropped: 2 },
      { name: 'two', timeMs: end.ms as number, timeNs: end.ns },
      { name: 'three', timeMs: end.ms as number, timeNs: end.ns },
    ],
    droppedEvents: 2,
    links: [
      {
        traceId: '0af7651916cd43dd8448eb211c80319c',
        spanId: 'b7ad6b7169203331',
        traceFlags: 0,
        otlpFlags: 0x100,
        attributes: numbered(5),
        dropped: 1,
      },
      { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203332', traceFlags: 0, otlpFlags: 0x100 },
    ],
    droppedLinks: 4,
  },
  { name: 'of no duration', start, end: start },
  {
    name: 'of a microsecond',
    start,
    end: { ms: 1_795_381_463_701.251, ns: '1795381463701250977', us: 1_795_381_463_701_251 },
  },
  {
    name: 'at the beginning of 1970',
    start: { ms: new Date(0), ns: '0', us: 0 },
    end: { ms: new Date(1), ns: '1000000', us: 1000 },
  },
  {
    name: 'until 2262',
    start: { ms: new Date('2262-04-11T00:00:00Z'), ns: '9223286400000000000', us: Number.MAX_SAFE_INTEGER },
    end: { ms: new Date(9_223_372_036_854), ns: '9223372036854000000', us: Number.MAX_SAFE_INTEGER },
  },
];

/** Attributes of the resource. Waymark adds those that it detects. */
export const resourceFacts: readonly AttributeFact[] = [
  ['service.name', 'Every Span', { stringValue: 'Every Span' }, 'Every Span'],
  ['service.version', '1.2.3-β', { stringValue: '1.2.3-β' }, '1.2.3-β'],
  ['build', 7, { intValue: '7' }, '7'],
  ['canary', true, { boolValue: true }, 'true'],
  ['load', 0.5, { doubleValue: 0.5 }, '0.5'],
  ['zones', ['a', 'b'], { arrayValue: { values: [{ stringValue: 'a' }, { stringValue: 'b' }] } }, '["a","b"]'],
];

/** The caller of it all. */
export const caller = {
  spanId: '00f067aa0ba902b7',
  traceState: 'rojo=00f067aa0ba902b7,congo=t61rcWkgMzE',
  flags: 1,
};

/** Records `facts` below one root. The root's id is 1, theirs are 2, 3 and so on. */
export function record(tracer: Tracer, traceId: string, facts: readonly SpanFact[]): void {
  const parent = tracer.extract({
    traceparent: `00-${traceId}-${caller.spanId}-0${caller.flags}`,
    tracestate: caller.traceState,
  });
  const root = tracer.startSpan('GET /every', { kind: 'server', parent, startTime: start.ms });
  for (const fact of facts) {
    const span = tracer.startSpan(fact.name, {
      parent: root,
      kind: fact.kind,
      startTime: fact.start.ms,
      attributes: objectOf(fact.attributes),
    });
    for (let index = 0; index < (fact.droppedAttributes ?? 0); index++) span.setAttribute(`dropped${index}`, 1);
    for (const { name, timeMs, attributes, dropped } of fact.events ?? []) {
      span.addEvent(name, objectOf(attributes, dropped), timeMs);
    }
    for (let index = 0; index < (fact.droppedEvents ?? 0); index++) span.addEvent('dropped');
    for (const { attributes, dropped, otlpFlags: _, ...context } of fact.links ?? []) {
      span.addLink({ context, attributes: objectOf(attributes, dropped) });
    }
    for (let index = 0; index < (fact.droppedLinks ?? 0); index++) {
      span.addLink({ context: { traceId, spanId: caller.spanId } });
    }
    if (fact.status) span.setStatus(fact.status);
    span.end(fact.end.ms);
  }
  root.end(end.ms);
}

function objectOf(attributes: readonly AttributeFact[] = [], dropped = 0): NonNullable<SpanOptions['attributes']> {
  const more = Array.from({ length: dropped }, (_, index) => [`dropped${index}`, 1] as const);
  // Not fromEntries() of a literal: `__proto__` has to be a key like any other.
  return Object.fromEntries([...attributes.map(([key, given]) => [key, given] as const), ...more]) as never; // what a fact gives is what users may give
}

export const rootFact: SpanFact = { name: 'GET /every', kind: 'server', ...times };

/** The id of the fact at an index: the root has number 1. */
export function spanIdOf(index: number): string {
  return (index + 2).toString(16).padStart(16, '0');
}

export const rootId = '1'.padStart(16, '0');
