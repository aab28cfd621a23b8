/** The query API for the viewer, the command line and scripts. api/types.ts describes its answers. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { SpanDetails, TraceMatches } from '../api/types.ts';
import type { PieceFormat } from '../engine/trace-json.ts';
import { parseQuery } from '../query/parse-query.ts';
import type { Query } from '../query/query.ts';
import type { RedactOptions } from '../share/redact-trace.ts';
import { type SharedFile, shareFileName } from '../share/render-share-html.ts';
import type { SharePreview } from '../share/shared-keys.ts';
import {
  type Parameters,
  parametersOf,
  pathParameter,
  type RangeParameters,
  readLimit,
  readQuery,
  readRange,
  readSpanId,
  readText,
  readTexts,
  readTraceId,
  requireText,
} from './query-parameters.ts';
import { readStatus } from './read-status.ts';
import { RequestProblem } from './request-problem.ts';
import { sendTrace } from './send-trace.ts';
import type { ServerContext } from './server-context.ts';

const allSpans = parseQuery('');

export function addQueryRoutes(app: FastifyInstance, context: ServerContext): void {
  const { engine } = context;

  app.get('/waymark/status', () => readStatus(context));
  app.get('/waymark/services', async () => ({ services: await engine.services() }));
  app.get('/waymark/traces', (request) => {
    const parameters = parametersOf(request);
    return engine.list({
      ...readFilter(parameters),
      limit: readLimit(parameters, { most: 1000 }),
      cursor: readText(parameters, 'cursor'),
    });
  });
  app.delete('/waymark/traces', async (_request, reply) => {
    await engine.clear();
    return reply.code(204).send();
  });
  app.get('/waymark/scatter', (request) => {
    const parameters = parametersOf(request);
    return engine.scatter({ ...readFilter(parameters), limit: readLimit(parameters, { most: 100_000 }) });
  });
  app.get('/waymark/facets', (request) => engine.facets(readFilter(parametersOf(request))));
  app.get('/waymark/complete', (request) => {
    const parameters = parametersOf(request);
    return engine.complete({ key: readText(parameters, 'key'), prefix: readText(parameters, 'prefix') });
  });
  app.get('/waymark/operations', async (request, reply) => {
    const parameters = parametersOf(request);
    const text = await engine.operationsJson({ ...readRange(parameters), service: readText(parameters, 'service') });
    return reply.header('content-type', 'application/json; charset=utf-8').send(text);
  });
  app.get('/waymark/operations/median', async (request) => {
    const parameters = parametersOf(request);
    const service = requireText(parameters, 'service');
    const name = requireText(parameters, 'name');
    const traceId = readText(parameters, 'traceId');
    const median = await engine.median({
      service,
      name,
      kind: readText(parameters, 'kind'),
      traceId: traceId === undefined ? undefined : readTraceId(traceId),
    });
    if (median === undefined) throw new RequestProblem(404, `There are no other traces of ${name} of ${service}.`);
    return median;
  });
  app.get('/waymark/map', (request) => engine.map(readRange(parametersOf(request))));
  app.get('/waymark/errors', (request) => engine.errors(readRange(parametersOf(request))));
  addTraceRoutes(app, context);
}

function addTraceRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  /** Sends a string that an engine thread makes of the trace. */
  async function sendText(
    request: FastifyRequest,
    reply: FastifyReply,
    make: (traceId: string) => Promise<string | undefined>,
    { type = 'application/json; charset=utf-8', fileName }: { readonly type?: string; readonly fileName?: string } = {},
  ): Promise<unknown> {
    const traceId = traceIdOf(request);
    const text = await make(traceId);
    if (text === undefined) throw missing(traceId);
    if (fileName !== undefined) void reply.header('content-disposition', `attachment; filename="${fileName}"`);
    return reply.header('content-type', type).send(text);
  }

  /** Sends all spans of the trace, between the two given strings. */
  async function sendSpans(
    request: FastifyRequest,
    reply: FastifyReply,
    format: PieceFormat,
    around: readonly [string, string],
    fileName?: string,
  ): Promise<unknown> {
    const traceId = traceIdOf(request);
    const sent = await sendTrace(reply, engine, { traceId, format, around, fileName });
    if (sent === undefined) throw missing(traceId);
    return sent;
  }

  app.get('/waymark/traces/:traceId', (request, reply) =>
    sendSpans(request, reply, 'spans', [`{"traceId":"${traceIdOf(request)}","spans":[`, ']}']),
  );
  app.get('/waymark/traces/:traceId/outline', (request, reply) => sendText(request, reply, engine.outlineJson));
  app.get('/waymark/traces/:traceId/otlp.json', (request, reply) => {
    const fileName = `trace-${traceIdOf(request)}.otlp.json`;
    return sendSpans(request, reply, 'otlp', ['{"resourceSpans":[', ']}'], fileName);
  });
  app.get('/waymark/traces/:traceId/share.html', async (request, reply) => {
    const traceId = traceIdOf(request);
    const file = await engine.shareFile(traceId, readRedaction(request));
    if (file === undefined) throw missing(traceId);
    return reply
      .header('content-disposition', `attachment; filename="${shareFileName(traceId)}"`)
      .header('content-type', 'text/html; charset=utf-8')
      .send(file.html);
  });
  app.get('/waymark/traces/:traceId/share.json', async (request): Promise<SharedFile> => {
    const traceId = traceIdOf(request);
    const file = await engine.shareFile(traceId, readRedaction(request));
    if (file === undefined) throw missing(traceId);
    return file;
  });
  app.get('/waymark/traces/:traceId/share-preview', async (request): Promise<SharePreview> => {
    const traceId = traceIdOf(request);
    const preview = await engine.sharePreview(traceId, readRedaction(request));
    if (preview === undefined) throw missing(traceId);
    return preview;
  });
  app.get('/waymark/traces/:traceId/spans/:spanId', async (request): Promise<SpanDetails> => {
    const traceId = traceIdOf(request);
    const spanId = readSpanId(pathParameter(request, 'spanId'));
    const details = await engine.spanDetails(traceId, spanId);
    if (details === undefined) throw missing(traceId);
    if (details.spans.length === 0) {
      throw new RequestProblem(404, `There is no span ${spanId} in trace ${traceId}.`);
    }
    return details;
  });
  app.get('/waymark/traces/:traceId/search', async (request): Promise<TraceMatches> => {
    const traceId = traceIdOf(request);
    const matches = await engine.search(traceId, readQuery(parametersOf(request)) ?? allSpans);
    if (matches === undefined) throw missing(traceId);
    return matches;
  });
}

/** An empty `without=` keeps all keys. Without the parameter, keys of secrets and personal data are left out. */
function readRedaction(request: FastifyRequest): RedactOptions {
  const parameters = parametersOf(request);
  const without = parameters.without === undefined ? undefined : new Set(readTexts(parameters, 'without'));
  return {
    without,
    also: new Set(readTexts(parameters, 'also')),
    keep: new Set(readTexts(parameters, 'keep')),
    isStrict: parameters.strict !== undefined,
  };
}

function traceIdOf(request: FastifyRequest): string {
  return readTraceId(pathParameter(request, 'traceId'));
}

function missing(traceId: string): RequestProblem {
  return new RequestProblem(
    404,
    `There is no trace ${traceId}: it has not arrived, or was deleted to make room for newer ones.`,
  );
}

function readFilter(parameters: Parameters): RangeParameters & { readonly query: Query | undefined } {
  return { query: readQuery(parameters), ...readRange(parameters) };
}
