// Tests a span beyond the limits: each format cuts it while reading, and keeps the rest.
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import protobuf from 'protobufjs';
import type { Span } from '../model/span.ts';
import { decodeFile } from './decode-file.ts';
import { decodeSpans } from './decode-spans.ts';
import type { DecodedSpans } from './span-batch.ts';
import { spanLimits } from './span-limits.ts';

const traceId = '4bf92f3577b34da6a3ce929d0e0e4736';
const times = { startTimeUnixNano: '1795381463701250000', endTimeUnixNano: '1795381463703500000' };
const { attributes, events, links, resourceAttributes, partAttributes, items, nameLength, keyLength, valueLength } =
  spanLimits;

interface Given {
  readonly span?: object;
  readonly resource?: readonly object[];
  readonly scope?: object;
}

function request({ span = {}, resource = [], scope }: Given): object {
  const own = { traceId, spanId: '00f067aa0ba902b7', name: 'odd', ...times, ...span };
  const plain = { traceId, spanId: '00f067aa0ba902b8', name: 'plain', ...times };
  return {
    resourceSpans: [{ resource: { attributes: resource }, scopeSpans: [{ scope, spans: [own, plain] }] }],
  };
}

const text = (key: string, stringValue: string) => ({ key, value: { stringValue } });
const many = (count: number, from = 0) => Array.from({ length: count }, (_, index) => text(`k${from + index}`, 'v'));

protobuf.util.recursionLimit = 1000; // it would not encode a value that is too deep for the collector
const requestType = protobuf
  .parse(readFileSync(join(__dirname, 'fixtures/trace-service.proto'), 'utf8'))
  .root.lookupType('ExportTraceServiceRequest');

const otlp: readonly (readonly [string, (given: Given) => DecodedSpans])[] = [
  ['OTLP JSON', (given) => decodeSpans('otlp-json', Buffer.from(JSON.stringify(request(given))))],
  ['OTLP protobuf', (given) => decodeSpans('otlp-protobuf', toProtobuf(request(given)))],
  ['an imported file', (given) => decodeFile(Buffer.from(JSON.stringify(request(given))))],
];

function toProtobuf(document: object): Uint8Array {
  const withBytes = JSON.parse(JSON.stringify(document), (key, value) =>
    /^(traceId|spanId)$/.test(key) ? Buffer.from(value, 'hex').toString('base64') : value,
  );
  return requestType.encode(requestType.fromObject(withBytes)).finish();
}

/** The span beyond a limit. The span next to it is always kept unchanged. */
function odd({ spans, rejectedSpans }: DecodedSpans): Span {
  expect([rejectedSpans, spans.length, spans[1]?.name, Object.keys(spans[1]?.attributes ?? { none: 0 })]).toEqual([
    0,
    2,
    'plain',
    [],
  ]);
  return spans[0] as Span;
}

const countOf = (span: Span): number => Object.keys(span.attributes).length;

describe.each(otlp)('%s', (_, decode) => {
  test('keeps spans at the limits, and reports nothing', () => {
    const decoded = decode({
      span: {
        name: 'n'.repeat(nameLength),
        attributes: [text('k'.repeat(keyLength), 'v'.repeat(valueLength)), ...many(attributes - 1)],
        events: Array.from({ length: events }, () => ({ name: 'e' })),
        links: Array.from({ length: links }, () => ({ traceId, spanId: '1'.repeat(16) })),
      },
      resource: [text('service.name', 's'.repeat(256)), ...many(resourceAttributes - 1)],
      scope: { name: 'x', attributes: many(partAttributes) },
    });
    const span = odd(decoded);
    expect([decoded.cutSpans, decoded.message]).toEqual([undefined, undefined]);
    expect([span.name.length, countOf(span), span.events?.length, span.links?.length]).toEqual([
      nameLength,
      attributes,
      events,
      links,
    ]);
    expect(span).not.toHaveProperty('droppedAttributesCount');
    expect(span.resource).not.toHaveProperty('droppedAttributesCount');
    expect(span.scope).not.toHaveProperty('droppedAttributesCount');
  });

  test('counts attributes, events and links beyond the limits as dropped, with those of the sender', () => {
    const decoded = decode({
      span: {
        attributes: many(attributes + 1),
        droppedAttributesCount: 2,
        events: Array.from({ length: events + 3 }, () => ({ name: 'e' })),
        links: Array.from({ length: links + 4 }, () => ({ traceId, spanId: '1'.repeat(16) })),
      },
      scope: { name: 'x', attributes: many(partAttributes + 5), droppedAttributesCount: 1 },
    });
    const span = odd(decoded);
    expect([countOf(span), span.events?.length, span.links?.length]).toEqual([attributes, events, links]);
    expect(span).toMatchObject({
      droppedAttributesCount: 3,
      droppedEventsCount: 3,
      droppedLinksCount: 4,
      scope: { droppedAttributesCount: 6 },
    });
    expect([...messages(decoded)].sort()).toEqual([
      'attributes beyond 1000 of a span, 250 of a resource or 128 of an event, link or scope (6)',
      'events beyond 1000 of a span (3)',
      'links beyond 1000 of a span, or with ids that are too long (4)',
    ]);
  });

  test('cuts names and values, and marks their end', () => {
    const decoded = decode({
      span: {
        name: 'n'.repeat(nameLength + 1),
        attributes: [text('sql', `${'v'.repeat(valueLength - 2)}😀`), text('whole', 'v'.repeat(valueLength))],
        status: { code: 2, message: 'm'.repeat(valueLength + 9) },
        events: [{ name: 'e'.repeat(valueLength + 1), attributes: [text('stack', 's'.repeat(valueLength + 1))] }],
      },
      resource: [text('service.name', 's'.repeat(5000))],
    });
    const span = odd({ ...decoded });
    expect(span.name).toBe(`${'n'.repeat(nameLength - 1)}…`);
    expect(span.resource.serviceName).toBe(`${'s'.repeat(255)}…`);
    expect(span.resource.attributes['service.name']).toBe(span.resource.serviceName);
    // A pair of surrogates has two units, and neither is kept alone.
    expect(span.attributes.sql).toBe(`${'v'.repeat(valueLength - 2)}😀`);
    expect(span.attributes.whole).toBe('v'.repeat(valueLength));
    expect(span.status?.message?.length).toBe(valueLength);
    expect(span.events?.[0]?.name.length).toBe(valueLength);
    expect(span.events?.[0]?.attributes?.stack).toBe(`${'s'.repeat(valueLength - 1)}…`);
    // The other span has the same resource.
    expect(decoded.spans[1]?.resource).toBe(span.resource);
  });

  test('does not cut through a pair of surrogates', () => {
    const decoded = decode({ span: { attributes: [text('k', `${'v'.repeat(valueLength - 2)}😀😀`)] } });
    expect(odd(decoded).attributes.k).toBe(`${'v'.repeat(valueLength - 2)}…`);
  });

  test('drops attributes with a key that is too long', () => {
    const decoded = decode({ span: { attributes: [text('k'.repeat(keyLength + 1), 'v'), text('short', 'v')] } });
    expect(odd(decoded)).toMatchObject({ attributes: { short: 'v' }, droppedAttributesCount: 1 });
    expect(decoded.cutSpans).toBe(1);
  });

  test('keeps a service name that comes after too many attributes', () => {
    const decoded = decode({ resource: [...many(5000), text('service.name', 'users')] });
    const { resource } = odd(decoded);
    expect([resource.serviceName, resource.attributes['service.name']]).toEqual(['users', 'users']);
    expect(Object.keys(resource.attributes).length).toBeLessThanOrEqual(resourceAttributes + 1);
    expect(resource.droppedAttributesCount).toBeGreaterThan(4700);
  });

  test('cuts long lists and maps', () => {
    const values = Array.from({ length: items + 1 }, (_, index) => ({ intValue: index }));
    const decoded = decode({
      span: {
        attributes: [
          { key: 'list', value: { arrayValue: { values } } },
          { key: 'map', value: { kvlistValue: { values: many(items + 2) } } },
        ],
      },
    });
    const { list, map } = odd(decoded).attributes as unknown as { list: unknown[]; map: { kvlistValue: object } };
    expect([list.length, Object.keys(map.kvlistValue).length]).toEqual([items, items]);
    expect(decoded.message).toContain('items beyond 1000 of a list or a map (3)');
  });

  test.each([
    [64, undefined],
    [65, 'values deeper than 64 levels (1)'],
  ])('keeps a value in %i nested lists', (depth, message) => {
    let value: object = { stringValue: 'deep' };
    for (let level = 0; level < depth; level++) value = { arrayValue: { values: [value] } };
    const decoded = decode({ span: { attributes: [{ key: 'k', value }, text('other', 'v')] } });
    const span = odd(decoded);
    expect(JSON.stringify(span.attributes.k).includes('deep')).toBe(message === undefined);
    expect(span.attributes.other).toBe('v');
    if (message !== undefined) expect(decoded.message).toContain(message);
  });

  test('keeps a megabyte of one span, including small values after large ones', () => {
    const large = Array.from({ length: 40 }, (_, index) => text(`large${index}`, 'v'.repeat(60_000)));
    const decoded = decode({ span: { attributes: [...large, text('small', 'v')], events: [{ name: 'e' }] } });
    const span = odd(decoded);
    expect(span.attributes.small).toBe('v');
    expect(span.events).toEqual([{ timeUnixNano: '0', name: 'e' }]);
    expect(JSON.stringify(span).length).toBeLessThan(spanLimits.spanSize + 2000);
    expect([countOf(span), span.droppedAttributesCount]).toEqual([18, 23]);
    expect(decoded.message).toContain('beyond 1048576 characters of a span or 65536 of a resource (23)');
  });

  test('drops a tracestate that is too long', () => {
    const decoded = decode({ span: { traceState: 'a'.repeat(8193) } });
    expect(odd(decoded)).not.toHaveProperty('traceState');
    expect(decoded.cutSpans).toBe(1);
  });

  test('treats __proto__ and the like as keys', () => {
    const names = ['__proto__', 'constructor', 'toString', 'hasOwnProperty', '', 'length'];
    const decoded = decode({
      span: { attributes: names.map((name) => text(name, 'v')), name: 'n'.repeat(nameLength + 1) },
      resource: [text('__proto__', 'v'), text('service.name', '__proto__'), ...many(resourceAttributes)],
    });
    const span = odd(decoded);
    expect(Object.keys(span.attributes)).toEqual(names);
    expect(Object.getPrototypeOf(span.attributes)).toBe(Object.prototype);
    expect(Object.hasOwn(span.resource.attributes, '__proto__')).toBe(true);
  });
});

function messages({ message = '' }: DecodedSpans): readonly string[] {
  return message.replace(/^.*stored without: /, '').split('; ');
}

test('a link with an invalid id is dropped, and the rest of the span is kept', () => {
  const decoded = decodeSpans(
    'otlp-json',
    Buffer.from(
      JSON.stringify(
        request({
          span: {
            links: [
              { traceId: 'x'.repeat(1_000_000), spanId: '1' },
              { traceId, spanId: '1'.repeat(16) },
            ],
          },
        }),
      ),
    ),
  );
  expect(odd(decoded)).toMatchObject({ links: [{ traceId, spanId: '1'.repeat(16) }], droppedLinksCount: 1 });
});

describe('Zipkin', () => {
  const decode = (span: object) =>
    decodeSpans(
      'zipkin-json',
      Buffer.from(JSON.stringify([{ traceId, id: '1'.repeat(16), timestamp: 1_795_381_463_701_250, ...span }])),
    );

  test('cuts tags, annotations and names', () => {
    const { spans, message, cutSpans } = decode({
      name: 'n'.repeat(5_000_000),
      localEndpoint: { serviceName: 's'.repeat(5_000_000) },
      tags: Object.fromEntries(many(attributes + 2).map(({ key }) => [key, 'v'])),
      annotations: Array.from({ length: events + 1 }, () => ({ timestamp: 1_795_381_463_701_250, value: 'a' })),
    });
    const [span] = spans as [Span];
    expect([span.name.length, span.resource.serviceName.length, countOf(span), span.events?.length]).toEqual([
      nameLength,
      256,
      attributes,
      events,
    ]);
    expect(span).toMatchObject({ droppedAttributesCount: 2, droppedEventsCount: 1 });
    expect([cutSpans, messages({ spans, rejectedSpans: 0, message: message ?? '' }).length]).toEqual([1, 3]);
  });

  test('keeps spans at the limits', () => {
    const tags = Object.fromEntries(many(attributes).map(({ key }) => [key, 'v']));
    expect(decode({ tags })).not.toHaveProperty('message');
  });
});

test('a file of Jaeger has the same limits', () => {
  const tags = Array.from({ length: attributes + 1 }, (_, index) => ({ key: `k${index}`, type: 'string', value: 'v' }));
  const span = {
    traceID: traceId,
    spanID: '1'.repeat(16),
    operationName: 'n'.repeat(2000),
    startTime: 1_795_381_463_701_250,
    duration: 5,
    processID: 'p1',
    tags,
    logs: Array.from({ length: events + 1 }, () => ({ timestamp: 1_795_381_463_701_250, fields: [] })),
    references: Array.from({ length: links + 1 }, () => ({
      refType: 'FOLLOWS_FROM',
      traceID: traceId,
      spanID: '2'.repeat(16),
    })),
  };
  const processes = { p1: { serviceName: 's'.repeat(1000), tags: [] } };
  const { spans, cutSpans } = decodeFile(
    Buffer.from(JSON.stringify({ data: [{ traceID: traceId, spans: [span], processes }] })),
  );
  const [cut] = spans as [Span];
  expect([
    countOf(cut),
    cut.name.length,
    cut.events?.length,
    cut.links?.length,
    cut.resource.serviceName.length,
  ]).toEqual([attributes, nameLength, events, links, 256]);
  expect(cut).toMatchObject({ droppedAttributesCount: 1, droppedEventsCount: 1, droppedLinksCount: 1 });
  expect(cutSpans).toBe(1);
});
