// Receives the exports of the variants, each in its protocol, and counts the spans: a span that does not arrive was not traced.
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { gunzipSync, inflateSync } from 'node:zlib';
import { countEnvelopeSpans } from './count-envelope.ts';
import { countMsgpackSpans } from './count-msgpack.ts';
import { countOtlpSpans } from './count-otlp.ts';

export interface Sink {
  readonly url: string;
  /** Bodies of the first OTLP requests, to check their attributes. */
  readonly firstBodies: readonly Buffer[];
  readonly spanCount: number;
  readonly byteCount: number;
  /** Resolves when so many spans are there. Rejects after `timeoutMs`. */
  waitFor(spanCount: number, timeoutMs: number): Promise<void>;
  close(): void;
}

export async function startSink(): Promise<Sink> {
  const firstBodies: Buffer[] = [];
  let spanCount = 0;
  let byteCount = 0;
  const waiting = new Set<() => void>();

  const server = createServer(async (request, response) => {
    const body = await readBody(request);
    byteCount += body.length;
    const path = request.url ?? '';
    if (path.startsWith('/v1/traces')) {
      if (firstBodies.length < 4) firstBodies.push(body);
      spanCount += countOtlpSpans(body);
      response.end();
    } else if (path.startsWith('/v0.')) {
      spanCount += countMsgpackSpans(path, body);
      response.setHeader('content-type', 'application/json').end('{"rate_by_service":{}}');
    } else if (path.startsWith('/api/')) {
      spanCount += countEnvelopeSpans(body);
      response.setHeader('content-type', 'application/json').end('{}');
    } else {
      response.writeHead(404).end();
    }
    for (const wake of waiting) wake();
  });
  // Agents keep connections longer than Node's servers do by default, and would use one that was just closed.
  server.keepAliveTimeout = 60_000;
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`, // a TCP server that listens has one
    firstBodies,
    get spanCount() {
      return spanCount;
    },
    get byteCount() {
      return byteCount;
    },
    waitFor(expected, timeoutMs) {
      return new Promise((resolve, reject) => {
        const timer = setTimeout(() => {
          waiting.delete(check);
          reject(new Error(`Of ${expected} spans only ${spanCount} arrived within ${timeoutMs / 1000} s.`));
        }, timeoutMs);
        const check = (): void => {
          if (spanCount < expected) return;
          clearTimeout(timer);
          waiting.delete(check);
          resolve();
        };
        waiting.add(check);
        check();
      });
    },
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const body = await buffer(request);
  const encoding = request.headers['content-encoding'];
  if (encoding === 'gzip') return gunzipSync(body);
  return encoding === 'deflate' ? inflateSync(body) : body;
}
