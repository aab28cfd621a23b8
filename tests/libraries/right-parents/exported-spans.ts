// Receives what a tracer exports, OTLP in JSON, and reads the spans of it.
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync } from 'node:zlib';

export type SpanKind = 'internal' | 'server' | 'client' | 'producer' | 'consumer';

/** A span as any of the tracers exports it. */
export interface ExportedSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId: string | undefined;
  readonly name: string;
  readonly kind: SpanKind | undefined;
  readonly isError: boolean;
  /** Attributes of whatever type, and what else the tracer exports of a span. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** Reads one request's body; `path` says in which format it is. */
export type ReadSpans = (path: string, body: Buffer) => readonly ExportedSpan[];

export interface Receiver {
  readonly url: string;
  readonly spans: readonly ExportedSpan[];
  /** Every body as a string, to search for what may not be in it. */
  readonly bodies: readonly string[];
  close(): void;
}

export async function startReceiver(readSpans: ReadSpans): Promise<Receiver> {
  const spans: ExportedSpan[] = [];
  const bodies: string[] = [];
  const server = createServer(async (request, response) => {
    const received = await buffer(request);
    const body = request.headers['content-encoding'] === 'gzip' ? gunzipSync(received) : received;
    bodies.push(body.toString('latin1'));
    try {
      spans.push(...readSpans(request.url ?? '', body));
    } catch (error) {
      console.error(`A request to ${request.url} could not be read: ${error}`);
    }
    response.setHeader('content-type', 'application/json').end('{}');
  });
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server that listens has one
    spans,
    bodies,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

interface OtlpSpan {
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly name: string;
  readonly kind?: number;
  readonly status?: { readonly code?: number };
  readonly attributes?: readonly { readonly key: string; readonly value: Readonly<Record<string, unknown>> }[];
}

interface OtlpRequest {
  readonly resourceSpans?: readonly { readonly scopeSpans?: readonly { readonly spans?: readonly OtlpSpan[] }[] }[];
}

const otlpKinds = [undefined, 'internal', 'server', 'client', 'producer', 'consumer'] as const;

export const readOtlpSpans: ReadSpans = (path, body) => {
  if (path !== '/v1/traces') return [];
  const { resourceSpans = [] } = JSON.parse(body.toString()) as OtlpRequest;
  return resourceSpans
    .flatMap(({ scopeSpans = [] }) => scopeSpans.flatMap(({ spans = [] }) => spans))
    .map(({ traceId, spanId, parentSpanId, name, kind = 0, status, attributes = [] }) => ({
      traceId,
      spanId,
      parentSpanId: parentSpanId || undefined,
      name,
      kind: otlpKinds[kind],
      isError: status?.code === 2,
      values: Object.fromEntries(attributes.map(({ key, value }) => [key, attributeOf(value)])),
    }));
};

/** JSON has integers of 64 bits as strings. */
function attributeOf(value: Readonly<Record<string, unknown>>): unknown {
  return value.intValue === undefined ? Object.values(value)[0] : Number(value.intValue);
}
