/**
 * Server-sent events: traces as they grow. A reader that is slow loses traces and is told so; nothing is kept for it.
 *
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html
 */
import type { ServerResponse } from 'node:http';
import type { FastifyInstance } from 'fastify';
import type { TraceEvent, TraceSummary } from '../api/types.ts';
import type { Query } from '../query/query.ts';
import { parametersOf, readQuery } from './query-parameters.ts';
import { readStatus } from './read-status.ts';
import { RequestProblem } from './request-problem.ts';
import type { ServerContext } from './server-context.ts';

/** Each holds a connection and a buffer. Browsers open one for each tab. */
const maxReaders = 100;

/** More than this waiting for the reader, and it gets nothing new. */
const maxWaitingBytes = 256 * 1024;

/** Traces that wait while earlier ones are sent to readers. If there are more, readers hear that they have missed some. */
const maxUntold = 5000;

// Proxies and browsers take a connection that says nothing for a minute for dead.
const heartbeatMs = 15_000;

const statusIntervalMs = 1000;

interface Reader {
  readonly response: ServerResponse;
  readonly query: Query | undefined;
  hasMissed: boolean;
}

/** @returns What ends all of them. */
export function addEventsRoute(app: FastifyInstance, context: ServerContext): () => void {
  const { engine } = context;
  const readers = new Set<Reader>();
  let timers: NodeJS.Timeout[] = [];
  let stopListening: (() => void) | undefined;
  let lastStatus = '';
  let hasEnded = false;
  /** The newest summary of each trace that is to be told of. */
  const untold = new Map<string, TraceSummary>();
  let isTelling = false;

  function send(reader: Reader, event: string, data: string): void {
    if (reader.response.writableLength > maxWaitingBytes) {
      reader.hasMissed = true;
      return;
    }
    if (reader.hasMissed) {
      reader.hasMissed = false;
      reader.response.write('event: missed\ndata: {}\n\n');
    }
    reader.response.write(`event: ${event}\ndata: ${data}\n\n`);
  }

  /** One after the other: queries of many readers take longer than the next batch needs to come. */
  async function note(traces: readonly TraceSummary[]): Promise<void> {
    for (const trace of traces) untold.set(trace.traceId, trace);
    if (untold.size > maxUntold) {
      untold.clear();
      for (const reader of readers) reader.hasMissed = true;
    }
    if (isTelling) return;
    isTelling = true;
    while (untold.size > 0 && readers.size > 0) {
      const next = [...untold.values()];
      untold.clear();
      await tell(next);
    }
    isTelling = false;
  }

  async function tell(traces: readonly TraceSummary[]): Promise<void> {
    // Written once for all readers, and each query asked once, whoever has it.
    const texts = new Map<string, string>();
    for (const trace of traces) {
      const event: TraceEvent = { trace };
      texts.set(trace.traceId, JSON.stringify(event));
    }
    const traceIds = [...texts.keys()];
    const queries = new Map([...readers].map(({ query }) => [query?.text, query]));
    for (const [text, query] of queries) {
      const wanted = query === undefined ? traceIds : await engine.matching(traceIds, query).catch(() => undefined);
      for (const reader of readers) {
        if (reader.query?.text !== text) continue;
        if (wanted === undefined) reader.hasMissed = true;
        else for (const traceId of wanted) send(reader, 'trace', texts.get(traceId) ?? '');
      }
    }
  }

  async function tellStatus(): Promise<void> {
    const status = JSON.stringify(await readStatus(context));
    if (status === lastStatus) return;
    lastStatus = status;
    for (const reader of readers) send(reader, 'status', status);
  }

  function start(): void {
    stopListening = engine.onTraces((traces) => void note(traces));
    timers = [
      setInterval(() => {
        // A comment, by which the connection is seen to live.
        for (const { response } of readers) if (response.writableLength === 0) response.write(':\n\n');
      }, heartbeatMs).unref(),
      setInterval(() => void tellStatus().catch(() => {}), statusIntervalMs).unref(),
    ];
  }

  function stop(): void {
    stopListening?.();
    for (const timer of timers) clearInterval(timer);
    timers = [];
    lastStatus = '';
    untold.clear();
  }

  app.get('/waymark/events', { exposeHeadRoute: false }, async (request, reply) => {
    const query = readQuery(parametersOf(request));
    if (readers.size >= maxReaders) {
      throw new RequestProblem(503, `There are ${maxReaders} readers of events already.`, { retryAfterSeconds: 5 });
    }
    const status = JSON.stringify(await readStatus(context));
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>), // ours are texts
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // nginx would hold events back
    });
    const first = `retry: 2000\nevent: status\ndata: ${status}\n\n`;
    // The collector began to end while the status was asked for: nobody else would end this answer.
    if (hasEnded) {
      response.end(first);
      return;
    }
    const reader: Reader = { response, query, hasMissed: false };
    if (readers.size === 0) start();
    readers.add(reader);
    const leave = (): void => {
      if (readers.delete(reader) && readers.size === 0) stop();
    };
    response.on('close', leave).on('error', leave);
    response.write(first);
  });

  return () => {
    hasEnded = true;
    const ending = [...readers];
    readers.clear();
    stop();
    for (const { response } of ending) response.end();
  };
}
