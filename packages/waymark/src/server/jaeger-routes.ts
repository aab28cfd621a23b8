/**
 * Jaeger's query API, version 1, read-only. Grafana and Jaeger's own UI use it.
 *
 * @see https://www.jaegertracing.io/docs/latest/architecture/apis/
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import { explainFault } from './explain-fault.ts';
import { findTraces } from './find-traces.ts';
import { jaegerTagTerm } from './jaeger-tag-term.ts';
import {
  type Parameters,
  parametersOf,
  pathParameter,
  readLimit,
  readNumber,
  readText,
  readTexts,
  readTraceId,
} from './query-parameters.ts';
import { durationTerm, fieldTerm, toQuery } from './query-terms.ts';
import { readDuration } from './read-duration.ts';
import { readTraces, searchBudget, sendTraces, type TraceBudget, traceBudget } from './read-traces.ts';
import { RequestProblem } from './request-problem.ts';
import type { ServerContext } from './server-context.ts';

// Jaeger's own defaults.
const defaultLookbackMs = 2 * 86_400_000;
const defaultLimit = 100;

export function addJaegerRoutes(app: FastifyInstance, { engine }: ServerContext): void {
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = explainFault(error);
    void reply.code(status).send({ ...answer(null), errors: [{ code: status, msg: message }] });
  });

  async function send(reply: FastifyReply, traceIds: readonly string[], budget: TraceBudget): Promise<unknown> {
    const traces = await readTraces(engine, traceIds, 'jaeger', budget);
    if (traces.items.length === 0 && budget === traceBudget) throw new RequestProblem(404, 'trace not found');
    // An error for each trace that was left out, as Jaeger does for unknown traces. The others are answered.
    const errors = traces.leftOutTraces.map((traceID) => ({
      code: 413,
      msg: 'left out, because the answer would be too large: request it by its id',
      traceID,
    }));
    const rest = JSON.stringify({ total: 0, limit: 0, offset: 0, errors: errors.length > 0 ? errors : null });
    return sendTraces(reply, `{"data":[${traces.items.join(',')}],${rest.slice(1)}`, traces);
  }

  async function operationsOf(service: string, kind?: string) {
    const { operations } = await engine.operations({ service });
    return operations.filter((operation) => kind === undefined || operation.kind === kind);
  }

  app.get('/api/services', async () => {
    const services = [...(await engine.services())].sort();
    return answer(services, services.length);
  });
  app.get('/api/services/:service/operations', async (request) => {
    const operations = await operationsOf(pathParameter(request, 'service'));
    const names = [...new Set(operations.map(({ name }) => name))].sort();
    return answer(names, names.length);
  });
  app.get('/api/operations', async (request) => {
    const parameters = parametersOf(request);
    const operations = await operationsOf(requireService(parameters), readText(parameters, 'spanKind'));
    const data = operations.map(({ name, kind }) => ({ name, spanKind: kind === 'unspecified' ? '' : kind }));
    return answer(data, data.length);
  });
  app.get('/api/traces', async (request, reply) => {
    const parameters = parametersOf(request);
    const ids = readTexts(parameters, 'traceID').slice(0, 100).map(readTraceId);
    return send(reply, ids.length > 0 ? ids : await findIds(parameters), searchBudget);
  });
  app.get('/api/traces/:traceId', (request, reply) =>
    send(reply, [readTraceId(pathParameter(request, 'traceId'))], traceBudget),
  );
  app.get('/api/dependencies', async (request) => {
    const parameters = parametersOf(request);
    const endMs = readNumber(parameters, 'endTs', 'Unix milliseconds') ?? Date.now();
    const lookbackMs = readNumber(parameters, 'lookback', 'milliseconds') ?? 86_400_000;
    const service = readText(parameters, 'service');
    const { edges } = await engine.map({ startMs: Math.max(endMs - lookbackMs, 0), endMs });
    return answer(
      edges
        .filter(({ from, to }) => service === undefined || from === service || to === service)
        .map(({ from, to, count }) => ({ parent: from, child: to, callCount: count })),
    );
  });

  async function findIds(parameters: Parameters): Promise<readonly string[]> {
    const service = requireService(parameters);
    const endUs = readNumber(parameters, 'end', 'Unix microseconds');
    const endMs = endUs === undefined ? Date.now() : endUs / 1000;
    const startUs = readNumber(parameters, 'start', 'Unix microseconds');
    const lookback = readText(parameters, 'lookback');
    const lookbackMs =
      lookback === undefined || lookback === 'custom' ? defaultLookbackMs : readDuration(parameters, 'lookback');
    const traces = await findTraces(engine, {
      startMs: startUs === undefined ? Math.max(endMs - (lookbackMs ?? defaultLookbackMs), 0) : startUs / 1000,
      endMs,
      limit: readLimit(parameters, { most: 1500 }) ?? defaultLimit,
      query: toQuery([
        fieldTerm('service', service),
        fieldTerm('name', readText(parameters, 'operation')),
        durationTerm('>=', readDuration(parameters, 'minDuration')),
        durationTerm('<=', readDuration(parameters, 'maxDuration')),
        ...readTags(parameters).map(([key, value]) => jaegerTagTerm(key, value)),
      ]),
    });
    return traces.map(({ traceId }) => traceId);
  }
}

function answer(data: unknown, total = 0): object {
  return { data, total, limit: 0, offset: 0, errors: null };
}

function requireService(parameters: Parameters): string {
  const service = readText(parameters, 'service');
  if (service === undefined) throw new RequestProblem(400, "parameter 'service' is required");
  return service;
}

/** `tags={"http.status_code":"500"}` and `tag=key:value`. */
function readTags(parameters: Parameters): [string, string][] {
  const tags = readTexts(parameters, 'tag').map((tag): [string, string] => {
    const at = tag.indexOf(':');
    if (at > 0) return [tag.slice(0, at), tag.slice(at + 1)];
    throw new RequestProblem(400, `malformed 'tag' parameter, expecting key:value, received: ${tag}`);
  });
  for (const json of readTexts(parameters, 'tags')) {
    if (json === '') continue;
    let map: unknown;
    try {
      map = JSON.parse(json);
    } catch (error) {
      throw new RequestProblem(400, `malformed 'tags' parameter, cannot unmarshal JSON: ${(error as Error).message}`); // JSON.parse() throws no other
    }
    if (typeof map !== 'object' || map === null) {
      throw new RequestProblem(400, "malformed 'tags' parameter, expecting an object of strings");
    }
    tags.push(...Object.entries(map).map(([key, value]): [string, string] => [key, String(value)]));
  }
  return tags;
}
