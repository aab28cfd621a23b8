// Every rule of OpenTelemetry's page about Zipkin, and of Zipkin's own format.

import { encodingExporter } from '../../test/encode-spans.ts';
import type { Attributes, AttributeValue } from '../attribute-value.ts';
import { createTracer } from '../create-tracer.ts';
import type { TracerOptions } from '../options.ts';
import type { Span } from '../span.ts';
import type { SpanOptions } from '../span-options.ts';
import { version } from '../version.ts';
import { zipkinFormat } from './zipkin-format.ts';
import { readZipkinSpans, type ZipkinEndpoint, type ZipkinSpan } from './zipkin-span.ts';

const startMs = 1_795_381_463_701.25;
const scopeTags = { 'otel.scope.name': '@waymark/core', 'otel.scope.version': version };

/** The span that `act` makes, as a receiver reads it. */
function write(act: (tracer: ReturnType<typeof createTracer>) => void, options: TracerOptions = {}): ZipkinSpan[] {
  const exporter = encodingExporter(zipkinFormat);
  const tracer = createTracer({ serviceName: 'orders', env: {}, flushOnExit: false, exporter, ...options });
  act(tracer);
  expect(tracer.stats().diagnostics).not.toHaveProperty('exporter-failed');
  return readZipkinSpans(exporter.body());
}

function writeOne(
  { name = 'step', ...options }: SpanOptions & { name?: string } = {},
  act: (span: Span) => void = () => {},
  tracerOptions: TracerOptions = {},
): ZipkinSpan {
  const [span] = write((tracer) => {
    const started = tracer.startSpan(name, { startTime: startMs, ...options });
    act(started);
    started.end(startMs + 2.5);
  }, tracerOptions);
  if (span === undefined) throw new Error('no span was written');
  return span;
}

function tagsOf(attributes: Attributes, act?: (span: Span) => void): Readonly<Record<string, string>> {
  const {
    'otel.scope.name': _name,
    'otel.scope.version': _version,
    ...tags
  } = writeOne({ attributes }, act).tags ?? {};
  return tags;
}

test('writes the scope of each span', () => {
  const spans = write((tracer) => {
    tracer.withScope('shop', '1.2.0').startSpan('a').end();
    tracer.withScope('"quoted"').startSpan('b').end();
    tracer.startSpan('c').end();
  });
  const tags = spans.map((span) => [span.name, span.tags?.['otel.scope.name'], span.tags?.['otel.scope.version']]);
  expect(tags.sort()).toEqual([
    ['a', 'shop', '1.2.0'],
    ['b', '"quoted"', undefined],
    ['c', '@waymark/core', version],
  ]);
});

test('writes a server span with its child', () => {
  const ids = ['00f067aa0ba902b7', '1111111111111111'];
  const spans = write(
    (tracer) => {
      const server = tracer.startSpan('GET /users/:id', { kind: 'server', startTime: startMs });
      tracer.startSpan('load', { parent: server, startTime: startMs + 1 }).end(startMs + 1.5);
      server.end(startMs + 2.5);
    },
    { idGenerator: { traceId: () => '4bf92f3577b34da6a3ce929d0e0e4736', spanId: () => ids.shift() ?? '' } },
  );
  expect(spans).toEqual([
    {
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      id: '1111111111111111',
      parentId: '00f067aa0ba902b7',
      name: 'load',
      timestamp: 1_795_381_463_702_250,
      duration: 500,
      localEndpoint: { serviceName: 'orders' },
      tags: scopeTags,
    },
    {
      traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
      id: '00f067aa0ba902b7',
      kind: 'SERVER',
      name: 'GET /users/:id',
      timestamp: 1_795_381_463_701_250,
      duration: 2500,
      localEndpoint: { serviceName: 'orders' },
      tags: scopeTags,
    },
  ]);
});

test.each([
  ['server', 'SERVER'],
  ['client', 'CLIENT'],
  ['producer', 'PRODUCER'],
  ['consumer', 'CONSUMER'],
  ['internal', undefined],
] as const)('writes the kind %s as %s', (kind, expected) => {
  expect(writeOne({ kind }).kind).toBe(expected);
});

describe('times', () => {
  test('are whole microseconds', () => {
    const [span] = write((tracer) => tracer.startSpan('step', { startTime: startMs + 0.0005 }).end(startMs + 1.0005));
    expect(span).toMatchObject({ timestamp: 1_795_381_463_701_251, duration: 1000 });
  });

  test('make a duration of at least 1', () => {
    const spans = write((tracer) => {
      for (const tookMs of [0, 0.00025, 0.001]) tracer.startSpan('step', { startTime: startMs }).end(startMs + tookMs);
    });
    expect(spans.map(({ duration }) => duration)).toEqual([1, 1, 1]);
  });

  test('of a child stay within those of its parent', () => {
    for (let step = 0; step < 50; step++) {
      const at = startMs + step * 0.00025;
      const [child, parent] = write((tracer) => {
        const outer = tracer.startSpan('outer', { startTime: at });
        tracer.startSpan('inner', { parent: outer, startTime: at + 0.0003 }).end(at + 0.0078);
        outer.end(at + 0.0078);
      }) as [Required<ZipkinSpan>, Required<ZipkinSpan>]; // both have times
      expect(child.timestamp).toBeGreaterThanOrEqual(parent.timestamp);
      expect(child.timestamp + child.duration).toBeLessThanOrEqual(parent.timestamp + parent.duration);
    }
  });

  test('before 1970 are left out, and those of the far future become the largest safe integer', () => {
    const noTime = { wallMs: () => -5, monotonicMs: () => 0 };
    const [without] = write((tracer) => tracer.startSpan('step').addEvent('event').end(), { clock: noTime });
    expect(without).not.toHaveProperty('timestamp');
    expect(without).toMatchObject({ duration: 1, annotations: [{ timestamp: 1, value: 'event' }] });
    const farFuture = new Date(8.64e15);
    const [last] = write((tracer) => tracer.startSpan('step', { startTime: farFuture }).end(farFuture));
    expect(last).toMatchObject({ timestamp: Number.MAX_SAFE_INTEGER, duration: 1 });
  });
});

describe('tags', () => {
  test.each<[AttributeValue, string]>([
    ['text', 'text'],
    ['', ''],
    [true, 'true'],
    [false, 'false'],
    [7, '7'],
    [-0, '0'],
    [0.1, '0.1'],
    [1e21, '1e+21'],
    [Number.NaN, 'NaN'],
    [Number.NEGATIVE_INFINITY, '-Infinity'],
    [['a', 'b,c', '"'], '["a","b,c","\\""]'],
    [[1, Number.NaN, 2.5], '[1,"NaN",2.5]'],
    [[true, null, false], '[true,null,false]'],
    [[], '[]'],
    ['naïve 日本 🙂', 'naïve 日本 🙂'],
    ['\u0000\n"\\\u2028', '\u0000\n"\\\u2028'],
    ['half \ud83d', 'half \ufffd'],
    ['long and plain '.repeat(40), 'long and plain '.repeat(40)],
    ['long and "quoted" '.repeat(40), 'long and "quoted" '.repeat(40)],
  ])('write %j as the string %j', (value, text) => {
    expect(tagsOf({ key: value })).toEqual({ key: text });
  });

  test('escape keys', () => {
    expect(tagsOf({ 'a"b': 1, ü: 2, [`${'k'.repeat(200)}`]: 3 })).toEqual({
      'a"b': '1',
      ü: '2',
      [`${'k'.repeat(200)}`]: '3',
    });
  });

  test('are the same however often a value repeats', () => {
    const values = [
      'GET',
      'GET',
      'GET',
      'PUT',
      'GET',
      '1',
      1,
      1,
      1,
      true,
      true,
      true,
      'true',
      ...Array(3).fill('x'.repeat(300)),
    ];
    const spans = write((tracer) => {
      for (const value of values) tracer.startSpan('step', { attributes: { key: value } }).end();
    });
    expect(spans.map(({ tags }) => tags?.key)).toEqual(values.map(String));
  });

  test.each<[string, (span: Span) => void, object]>([
    ['unset', () => {}, {}],
    ['ok', (span) => span.setStatus({ code: 'ok' }), { 'otel.status_code': 'OK' }],
    ['error', (span) => span.setStatus({ code: 'error' }), { 'otel.status_code': 'ERROR', error: '' }],
    [
      'error with a description',
      (span) => span.setStatus({ code: 'error', message: 'no "stock"' }),
      { 'otel.status_code': 'ERROR', error: 'no "stock"' },
    ],
  ])('contain the status %s', (_, act, tags) => {
    expect(tagsOf({}, act)).toEqual(tags);
  });

  test.each<[AttributeValue, 'unset' | 'ok' | 'error', object]>([
    [false, 'unset', {}],
    ['false', 'unset', {}],
    ['out of stock', 'unset', { error: 'out of stock' }],
    ['out of stock', 'ok', { 'otel.status_code': 'OK' }],
    ['out of stock', 'error', { 'otel.status_code': 'ERROR', error: 'out of stock' }],
    [false, 'error', { 'otel.status_code': 'ERROR', error: '' }],
  ])('turn an attribute error=%j with status %s into %j', (error, code, tags) => {
    expect(tagsOf({ error }, (span) => span.setStatus({ code }))).toEqual(tags);
  });

  test('occur once, whatever the attributes are called', () => {
    const taken = {
      'otel.scope.name': 'x',
      'otel.status_code': 'x',
      'w3c.tracestate': 'x',
      'otlp.link.0': 'x',
      other: 'x',
    };
    expect(tagsOf(taken)).toEqual({ other: 'x' });
    expect(writeOne({ attributes: taken }).tags).toMatchObject(scopeTags);
  });

  test('count what was dropped', () => {
    const limits = { attributeCount: 1, eventCount: 1, linkCount: 0, attributeCountPerEvent: 1 };
    const { tags, annotations } = writeOne(
      { attributes: { a: 1, b: 2, c: 3 } },
      (span) => {
        span.addEvent('kept', { a: 1, b: 2 }).addEvent('dropped').addLink({ context: span.spanContext() });
      },
      { limits },
    );
    expect(tags).toEqual({
      ...scopeTags,
      a: '1',
      'otel.dropped_attributes_count': '2',
      'otel.dropped_events_count': '1',
      'otel.dropped_links_count': '1',
    });
    expect(annotations).toMatchObject([{ value: 'kept|{"a":1}|1' }]);
  });

  test('include the developer’s resource attributes, unless the span has the same key', () => {
    const resource = { 'service.namespace': 'shop', 'deployment.environment.name': 'staging', zones: ['a', 'b'] };
    const { tags, localEndpoint } = writeOne({ attributes: { 'deployment.environment.name': 'mine' } }, undefined, {
      resource,
    });
    expect(localEndpoint).toEqual({ serviceName: 'orders' });
    expect(tags).toEqual({
      ...scopeTags,
      'service.namespace': 'shop',
      zones: '["a","b"]',
      'deployment.environment.name': 'mine',
    });
  });

  test('keep links and tracestate in the Collector’s words', () => {
    const caller = { traceparent: '00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01', tracestate: 'a=1,b=2' };
    const [span] = write((tracer) => {
      const parent = tracer.extract(caller);
      const context = { traceId: 'f'.repeat(32), spanId: 'e'.repeat(16), traceFlags: 1 };
      tracer.startSpan('step', { parent, links: [{ context, attributes: { why: 'retry', count: 2 } }] }).end();
    });
    expect(span?.tags).toEqual({
      ...scopeTags,
      'w3c.tracestate': 'a=1,b=2',
      'otlp.link.0': `${'f'.repeat(32)}|${'e'.repeat(16)}||{"why":"retry","count":2}|0`,
    });
    expect(span).toMatchObject({ traceId: '4bf92f3577b34da6a3ce929d0e0e4736', parentId: '00f067aa0ba902b7' });
  });
});

describe('the remote endpoint', () => {
  const ranked: [Attributes, ZipkinEndpoint][] = [
    [{ 'peer.service': 'users' }, { serviceName: 'users' }],
    [
      { 'server.address': 'users.local', 'server.port': 8080 },
      { serviceName: 'users.local', port: 8080 },
    ],
    [
      { 'net.peer.name': 'old', 'net.peer.port': 80 },
      { serviceName: 'old', port: 80 },
    ],
    [
      { 'network.peer.address': '10.0.0.1', 'network.peer.port': 443 },
      { ipv4: '10.0.0.1', port: 443 },
    ],
    [{ 'server.socket.domain': 'domain' }, { serviceName: 'domain' }],
    [
      { 'server.socket.address': '::1', 'server.socket.port': 1 },
      { ipv6: '::1', port: 1 },
    ],
    [{ 'net.sock.peer.name': 'socket' }, { serviceName: 'socket' }],
    [{ 'net.sock.peer.addr': '/var/run/sock' }, { serviceName: '/var/run/sock' }],
    [{ 'peer.hostname': 'host' }, { serviceName: 'host' }],
    [{ 'peer.address': 'address' }, { serviceName: 'address' }],
    [{ 'db.name': 'stock' }, { serviceName: 'stock' }],
  ];

  test.each(ranked)('of %j is %j', (attributes, endpoint) => {
    expect(writeOne({ kind: 'client', attributes }).remoteEndpoint).toEqual(endpoint);
    expect(writeOne({ kind: 'producer', attributes }).remoteEndpoint).toEqual(endpoint);
  });

  test('uses the best attribute of a span', () => {
    for (let rank = 0; rank < ranked.length; rank++) {
      const attributes = Object.assign(
        {},
        ...ranked
          .slice(rank)
          .reverse()
          .map(([each]) => each),
      );
      const { port: _, ...expected } = ranked[rank]?.[1] ?? {};
      expect(writeOne({ kind: 'client', attributes }).remoteEndpoint).toMatchObject(expected);
    }
  });

  test.each<Attributes>([{}, { 'server.address': '' }, { 'peer.service': 7 }, { 'server.port': 80 }])(
    'is left out where the attributes are %j',
    (attributes) => {
      expect(writeOne({ kind: 'client', attributes })).not.toHaveProperty('remoteEndpoint');
    },
  );

  test.each([0, -1, 65_536, 1.5, '80'])('has no port %j', (port) => {
    const attributes = { 'server.address': 'users', 'server.port': port };
    expect(writeOne({ kind: 'client', attributes }).remoteEndpoint).toEqual({ serviceName: 'users' });
  });

  test.each(['server', 'consumer', 'internal'] as const)('is left out for the kind %s', (kind) => {
    expect(writeOne({ kind, attributes: { 'server.address': 'orders' } })).not.toHaveProperty('remoteEndpoint');
  });
});

test('has events as annotations, with their attributes', () => {
  const { annotations } = writeOne({}, (span) => {
    span.addEvent('cache miss', startMs + 1);
    span.addEvent('say "hi"', { text: 'a "b"', count: 2, list: ['x'], isTrue: true }, startMs + 2);
  });
  expect(annotations).toEqual([
    { timestamp: 1_795_381_463_702_250, value: 'cache miss' },
    {
      timestamp: 1_795_381_463_703_250,
      value: 'say "hi"|{"text":"a \\"b\\"","count":2,"list":["x"],"isTrue":true}|0',
    },
  ]);
});

test('has no bar in the name of an event, since the Collector would refuse the request', () => {
  const { annotations } = writeOne({}, (span) => {
    span.addEvent('a|b|c', startMs + 1);
    span.addEvent('a|b', { text: 'x|y' }, startMs + 2);
  });
  expect(annotations).toMatchObject([{ value: 'a¦b¦c' }, { value: 'a¦b|{"text":"x|y"}|0' }]);
});

test('leaves out empty fields', () => {
  expect(Object.keys(writeOne())).toEqual(['traceId', 'id', 'name', 'timestamp', 'duration', 'localEndpoint', 'tags']);
});

test('marks a trace with B3’s debug flag, so that Zipkin keeps it', () => {
  const [span] = write(
    (tracer) => {
      tracer
        .startSpan('step', { parent: tracer.extract({ b3: '80f198ee56343ba864fe8b2a57d3eff7-e457b5a2e4d86bd1-d' }) })
        .end();
    },
    { propagators: ['b3'] },
  );
  expect(span).toMatchObject({ debug: true, parentId: 'e457b5a2e4d86bd1' });
});
