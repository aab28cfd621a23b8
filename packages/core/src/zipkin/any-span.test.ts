// Zipkin can read the request for any span.

import { isUtf8 } from 'node:buffer';
import fc from 'fast-check';
import { encodingExporter } from '../../test/encode-spans.ts';
import type { AttributeValue } from '../attribute-value.ts';
import { createTracer } from '../create-tracer.ts';
import type { SpanKind } from '../span-kind.ts';
import type { Tracer } from '../tracer.ts';
import { zipkinFormat } from './zipkin-format.ts';
import { readZipkinSpans, type ZipkinSpan } from './zipkin-span.ts';

// Hundreds of spans are written in each.
jest.setTimeout(30_000);

// UTF-16 units of any kind: halves of pairs, control characters, quotation marks.
const text = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 60 }),
  fc.array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 40 }).map((units) => String.fromCharCode(...units)),
  fc.constantFrom(
    '',
    '"',
    '\\',
    '\u0000',
    '\ud800',
    '\udfff\ud800',
    '\u2028',
    '🙂',
    'error',
    'otlp.link.0',
    '__proto__',
  ),
);
const number = fc.oneof(fc.double(), fc.integer(), fc.constantFrom(Number.MAX_VALUE, Number.MIN_VALUE, -0, Number.NaN));
const value: fc.Arbitrary<AttributeValue> = fc.oneof(
  text,
  number,
  fc.boolean(),
  fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }),
  fc.uint8Array({ maxLength: 20 }),
  fc.array(fc.option(text), { maxLength: 5 }),
  fc.array(fc.option(number), { maxLength: 5 }),
  fc.array(fc.option(fc.boolean()), { maxLength: 5 }),
);
const key = fc.oneof(
  text,
  fc.constantFrom('peer.service', 'server.address', 'server.port', 'network.peer.address', 'network.peer.port'),
);
const attributes = fc.dictionary(key, value, { maxKeys: 8, noNullPrototype: true });
const time = fc.oneof(
  fc.double({ min: 0, max: 8.64e15, noNaN: true }),
  fc.double({ min: 1.7e12, max: 1.9e12, noNaN: true }),
  fc.constantFrom(0, 8.64e15),
);
const span = fc.record({
  name: text,
  kind: fc.constantFrom<SpanKind>('internal', 'server', 'client', 'producer', 'consumer'),
  attributes,
  startTime: time,
  endTime: time,
  events: fc.array(fc.record({ name: text, attributes, time }), { maxLength: 3 }),
  linkAttributes: fc.array(attributes, { maxLength: 2 }),
  status: fc.constantFrom('unset', 'ok', 'error'),
  message: fc.option(text, { nil: undefined }),
});

const spanIds = { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: 1 };

/** The body of the request. */
function bodyOf(make: (tracer: Tracer) => void, resource: Record<string, AttributeValue> = {}): Buffer {
  const exporter = encodingExporter(zipkinFormat);
  const tracer = createTracer({ resource, exporter, flushOnExit: false, logLevel: 'none', env: {} });
  make(tracer);
  expect(tracer.stats().diagnostics).not.toHaveProperty('exporter-failed');
  return exporter.body();
}

function textAsItArrives(given: string): string {
  return Buffer.from(given).toString(); // a lone surrogate has no UTF-8
}

test('any spans make a request that Zipkin accepts', () => {
  fc.assert(
    fc.property(fc.array(span, { minLength: 1, maxLength: 4 }), attributes, (spans, resource) => {
      const body = bodyOf((tracer) => {
        for (const {
          name,
          kind,
          attributes: given,
          startTime,
          endTime,
          events,
          linkAttributes,
          status,
          message,
        } of spans) {
          const links = linkAttributes.map((each) => ({ context: spanIds, attributes: each }));
          const started = tracer.startSpan(name, { kind, attributes: given, startTime, links });
          for (const event of events) started.addEvent(event.name, event.attributes, event.time);
          started.setStatus({ code: status as 'unset', message });
          started.end(endTime);
        }
      }, resource);
      expect(isUtf8(body)).toBe(true);
      const read = readZipkinSpans(body);
      expect(read.map(({ name }) => name)).toEqual(spans.map(({ name }) => textAsItArrives(name)));
      for (const [index, { status, message }] of spans.entries()) {
        const { tags = {} } = read[index] as ZipkinSpan; // the counts are equal: just compared
        expect(tags['otel.status_code']).toBe(status === 'unset' ? undefined : status.toUpperCase());
        if (status === 'error' && message !== undefined) expect(tags.error).toBe(textAsItArrives(message));
      }
    }),
    { numRuns: 300 },
  );
});

test('no member occurs twice', () => {
  fc.assert(
    fc.property(span, attributes, ({ name, attributes: given, status }, resource) => {
      // Keys that differ only in lone surrogates become one key.
      const keys = new Set(Object.keys({ ...given, ...resource }));
      fc.pre(new Set([...keys].map(textAsItArrives)).size === keys.size);
      const body = bodyOf((tracer) => {
        tracer
          .startSpan(name, { attributes: given, links: [{ context: spanIds }] })
          .setStatus({ code: status as 'ok' })
          .end();
      }, resource).toString();
      expect(Object.keys(JSON.parse(body)[0].tags).length).toBe(countMembers(body));
    }),
    { numRuns: 300 },
  );
});

/** The members of `tags`, which are the last: of all strings, those before a colon are keys. */
function countMembers(body: string): number {
  const tags = body.slice(body.indexOf('"tags":{') + '"tags":'.length);
  return [...tags.matchAll(/"(?:[^"\\]|\\.)*"(:?)/g)].filter(([, colon]) => colon === ':').length;
}

test('strings of any length arrive unchanged', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary', maxLength: 5000 }), fc.integer({ min: 0, max: 300 }), (part, count) => {
      const given = part + 'x'.repeat(count);
      const [read] = readZipkinSpans(bodyOf((tracer) => tracer.startSpan('step', { attributes: { given } }).end()));
      expect(read?.tags?.given).toBe(textAsItArrives(given));
    }),
    { numRuns: 200 },
  );
});
