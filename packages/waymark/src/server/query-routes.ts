/** The query API that the viewer, the command line and scripts use. Its answers are described in api/types.ts. */
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { inOrderOfStart, toOutline } from '../analysis/to-outline.ts';
import type { CollectorStatus, SpanDetails, TraceMatches } from '../api/types.ts';
import { toOtlpJson } from '../export/to-otlp-json.ts';
import type { Span } from '../model/span.ts';
import { matchesSpan } from '../query/matches.ts';
import { parseQuery } from '../query/parse-query.ts';
import { renderShareHtml, shareFileName } from '../share/render-share-html.ts';
import { version } from '../version.ts';
import {
  type Parameters,
  readLimit,
  readRange,
  readSpanId,
  readText,
  readTexts,
  readTraceId,
  requireText,
} from './query-parameters.ts';
import { RequestProblem } from './request-problem.ts';
import type { ServerContext } from './server-context.ts';

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
  app.get('/waymark/operations', (request) => {
    const parameters = parametersOf(request);
    return engine.operations({ ...readRange(parameters), service: readText(parameters, 'service') });
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
  async function load(request: FastifyRequest): Promise<{ traceId: string; spans: readonly Span[] }> {
    const traceId = readTraceId(pathParameter(request, 'traceId'));
    const spans = await engine.spans(traceId);
    if (spans.length === 0) {
      throw new RequestProblem(404, `There is no trace ${traceId}: it has not come, or has made room for newer ones.`);
    }
    return { traceId, spans };
  }

  app.get('/waymark/traces/:traceId', load);
  app.get('/waymark/traces/:traceId/outline', async (request) => toOutline((await load(request)).spans));
  app.get('/waymark/traces/:traceId/spans/:spanId', async (request): Promise<SpanDetails> => {
    const spanId = readSpanId(pathParameter(request, 'spanId'));
    const { traceId, spans } = await load(request);
    const found = spans.filter((span) => span.spanId === spanId);
    const [first] = found;
    if (first === undefined) throw new RequestProblem(404, `There is no span ${spanId} in trace ${traceId}.`);
    const history = await engine.history(first);
    return { spans: found, ...(history !== undefined && { history }) };
  });
  app.get('/waymark/traces/:traceId/search', async (request): Promise<TraceMatches> => {
    const query = parseQuery(readText(parametersOf(request), 'query') ?? '');
    const spans = inOrderOfStart((await load(request)).spans);
    return { spans: spans.flatMap((span, index) => (matchesSpan(query, span) ? [index] : [])) };
  });
  app.get('/waymark/traces/:traceId/otlp.json', async (request, reply) => {
    const { traceId, spans } = await load(request);
    void reply.header('content-disposition', `attachment; filename="trace-${traceId}.otlp.json"`);
    return toOtlpJson(spans);
  });
  app.get('/waymark/traces/:traceId/share.html', async (request, reply) => {
    const { traceId, spans } = await load(request);
    const html = renderShareHtml(spans, { without: readTexts(parametersOf(request), 'without') });
    return reply
      .header('content-type', 'text/html; charset=utf-8')
      .header('content-disposition', `attachment; filename="${shareFileName(traceId)}"`)
      .send(html);
  });
}

export async function readStatus({ engine, received, urls }: ServerContext): Promise<CollectorStatus> {
  return { version, urls: urls(), store: await engine.counts(), ...received.counts() };
}

export function parametersOf(request: FastifyRequest): Parameters {
  return request.query as Parameters; // Fastify's parser makes nothing else
}

/** A part of the path, which the route has. */
export function pathParameter(request: FastifyRequest, name: string): string {
  return (request.params as Readonly<Record<string, string>>)[name] ?? '';
}

function readFilter(parameters: Parameters): { query: string; startMs: number | undefined; endMs: number | undefined } {
  const query = readText(parameters, 'query') ?? '';
  parseQuery(query); // told here, where the place in the text is still known
  return { query, ...readRange(parameters) };
}
