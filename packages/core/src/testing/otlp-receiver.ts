/** A receiver of OTLP over HTTP, for tests and examples that want to see what was really sent. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decodeTraceRequest } from '../otlp/decode-request.ts';
import type { SpanData } from '../span-data.ts';
import { createSpanCollection } from './span-collection.ts';

export interface OtlpReceiver {
  /** For `otlpExporter({ url })` and `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT`. */
  readonly url: string;
  /** All spans so far, in the order of their arrival. */
  readonly spans: readonly SpanData[];
  /** Resolves with the spans as soon as there are `count` of them. Rejects after `timeoutMs`, default 4,000, saying which came. */
  waitFor(count: number, options?: { timeoutMs?: number }): Promise<readonly SpanData[]>;
  /** Forgets the spans so far. */
  reset(): void;
  close(): Promise<void>;
  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Listens on a free port of this machine, for both encodings, compressed or not.
 *
 * @example
 * const receiver = await startOtlpReceiver();
 * const tracer = createTracer({ serviceName: 'job', exporter: otlpExporter({ url: receiver.url }) });
 * tracer.withSpan('work', work);
 * await tracer.flush();
 * expect(receiver.spans.map(({ name }) => name)).toEqual(['work']);
 */
export async function startOtlpReceiver({ port = 0 }: { port?: number } = {}): Promise<OtlpReceiver> {
  const collection = createSpanCollection();

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const contentType = request.headers['content-type'] ?? '';
    try {
      for (const span of decodeTraceRequest(contentType, await readBody(request))) collection.add(span);
      // Nothing went wrong: an empty message, in the encoding of the request.
      response.setHeader('content-type', contentType).end(contentType.startsWith('application/json') ? '{}' : '');
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
    }
  }

  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === '/v1/traces') void receive(request, response);
    else response.writeHead(404).end();
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject).listen(port, '127.0.0.1', resolve);
  });

  function close(): Promise<void> {
    return new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`, // a TCP server that listens has one
    spans: collection.spans,
    waitFor: (count, { timeoutMs = 4000 } = {}) => collection.waitFor(count, timeoutMs),
    reset: collection.reset,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer); // no encoding is set
  const body = Buffer.concat(parts);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
