/**
 * Zipkin's query API, read-only, for Grafana, Zipkin's own UI and scripts.
 *
 * @see https://zipkin.io/zipkin-api/
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { findTraces } from './find-traces.ts';
import {
  type Parameters,
  parametersOf,
  pathParameter,
  readLimit,
  readNumber,
  readText,
  readTraceId,
  requireText,
} from './query-parameters.ts';
import { durationTerm, fieldTerm, tagTerm, toQuery } from './query-terms.ts';
import { readTraces, searchBudget, sendTraces, traceBudget } from './read-traces.ts';
import { RequestProblem } from './request-problem.ts';
import type { ServerContext } from './server-context.ts';

const dayMs = 86_400_000;

export function addZipkinRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  async function sendFound(reply: FastifyReply, traceIds: readonly string[]): Promise<unknown> {
    const traces = await readTraces(engine, traceIds, 'zipkin', searchBudget);
    return sendTraces(reply, `[${traces.items.join(',')}]`, traces);
  }

  app.get('/api/v2/services', async () => [...(await engine.services())].sort());
  /** Zipkin and its clients use lower case. So a name stands for all names that differ only in case. */
  async function servicesCalled(name: string): Promise<string[]> {
    return (await engine.services()).filter((service) => isSameName(service, name));
  }

  async function namesOfSpans(services: readonly string[]): Promise<string[]> {
    const answers = await Promise.all(services.map((service) => engine.operations({ service })));
    return [...new Set(answers.flatMap(({ operations }) => operations.map(({ name }) => name)))].sort();
  }

  app.get('/api/v2/spans', async (request) => {
    return namesOfSpans(await servicesCalled(requireText(parametersOf(request), 'serviceName')));
  });
  app.get('/api/v2/remoteServices', async (request) => {
    const service = requireText(parametersOf(request), 'serviceName');
    const { edges } = await engine.map({});
    return [...new Set(edges.filter(({ from }) => isSameName(from, service)).map(({ to }) => to))].sort();
  });
  app.get('/api/v2/traces', async (request, reply) => {
    const parameters = parametersOf(request);
    const service = readText(parameters, 'serviceName');
    const services = service === undefined ? await engine.services() : await servicesCalled(service);
    const name = readText(parameters, 'spanName');
    const isAnyName = name === undefined || name === 'all';
    const names = isAnyName ? [] : (await namesOfSpans(services)).filter((other) => isSameName(other, name));
    const traces = await findTraces(engine, {
      ...readZipkinRange(parameters),
      query: toQuery([
        anyOf('service', service, services),
        anyOf('name', isAnyName ? undefined : name, names),
        ...readZipkinTerms(parameters),
      ]),
      limit: readLimit(parameters, { most: 1000 }) ?? 10,
    });
    return sendFound(
      reply,
      traces.map(({ traceId }) => traceId),
    );
  });
  app.get('/api/v2/trace/:traceId', async (request, reply) => {
    const traceId = readTraceId(pathParameter(request, 'traceId'));
    const found = await readTraces(engine, [traceId], 'zipkin', traceBudget);
    const [spans] = found.items;
    if (spans === undefined) return reply.code(404).type('text/plain').send(`${traceId} not found\n`);
    return sendTraces(reply, spans, found);
  });
  app.get('/api/v2/traceMany', async (request, reply) => {
    const ids = requireText(parametersOf(request), 'traceIds').split(',').map(readTraceId);
    if (ids.length > 100) throw new RequestProblem(400, `traceIds must have at most 100 ids, got ${ids.length}.`);
    return sendFound(reply, [...new Set(ids)]);
  });
  app.get('/api/v2/dependencies', async (request) => {
    const parameters = parametersOf(request);
    requireText(parameters, 'endTs');
    const { edges } = await engine.map(readZipkinRange(parameters));
    return edges.map(({ from, to, count, errorCount }) => ({
      parent: from,
      child: to,
      callCount: count,
      ...(errorCount > 0 && { errorCount }),
    }));
  });
  // The tags that Zipkin's UI suggests: the ones that are searched most.
  app.get('/api/v2/autocompleteKeys', () => ['http.request.method', 'http.response.status_code', 'http.route']);
  app.get('/api/v2/autocompleteValues', async (request) => {
    const key = requireText(parametersOf(request), 'key');
    return (await engine.complete({ key })).completions;
  });
}

/** `endTs` and `lookback`, both in milliseconds. */
function readZipkinRange(parameters: Parameters): { startMs: number; endMs: number } {
  const endMs = readNumber(parameters, 'endTs', 'Unix milliseconds') ?? Date.now();
  const lookbackMs = readNumber(parameters, 'lookback', 'milliseconds') ?? dayMs;
  return { startMs: Math.max(endMs - lookbackMs, 0), endMs };
}

function isSameName(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}

/** Any of the existing names; without one, the requested name, which finds nothing. */
function anyOf(key: 'service' | 'name', asked: string | undefined, there: readonly string[]): string | undefined {
  if (asked === undefined || there.length <= 1)
    return fieldTerm(key, asked === undefined ? undefined : (there[0] ?? asked));
  return `(${there.map((name) => fieldTerm(key, name)).join(' OR ')})`;
}

/** The terms of the other parameters. One span must match all of them. */
function readZipkinTerms(parameters: Parameters): readonly (string | undefined)[] {
  const minUs = readNumber(parameters, 'minDuration', 'microseconds');
  const maxUs = readNumber(parameters, 'maxDuration', 'microseconds');
  return [
    tagTerm('peer.service', readText(parameters, 'remoteServiceName')),
    ...readAnnotationQuery(readText(parameters, 'annotationQuery')),
    durationTerm('>=', minUs === undefined ? undefined : minUs / 1000),
    durationTerm('<=', maxUs === undefined ? undefined : maxUs / 1000),
  ];
}

/** `error and http.method=GET`: existing tags or annotations, and tags with a value. */
function readAnnotationQuery(text: string | undefined): (string | undefined)[] {
  if (text === undefined) return [];
  return text.split(' and ').map((term) => {
    const at = term.indexOf('=');
    if (at > 0) return tagTerm(term.slice(0, at).trim(), term.slice(at + 1).trim());
    const key = term.trim();
    if (key === '') return undefined;
    return key === 'error' ? '(status:error OR error:*)' : `(${quoted(key)}:* OR ${quoted(key)})`;
  });
}

/** A key in quotes is always an attribute's. */
function quoted(text: string): string {
  return `"${text.replace(/["\\]/g, '\\$&')}"`;
}
