/** Loads a trace from the collector that serves this page. */
import type { SpanDetails, TraceMatches } from '../../../src/api/types.ts';
import { parseQuery } from '../../../src/query/parse-query.ts';
import type { SharePreview } from '../../../src/share/shared-keys.ts';
import { ApiError, getJson } from '../api/client.ts';
import { listenToTraces } from '../api/live-events.ts';
import type { ComparisonModel } from '../compare/comparison-model.ts';
import type { TraceModel } from './trace-model.ts';
import type { TraceSource } from './trace-source.ts';
import type { TraceReply, TraceRequest } from './trace-worker.ts';

/** Several processes send their spans at about the same time: wait for all of them. */
const settleMs = 250;

export function createServerSource(traceId: string): TraceSource {
  const base = `/waymark/traces/${encodeURIComponent(traceId)}`;
  return {
    traceId,
    isLive: true,
    load: (signal) => loadModel(traceId, signal),
    details: (spanId, signal) => getJson<SpanDetails>(`${base}/spans/${spanId}`, {}, signal),
    search: async (query, signal) => {
      parseQuery(query); // throws a message about a syntax error; the page already has the parser for its list
      return (await getJson<TraceMatches>(`${base}/search`, { query }, signal)).spans;
    },
    onGrowth: (listener) => listenForGrowth(traceId, listener),
  };
}

let worker: Worker | undefined;
let lastId = 0;
const waiting = new Map<number, (reply: TraceReply) => void>();

/** Throws an `ApiError`. */
async function loadModel(traceId: string, signal: AbortSignal): Promise<TraceModel> {
  const reply = await askWorker('model', `/waymark/traces/${encodeURIComponent(traceId)}/outline`, signal);
  if ('model' in reply) return reply.model;
  throw failureOf(reply);
}

/** Lists what a shared file of the trace would contain and leave out, by key. Throws an `ApiError`. */
export function previewSharing(traceId: string, signal: AbortSignal): Promise<SharePreview> {
  // The user chooses the keys, so no key is left out yet.
  return getJson<SharePreview>(`/waymark/traces/${encodeURIComponent(traceId)}/share-preview?without=`, {}, signal);
}

/** Compares `b` with `a`. Throws an `ApiError`. */
export async function loadComparison(a: string, b: string, signal: AbortSignal): Promise<ComparisonModel> {
  const [url, otherUrl] = [a, b].map((traceId) => `/waymark/traces/${encodeURIComponent(traceId)}/outline`);
  const reply = await askWorker('comparison', url ?? '', signal, otherUrl);
  if ('comparison' in reply) return reply.comparison;
  throw failureOf(reply);
}

function failureOf(reply: TraceReply): ApiError {
  return 'message' in reply
    ? new ApiError(reply.message, reply.status, {})
    : new ApiError('The trace worker gave an unexpected answer. Reload this page.', 0, {});
}

function askWorker(
  wants: TraceRequest['wants'],
  url: string,
  signal: AbortSignal,
  otherUrl?: string,
): Promise<TraceReply> {
  worker ??= startWorker();
  const request: TraceRequest = { id: ++lastId, wants, url, ...(otherUrl === undefined ? {} : { otherUrl }) };
  return new Promise((resolve, reject) => {
    signal.addEventListener('abort', () => {
      waiting.delete(request.id);
      reject(signal.reason);
    });
    waiting.set(request.id, resolve);
    worker?.postMessage(request);
  });
}

function startWorker(): Worker {
  const started = new Worker('/trace-worker.js');
  started.onmessage = ({ data }: MessageEvent<TraceReply>) => {
    waiting.get(data.id)?.(data);
    waiting.delete(data.id);
  };
  started.onerror = ({ message }) => {
    for (const [id, answer] of waiting)
      answer({ id, status: 0, message: message || 'Part of the viewer could not be loaded. Reload this page.' });
    waiting.clear();
    worker = undefined;
  };
  return started;
}

function listenForGrowth(traceId: string, listener: () => void): () => void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const stop = listenToTraces(
    {},
    {
      onTrace(trace) {
        if (trace.traceId !== traceId) return;
        timer ??= setTimeout(() => {
          timer = undefined;
          listener();
        }, settleMs);
      },
      onHeard: listener,
      onMissed: listener,
    },
  );
  return () => {
    clearTimeout(timer);
    stop();
  };
}
