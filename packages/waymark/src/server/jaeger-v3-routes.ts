/**
 * Jaeger's query API, version 3, read-only, as of Jaeger 2.19: traces as OTLP, and summaries of traces. Parameter names are in
 * camelCase; the snake_case names of older clients work as well.
 *
 * @see https://github.com/jaegertracing/jaeger-idl/blob/main/proto/api_v3/query_service.proto
 * @see https://github.com/jaegertracing/jaeger/blob/main/cmd/jaeger/internal/extension/jaegerquery/internal/apiv3/query_parser.go
 */
import type { FastifyInstance, FastifyReply } from 'fastify';
import type { JaegerTraceSummary } from '../export/to-jaeger-summary.ts';
import { explainFault } from './explain-fault.ts';
import { type FindRequest, findTraces } from './find-traces.ts';
import { jaegerTagTerm } from './jaeger-tag-term.ts';
import { type Parameters, parametersOf, pathParameter, readText, readTraceId } from './query-parameters.ts';
import { durationTerm, fieldTerm, toQuery } from './query-terms.ts';
import { readDuration, readTime } from './read-duration.ts';
import { readTraces, searchBudget, sendTraces, type TraceBudget, traceBudget } from './read-traces.ts';
import { RequestProblem } from './request-problem.ts';
import type { ServerContext } from './server-context.ts';

// Jaeger's own default.
const defaultSearchDepth = 100;
const maxSearchDepth = 1500;

export function addJaegerV3Routes(app: FastifyInstance, { engine }: ServerContext): void {
  // The form of gRPC's gateway.
  app.setErrorHandler((error, _request, reply) => {
    const { status, message } = explainFault(error);
    void reply.code(status).send({ error: { httpCode: status, message } });
  });

  async function find(parameters: Parameters): Promise<readonly string[]> {
    const traces = await findTraces(engine, readTraceQuery(parameters));
    return traces.map(({ traceId }) => traceId);
  }

  async function send(reply: FastifyReply, traceIds: readonly string[], budget: TraceBudget): Promise<unknown> {
    const traces = await readTraces(engine, traceIds, 'otlp', budget);
    if (traces.items.length === 0) throw new RequestProblem(404, 'No traces found');
    return sendTraces(reply, `{"result":{"resourceSpans":[${traces.items.join(',')}]}}`, traces);
  }

  app.get('/api/v3/services', async () => ({ services: [...(await engine.services())].sort() }));
  app.get('/api/v3/operations', async (request) => {
    const parameters = parametersOf(request);
    const service = readText(parameters, 'service');
    if (service === undefined) throw new RequestProblem(400, "parameter 'service' is required");
    const kind = given(parameters, 'spanKind', 'span_kind')?.text.toLowerCase();
    const { operations } = await engine.operations({ service });
    return {
      operations: operations
        .map(({ name, kind }) => ({ name, spanKind: kind === 'unspecified' ? 'internal' : kind }))
        .filter(({ spanKind }) => kind === undefined || spanKind === kind),
    };
  });
  app.get('/api/v3/traces', async (request, reply) => send(reply, await find(parametersOf(request)), searchBudget));
  app.get('/api/v3/traces/:traceId', (request, reply) => {
    const parameters = parametersOf(request);
    // Some of Jaeger's stores need the time of a trace. Here the id is enough, so the values are only checked.
    for (const [name, oldName] of [['startTime', 'start_time'] as const, ['endTime', 'end_time'] as const]) {
      const time = given(parameters, name, oldName);
      if (time !== undefined) readTime(parameters, time.name);
    }
    checkRawTraces(parameters, 'rawTraces', 'raw_traces');
    return send(reply, [readV3TraceId(pathParameter(request, 'traceId'))], traceBudget);
  });
  app.get('/api/v3/trace-summaries', async (request) => {
    const summaries: JaegerTraceSummary[] = [];
    for (const traceId of await find(parametersOf(request))) {
      const summary = await engine.jaegerSummary(traceId);
      if (summary !== undefined) summaries.push(summary);
    }
    return { summaries };
  });
}

/** The parameter's value, and which of its two names was used; undefined if it is absent or empty. */
function given(parameters: Parameters, name: string, oldName: string): { text: string; name: string } | undefined {
  const text = readText(parameters, name);
  if (text !== undefined) return { text, name };
  const oldText = readText(parameters, oldName);
  return oldText === undefined ? undefined : { text: oldText, name: oldName };
}

function readTraceQuery(parameters: Parameters): FindRequest {
  if (readText(parameters, 'query.filter') !== undefined) {
    throw new RequestProblem(400, 'query.filter is not supported: use query.attributes and the other parameters.');
  }
  const min = given(parameters, 'query.startTimeMin', 'query.start_time_min');
  const max = given(parameters, 'query.startTimeMax', 'query.start_time_max');
  if (min === undefined || max === undefined) {
    throw new RequestProblem(400, 'query.startTimeMin and query.startTimeMax are required');
  }
  const startMs = readTime(parameters, min.name);
  const endMs = readTime(parameters, max.name);
  if (startMs >= endMs) throw new RequestProblem(400, 'query.startTimeMin must be before query.startTimeMax');
  checkRawTraces(parameters, 'query.rawTraces', 'query.raw_traces');
  const durationOf = (name: string, oldName: string): number | undefined => {
    const duration = given(parameters, name, oldName);
    return duration === undefined ? undefined : readDuration(parameters, duration.name);
  };
  return {
    startMs,
    endMs,
    limit: readSearchDepth(parameters),
    query: toQuery([
      fieldTerm('service', given(parameters, 'query.serviceName', 'query.service_name')?.text),
      fieldTerm('name', given(parameters, 'query.operationName', 'query.operation_name')?.text),
      durationTerm('>=', durationOf('query.durationMin', 'query.duration_min')),
      durationTerm('<=', durationOf('query.durationMax', 'query.duration_max')),
      ...readAttributes(parameters).map(([key, value]) => jaegerTagTerm(key, value)),
    ]),
  };
}

function readSearchDepth(parameters: Parameters): number {
  const depth =
    given(parameters, 'query.searchDepth', 'query.search_depth') ??
    given(parameters, 'query.numTraces', 'query.num_traces');
  if (depth === undefined) return defaultSearchDepth;
  const number = /^\d{1,9}$/.test(depth.text) ? Number(depth.text) : 0;
  if (number >= 1 && number <= maxSearchDepth) return number;
  throw new RequestProblem(
    400,
    `malformed parameter ${depth.name}: a whole number from 1 to ${maxSearchDepth}, got ${depth.text}`,
  );
}

/**
 * `query.attributes={"http.route":"/users"}`, or `query.attributes[http.route]=/users` as gRPC's gateway writes it. One span must
 * have all of them.
 */
function readAttributes(parameters: Parameters): readonly (readonly [string, string])[] {
  const single = Object.keys(parameters).flatMap((name): (readonly [string, string])[] => {
    const key = /^query\.attributes\[(.+)\]$/.exec(name)?.[1];
    return key === undefined ? [] : [[key, readText(parameters, name) ?? '']];
  });
  return [...readAttributeMap(parameters), ...single];
}

function readAttributeMap(parameters: Parameters): readonly (readonly [string, string])[] {
  const json = readText(parameters, 'query.attributes');
  if (json === undefined) return [];
  let map: unknown;
  try {
    map = JSON.parse(json);
  } catch (error) {
    throw new RequestProblem(400, `malformed parameter query.attributes: ${(error as Error).message}`); // JSON.parse() throws no other
  }
  const entries = typeof map === 'object' && map !== null && !Array.isArray(map) ? Object.entries(map) : undefined;
  if (entries === undefined || !entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) {
    throw new RequestProblem(400, 'malformed parameter query.attributes: a JSON object of strings is expected');
  }
  return entries;
}

/** Only checks the parameter: traces are always answered as they were stored. */
function checkRawTraces(parameters: Parameters, name: string, oldName: string): void {
  const raw = given(parameters, name, oldName);
  if (raw === undefined || /^(?:[01tf]|true|false)$/i.test(raw.text)) return;
  throw new RequestProblem(400, `malformed parameter ${raw.name}: true or false, got ${raw.text}`);
}

/** In hex, or in base64 as in protobuf's JSON. */
function readV3TraceId(text: string): string {
  if (/^[\w+/-]{21}[AQgw](?:==)?$/.test(text)) return Buffer.from(text, 'base64').toString('hex');
  return readTraceId(text);
}
