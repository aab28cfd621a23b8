// Spans by scope in OTLP's requests: an independent library reads them by the official schema, and JSON.parse() reads the other encoding.
import { join } from 'node:path';
import fc from 'fast-check';
import { loadSync } from 'protobufjs';
import { encodingExporter } from '../../test/encode-spans.ts';
import { createTracer } from '../create-tracer.ts';
import { scopeOf } from '../instrumentation-scope.ts';
import { type InternalTracer, internalsOf } from '../internal-tracer.ts';
import type { SpanFormat } from '../sending/span-format.ts';
import { version } from '../version.ts';
import { decodeTraceRequest } from './decode-request.ts';
import { earlierJson, earlierProtobuf } from './fixtures/earlier-requests.ts';
import { jsonFormat } from './json-format.ts';
import { protobufFormat } from './protobuf-format.ts';

const requestType = loadSync(join(__dirname, 'fixtures/trace-service.proto')).lookupType('ExportTraceServiceRequest');

const core = `@waymark/core ${version}`;

interface ScopeSpans {
  readonly scope: { readonly name?: string; readonly version?: string };
  readonly spans: readonly { readonly name: string }[];
  readonly schemaUrl?: string;
}

const formats: readonly [string, SpanFormat, (body: Buffer) => readonly ScopeSpans[], Buffer][] = [
  [
    'protobuf',
    protobufFormat,
    (body) => {
      const message = requestType.decode(body);
      // No unknown or repeated field may be hidden: written again in the order of the fields, the message has as many bytes.
      expect(requestType.encode(message).finish()).toHaveLength(body.length);
      return requestType.toObject(message, { longs: String }).resourceSpans[0].scopeSpans;
    },
    earlierProtobuf,
  ],
  ['JSON', jsonFormat, (body) => JSON.parse(body.toString()).resourceSpans[0].scopeSpans, earlierJson],
];

describe.each(formats)('scopes in %s', (_name, format, readScopes, earlier) => {
  /** The body for the spans that end during `make()`. */
  function encode(make: (tracer: InternalTracer) => void): Buffer {
    const exporter = encodingExporter(format);
    make(internalsOf(createTracer({ exporter, flushOnExit: false, env: {} })));
    return exporter.body();
  }

  /** The names of spans by scope, in the order of the request. */
  function listOf(body: Buffer): readonly (readonly [scope: string, names: string])[] {
    return readScopes(body).map(
      ({ scope, spans }) => [`${scope.name} ${scope.version ?? '-'}`, spans.map(({ name }) => name).join(' ')] as const,
    );
  }

  test('a request has each scope once, with its spans in the order in which they ended', () => {
    const body = encode((tracer) => {
      const pricing = tracer.withScope('pricing', '1.2.0');
      for (const round of [1, 2, 3]) {
        pricing.startSpan(`price${round}`).end();
        tracer.withScope('stock').startSpan(`stock${round}`).end();
        tracer.startSpan(`core${round}`).end();
      }
    });
    expect(listOf(body)).toEqual([
      ['pricing 1.2.0', 'price1 price2 price3'],
      ['stock -', 'stock1 stock2 stock3'],
      [core, 'core1 core2 core3'],
    ]);
  });

  test('spans of several blocks of memory stay with their scopes', () => {
    const names = Array.from({ length: 700 }, (_, index) => `${index} ${'x'.repeat((index * 37) % 900)}`);
    const body = encode((tracer) => {
      for (const [index, name] of names.entries())
        tracer
          .withScope(`scope${index % 3}`)
          .startSpan(name)
          .end();
    });
    expect(body.length).toBeGreaterThan(4 * 64 * 1024);
    expect(readScopes(body).map(({ spans }) => spans.map(({ name }) => name))).toEqual(
      [0, 1, 2].map((scope) => names.filter((_, index) => index % 3 === scope)),
    );
  });

  test('any sequence of scopes is grouped, and read back', () => {
    const sequence = fc.array(fc.tuple(fc.nat({ max: 4 }), fc.string({ unit: 'binary' })), { minLength: 1 });
    fc.assert(
      fc.property(sequence, (spans) => {
        const body = encode((tracer) => {
          for (const [scope, name] of spans) tracer.withScope(`scope${scope}`).startSpan(name).end();
        });
        const scopes = [...new Set(spans.map(([scope]) => scope))];
        expect(decodeTraceRequest(format.contentType, body).map(({ scope, name }) => [scope.name, name])).toEqual(
          scopes.flatMap((scope) =>
            spans
              .filter((span) => span[0] === scope)
              .map(([, name]) => [`scope${scope}`, Buffer.from(name).toString()]),
          ),
        );
      }),
    );
  });

  test('the URL of a schema is the scope’s, and distinguishes it', () => {
    const body = encode((tracer) => {
      const url = 'https://opentelemetry.io/schemas/1.38.0';
      tracer
        .inScope(scopeOf('pg', '1', url))
        .startSpan('a')
        .end();
      tracer.inScope(scopeOf('pg', '1')).startSpan('b').end();
      tracer
        .inScope(scopeOf('pg', '1', url))
        .startSpan('c')
        .end();
    });
    expect(readScopes(body)).toMatchObject([
      { scope: { name: 'pg', version: '1' }, schemaUrl: 'https://opentelemetry.io/schemas/1.38.0' },
      { scope: { name: 'pg', version: '1' } },
    ]);
    expect(listOf(body)).toEqual([
      ['pg 1', 'a c'],
      ['pg 1', 'b'],
    ]);
    expect(decodeTraceRequest(format.contentType, body).map(({ scope }) => scope)).toEqual([
      { name: 'pg', version: '1', schemaUrl: 'https://opentelemetry.io/schemas/1.38.0' },
      { name: 'pg', version: '1', schemaUrl: 'https://opentelemetry.io/schemas/1.38.0' },
      { name: 'pg', version: '1' },
    ]);
  });

  test.each(['a "spans":[{},{}] \\', '"},"spans":[', '日本 \u{1F600}', 'lone \ud800', 'x'.repeat(1024)])(
    'the name %p is read back, also from halves',
    (name) => {
      const body = encode((tracer) => {
        tracer.withScope(name, name).startSpan('a').end();
        tracer.startSpan('b').end();
        tracer.withScope(name, name).startSpan('c').end();
      });
      const read = Buffer.from(name).toString();
      expect(readScopes(body).map(({ scope }) => scope)).toEqual([
        { name: read, version: read },
        { name: '@waymark/core', version },
      ]);
      const halves = format.halve(body) ?? [];
      expect(halves.map((half) => readScopes(half.body).map(({ scope }) => scope.name))).toEqual([
        [read],
        [read, '@waymark/core'],
      ]);
    },
  );

  test.each([2, 3, 4, 7, 12])('%i spans are halved at the middle of the request, whatever their scopes', (count) => {
    const body = encode((tracer) => {
      for (let index = 0; index < count; index++)
        tracer
          .withScope(`scope${index % 3}`)
          .startSpan(`${index}`)
          .end();
    });
    const whole = decodeTraceRequest(format.contentType, body);
    const halves = format.halve(body) ?? [];
    expect(halves.map(({ spanCount }) => spanCount)).toEqual([count >> 1, (count + 1) >> 1]);
    expect(halves.flatMap((half) => decodeTraceRequest(format.contentType, half.body))).toEqual(whole);
    for (const half of halves) {
      const scopes = readScopes(half.body).map(({ scope }) => scope.name);
      expect(scopes).toEqual([...new Set(scopes)]);
      expect(decodeTraceRequest(format.contentType, half.body)).toHaveLength(half.spanCount);
    }
  });

  test('halves of halves end at single spans, which are not halved', () => {
    const body = encode((tracer) => {
      for (let index = 0; index < 9; index++)
        tracer
          .withScope(`scope${index % 4}`)
          .startSpan(`${index}`)
          .end();
    });
    const names: string[] = [];
    const halveAll = (part: Buffer): void => {
      const halves = format.halve(part);
      if (halves === undefined) names.push(listOf(part).map(String).join());
      else for (const half of halves) halveAll(half.body);
    };
    halveAll(body);
    expect(names.sort()).toEqual(Array.from({ length: 9 }, (_, index) => `scope${index % 4} -,${index}`).sort());
  });

  test('a request of a version without scopes is halved, too', () => {
    const whole = decodeTraceRequest(format.contentType, earlier);
    expect(whole.map(({ name }) => name)).toEqual(['first ",', 'second', 'third']);
    const halves = format.halve(earlier) ?? [];
    expect(halves.map(({ spanCount }) => spanCount)).toEqual([1, 2]);
    expect(halves.flatMap((half) => decodeTraceRequest(format.contentType, half.body))).toEqual(whole);
    expect(halves.map((half) => listOf(half.body).map(([scope]) => scope))).toEqual([
      [`@waymark/core 0.1.0`],
      [`@waymark/core 0.1.0`],
    ]);
  });

  test.each([
    '',
    '{}',
    '{"resourceSpans":[]}',
    '{"resourceSpans":[{"scopeSpans":[]}]}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{}',
    '{"resourceSpans":[{"scopeSpans":[{"spans":[{},{}],"more":1}]}]}',
    '\u0001\u0002\u0003',
    '\n\u0002\u0012\u0000',
  ])('%p is not halved', (body) => {
    expect(format.halve(Buffer.from(body))).toBeUndefined();
  });
});
