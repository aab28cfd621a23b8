// OpenTelemetry's OTLP exporters of three generations, as a tracer's exporter. They send what our own exporter sends of the same spans.
import { join } from 'node:path';
import { version } from '@waymark/core/package.json';
import { loadSync } from 'protobufjs';
import { type Receiver, receiveGrpc, receiveHttp } from './receive-requests.ts';
import { type Ended, runSender } from './run-sender.ts';

const schema = loadSync(join(__dirname, '../../../packages/core/src/otlp/fixtures/trace-service.proto'));
const requestType = schema.lookupType('ExportTraceServiceRequest');

interface Request {
  readonly resourceSpans: readonly {
    readonly resource: unknown;
    readonly scopeSpans: readonly {
      readonly scope: { readonly name: string; readonly version: string };
      readonly spans: readonly Span[];
    }[];
  }[];
}

interface Span {
  readonly name: string;
  readonly spanId: string;
  status: object | null;
  readonly attributes: { value: { readonly bytesValue?: string } | null }[];
  flags?: number;
  readonly links: { flags?: number }[];
}

/** A request with every field, whatever was left out because it is 0 or empty. */
function readProtobuf(body: Buffer): Request {
  const options = { longs: String, bytes: String, defaults: true, oneofs: true };
  const request = requestType.toObject(requestType.decode(body), options) as unknown as Request; // the schema has these fields
  // Ours leaves out a status that is unset. The others send an empty one, which means the same.
  for (const span of spansOf(request)) span.status ??= { code: 0, message: '' };
  return request;
}

/** The same of JSON, whose ids are hex. */
function readJson(body: Buffer): Request {
  const ids = new Set(['traceId', 'spanId', 'parentSpanId']);
  const message = JSON.parse(body.toString(), (key, value) =>
    ids.has(key) ? Buffer.from(value, 'hex').toString('base64') : value,
  );
  return readProtobuf(Buffer.from(requestType.encode(requestType.fromObject(message)).finish()));
}

function spansOf({ resourceSpans }: Request): readonly Span[] {
  return resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap(({ spans }) => spans));
}

function bySpanId(request: Request): Readonly<Record<string, Span>> {
  return Object.fromEntries(spansOf(request).map((span) => [span.spanId, span]));
}

function namesByScope({ resourceSpans }: Request): Readonly<Record<string, readonly string[]>> {
  return Object.fromEntries(
    resourceSpans.flatMap(({ scopeSpans }) =>
      scopeSpans.map(({ scope, spans }) => [`${scope.name} ${scope.version}`, spans.map(({ name }) => name)]),
    ),
  );
}

function emptyBytes({ attributes }: Span): void {
  for (const attribute of attributes) if (attribute.value?.bytesValue !== undefined) attribute.value = {};
}

/** OTLP of SDK 1.x has none. */
function removeFlags(span: Span): void {
  span.flags = 0;
  for (const link of span.links) link.flags = 0;
}

function firstOf({ bodies: [body] }: Receiver): Buffer {
  if (body === undefined) throw new Error('nothing was received');
  return body;
}

const formats = {
  proto: { packageName: '@opentelemetry/exporter-trace-otlp-proto', ownFormat: 'http/protobuf', read: readProtobuf },
  http: { packageName: '@opentelemetry/exporter-trace-otlp-http', ownFormat: 'http/json', read: readJson },
  grpc: { packageName: '@opentelemetry/exporter-trace-otlp-grpc', ownFormat: 'http/protobuf', read: readProtobuf },
} as const;

const generations = ['sdk-3', 'sdk-2', 'sdk-1'] as const;
const cases = generations.flatMap((generation) =>
  (Object.keys(formats) as (keyof typeof formats)[]).map((format) => ({ generation, format })),
);

describe.each(cases)('the $format exporter of $generation', ({ generation, format }) => {
  const { packageName, ownFormat, read } = formats[format];
  const isJson = ownFormat === 'http/json';
  let theirs: Receiver;
  let ours: Receiver;
  beforeEach(async () => {
    theirs = format === 'grpc' ? await receiveGrpc() : await receiveHttp('/v1/traces');
    ours = await receiveHttp('/v1/traces');
  });
  afterEach(() => Promise.all([theirs.close(), ours.close()]));

  function run(ends: 'flush' | 'by itself' | 'SIGTERM', isLimited = false): Promise<Ended> {
    const urls = { url: theirs.url, ownUrl: ours.url };
    return runSender({ generation, packageName, className: 'OTLPTraceExporter', ownFormat, ends, isLimited, ...urls });
  }

  // Limits make a difference to the counts of what was dropped, which one format shows.
  test.each(format === 'proto' ? [false, true] : [false])(
    'sends what ours sends; with limits: %p',
    async (isLimited) => {
      const { sent, printed } = await run('flush', isLimited);
      expect(printed).toBe('');
      const request = read(firstOf(theirs));
      const ownRequest = (isJson ? readJson : readProtobuf)(firstOf(ours));
      if (generation === 'sdk-1') for (const span of spansOf(ownRequest)) removeFlags(span);
      // The exporter of SDK 1.x writes bytes into JSON as an object of numbers, which no receiver reads.
      if (generation === 'sdk-1' && isJson) for (const span of spansOf(ownRequest)) emptyBytes(span);
      expect(bySpanId(request)).toEqual(bySpanId(ownRequest));
      expect(request.resourceSpans.map(({ resource }) => resource)).toEqual(
        ownRequest.resourceSpans.map(({ resource }) => resource),
      );
      expect(namesByScope(request)).toEqual({
        [`@waymark/core ${version}`]: ['charge', 'POST /pay', 'its child', 'a root'],
        'shop 1.2.0': ['enqueue'],
        'bare ': ['take'],
      });

      expect(sent?.report).toEqual({ delivered: 12, lost: 0, complete: true });
      expect(sent?.stats).toMatchObject({ started: 6, ended: 6, exported: 12, waiting: 0, dropped: {} });
      expect(sent?.health).toMatchObject({ ok: true, exporters: [{ name: 'OTLPTraceExporter' }, { name: 'otlp' }] });
      // One request for the spans, and one for the health check: none of these was traced.
      expect(theirs.bodies).toHaveLength(2);
      expect(spansOf(read(theirs.bodies[1] as Buffer)).map(({ name }) => name)).toEqual(['waymark health check']);
    },
  );

  test.each(['by itself', 'SIGTERM'] as const)('gets the spans of a process that ends %s', async (ends) => {
    const { code, signal } = await run(ends);
    expect({ code, signal }).toEqual(
      ends === 'SIGTERM' ? { code: null, signal: 'SIGTERM' } : { code: 0, signal: null },
    );
    expect(theirs.bodies.flatMap((body) => spansOf(read(body)))).toHaveLength(6);
  });
});

describe.each(generations)('a receiver that refuses the spans of the exporter of %s', (generation) => {
  test('is in the statistics and in the health check', async () => {
    const [refusing, ours] = await Promise.all([receiveHttp('/v1/traces', 400), receiveHttp('/v1/traces')]);
    try {
      const { sent, printed } = await runSender({
        generation,
        packageName: formats.proto.packageName,
        className: 'OTLPTraceExporter',
        ownFormat: 'http/protobuf',
        ends: 'flush',
        isLimited: false,
        url: refusing.url,
        ownUrl: ours.url,
      });
      expect(sent?.report).toMatchObject({ delivered: 6, lost: 6, complete: true, reasons: { 'export-failed': 6 } });
      expect(sent?.report.lastError).toContain('Bad Request');
      expect(sent?.health).toMatchObject({ ok: false, exporters: [{ ok: false }, { ok: true }] });
      expect(printed).toMatch(/^waymark warn: spans could not be delivered: OTLPTraceExporter: .*Bad Request/m);
    } finally {
      await Promise.all([refusing.close(), ours.close()]);
    }
  });
});
