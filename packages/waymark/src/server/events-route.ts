/**
 * Server-sent events: a summary of each trace that grows. A slow reader misses traces and is notified of that; nothing is kept for it.
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

/** Each reader takes a connection and a buffer. Browsers open one for each tab. */
const maxReaders = 100;

/** A reader with more unread bytes than this misses new events. */
const maxWaitingBytes = 256 * 1024;

/** How many traces wait while earlier ones are sent. Beyond this, readers are notified that they missed some. */
const maxPending = 5000;

// Proxies and browsers give up a connection that is silent for a minute.
const heartbeatMs = 15_000;

const statusIntervalMs = 1000;

interface Reader {
  readonly response: ServerResponse;
  readonly query: Query | undefined;
  hasMissed: boolean;
}

/** @returns A function that ends all streams. */
export function addEventsRoute(app: FastifyInstance, context: ServerContext): () => void {
  const { engine } = context;
  const readers = new Set<Reader>();
  let timers: NodeJS.Timeout[] = [];
  let stopListening: (() => void) | undefined;
  let lastStatus = '';
  let hasEnded = false;
  /** The newest summary of each trace that is still to be sent. */
  const pending = new Map<string, TraceSummary>();
  let isSending = false;

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

  /** One round after the other: the queries of many readers may take longer than the next batch takes to arrive. */
  async function queueTraces(traces: readonly TraceSummary[]): Promise<void> {
    for (const trace of traces) pending.set(trace.traceId, trace);
    if (pending.size > maxPending) {
      pending.clear();
      for (const reader of readers) reader.hasMissed = true;
    }
    if (isSending) return;
    isSending = true;
    while (pending.size > 0 && readers.size > 0) {
      const next = [...pending.values()];
      pending.clear();
      await sendTraces(next);
    }
    isSending = false;
  }

  async function sendTraces(traces: readonly TraceSummary[]): Promise<void> {
    // Each event is serialized once, and each query runs once, for all readers.
    const messages = new Map<string, string>();
    for (const trace of traces) {
      const event: TraceEvent = { trace };
      messages.set(trace.traceId, JSON.stringify(event));
    }
    const traceIds = [...messages.keys()];
    const queries = new Map([...readers].map(({ query }) => [query?.text, query]));
    for (const [text, query] of queries) {
      const wanted = query === undefined ? traceIds : await engine.matching(traceIds, query).catch(() => undefined);
      for (const reader of readers) {
        if (reader.query?.text !== text) continue;
        if (wanted === undefined) reader.hasMissed = true;
        else for (const traceId of wanted) send(reader, 'trace', messages.get(traceId) ?? '');
      }
    }
  }

  async function sendStatus(): Promise<void> {
    const status = JSON.stringify(await readStatus(context));
    if (status === lastStatus) return;
    lastStatus = status;
    for (const reader of readers) send(reader, 'status', status);
  }

  function start(): void {
    stopListening = engine.onTraces((traces) => void queueTraces(traces));
    timers = [
      setInterval(() => {
        // A comment, which shows that the connection is alive.
        for (const { response } of readers) if (response.writableLength === 0) response.write(':\n\n');
      }, heartbeatMs).unref(),
      setInterval(() => void sendStatus().catch(() => {}), statusIntervalMs).unref(),
    ];
  }

  function stop(): void {
    stopListening?.();
    for (const timer of timers) clearInterval(timer);
    timers = [];
    lastStatus = '';
    pending.clear();
  }

  app.get('/waymark/events', { exposeHeadRoute: false }, async (request, reply) => {
    const query = readQuery(parametersOf(request));
    if (readers.size >= maxReaders) {
      throw new RequestProblem(
        503,
        `There are already ${maxReaders} readers of events: close a tab of the viewer, or try again later.`,
        { retryAfterSeconds: 5 },
      );
    }
    const status = JSON.stringify(await readStatus(context));
    reply.hijack();
    const response = reply.raw;
    response.writeHead(200, {
      ...(reply.getHeaders() as Record<string, string>), // ours are strings
      'content-type': 'text/event-stream',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no', // else nginx buffers events
    });
    const first = `retry: 2000\nevent: status\ndata: ${status}\n\n`;
    // The collector began to close while the status was read, and its end has missed this answer.
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
