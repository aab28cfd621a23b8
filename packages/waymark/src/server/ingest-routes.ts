/** The routes of senders: OTLP over HTTP at /v1/traces, Zipkin's formats at /api/v2/spans and /api/v1/spans. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { IngestFormat } from '../ingest/decode-spans.ts';
import type { BodyEncoding } from '../ingest/inflate-body.ts';
import { checkIngestOrigin, checkToken } from './allowed-callers.ts';
import { explainFault } from './explain-fault.ts';
import { encodeExportAnswer, encodeStatus, type OtlpEncoding, otlpContentTypes } from './otlp-answer.ts';
import { RequestProblem } from './request-problem.ts';
import type { ServerContext } from './server-context.ts';

// OTLP/HTTP lets a receiver refuse requests of more than 64 MiB uncompressed. Compressed spans have a tenth of their size.
const maxBodyBytes = 64 * 1024 * 1024;
const maxCompressedBytes = 20 * 1024 * 1024;

export function addIngestRoutes(app: FastifyInstance, context: ServerContext): void {
  app.addHook('onRequest', async (request, reply) => {
    const origin = checkIngestOrigin(request.headers);
    if (origin !== undefined) reply.header('access-control-allow-origin', origin).header('vary', 'origin');
    // A browser's preflight request cannot have the token.
    if (request.method !== 'OPTIONS') checkToken(request.headers, context.rules);
  });
  app.setErrorHandler((error, request, reply) => refuse(error, request, reply, context));

  for (const path of ['/v1/traces', '/api/v2/spans', '/api/v1/spans']) app.options(path, allowFromBrowser);
  app.post('/v1/traces', (request, reply) => receiveOtlp(request, reply, context));
  app.post('/api/v2/spans', (request, reply) => receiveZipkin(request, reply, context, 'zipkin-json'));
  app.post('/api/v1/spans', (request, reply) => receiveZipkin(request, reply, context, 'zipkin-v1-json'));
}

/** Answers a CORS preflight of a page of this machine; its origin has been checked. */
function allowFromBrowser(request: FastifyRequest, reply: FastifyReply): void {
  const asked = request.headers['access-control-request-headers'];
  void reply
    .code(204)
    .header('access-control-allow-methods', 'POST')
    .header('access-control-allow-headers', asked ?? 'content-type, content-encoding, authorization')
    .header('access-control-max-age', '7200') // the longest time that Chromium accepts
    .send();
}

async function receiveOtlp(request: FastifyRequest, reply: FastifyReply, context: ServerContext): Promise<void> {
  const encoding = otlpEncodingOf(request);
  if (encoding === undefined) {
    throw new RequestProblem(
      415,
      `Content-Type must be application/x-protobuf or application/json, got ${request.headers['content-type'] ?? 'none'}.`,
    );
  }
  const report = await receive(request, encoding === 'json' ? 'otlp-json' : 'otlp-protobuf', context);
  await reply.header('content-type', otlpContentTypes[encoding]).send(encodeExportAnswer(encoding, report));
}

async function receiveZipkin(
  request: FastifyRequest,
  reply: FastifyReply,
  context: ServerContext,
  json: 'zipkin-json' | 'zipkin-v1-json',
): Promise<void> {
  await receive(request, zipkinFormatOf(mediaTypeOf(request), json), context);
  await reply.code(202).send();
}

function zipkinFormatOf(type: string, json: 'zipkin-json' | 'zipkin-v1-json'): IngestFormat {
  // Zipkin's own server parses a body without a type as JSON.
  if (type === 'application/json' || type === '') return json;
  if (json === 'zipkin-json' && isProtobuf(type)) return 'zipkin-protobuf';
  const types = json === 'zipkin-json' ? 'application/json or application/x-protobuf' : 'application/json';
  const remedy = /proto/.test(type)
    ? ' Send protobuf to /api/v2/spans.'
    : /thrift/.test(type)
      ? ' Set your sender to JSON or protobuf, version 2.'
      : '';
  throw new RequestProblem(415, `Content-Type must be ${types}, got ${type}.${remedy}`);
}

function isProtobuf(type: string): boolean {
  return type === 'application/x-protobuf' || type === 'application/protobuf';
}

async function receive(
  request: FastifyRequest,
  format: IngestFormat,
  { engine, bodies, received }: ServerContext,
): Promise<{ rejectedSpans: number; message?: string }> {
  const encoding = encodingOf(request);
  const declared = request.headers['content-length'];
  const body = await bodies.read(
    request.raw,
    declared === undefined ? undefined : Number(declared),
    encoding === 'identity' ? maxBodyBytes : maxCompressedBytes,
  );
  try {
    const report = await engine.ingest(body.bytes, format, encoding);
    received.accept(report, pathOf(request));
    return report;
  } finally {
    body.release();
  }
}

function otlpEncodingOf(request: FastifyRequest): OtlpEncoding | undefined {
  const type = mediaTypeOf(request);
  if (isProtobuf(type)) return 'protobuf';
  return type === 'application/json' ? 'json' : undefined;
}

function mediaTypeOf({ headers }: FastifyRequest): string {
  return (headers['content-type'] ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
}

const encodings: Readonly<Record<string, BodyEncoding>> = {
  '': 'identity',
  identity: 'identity',
  none: 'identity', // the name in OTEL_EXPORTER_OTLP_COMPRESSION, which some senders pass on
  gzip: 'gzip',
  'x-gzip': 'gzip',
  deflate: 'deflate',
  zlib: 'deflate', // the OpenTelemetry Collector's other name for it
  br: 'br',
  zstd: 'zstd',
};

function encodingOf({ headers }: FastifyRequest): BodyEncoding {
  const given = headers['content-encoding'] ?? '';
  const encoding = Object.hasOwn(encodings, given.toLowerCase()) ? encodings[given.toLowerCase()] : undefined;
  if (encoding === undefined) {
    const remedy = /snappy|lz4/i.test(given) ? ' Set the compression of your sender to gzip or zstd.' : '';
    throw new RequestProblem(
      415,
      `Content-Encoding must be gzip, deflate, br, zstd or identity, got ${given}.${remedy}`,
    );
  }
  return encoding;
}

/** Answers in the encoding of an OTLP request, else in plain text. */
async function refuse(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { received }: ServerContext,
): Promise<void> {
  const { status, message, retryAfterSeconds } = explainFault(error);
  received.refuse(pathOf(request), status, message);
  void reply.code(status);
  if (retryAfterSeconds !== undefined) void reply.header('retry-after', String(retryAfterSeconds));
  if (pathOf(request) === '/v1/traces') {
    const encoding = otlpEncodingOf(request) ?? 'json';
    await reply.header('content-type', otlpContentTypes[encoding]).send(encodeStatus(encoding, status, message));
  } else {
    await reply.header('content-type', 'text/plain; charset=utf-8').send(`${message}\n`);
  }
}

function pathOf({ url }: FastifyRequest): string {
  return url.split('?', 1)[0] ?? url;
}
