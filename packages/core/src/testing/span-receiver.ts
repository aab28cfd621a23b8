/** A real server that receives spans at one path. The receivers of all formats use it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { createSpanCollection } from './span-collection.ts';

/** An HTTP server on this machine that keeps the spans that it receives. */
export interface SpanReceiver<Span> {
  /** The address for the exporter's `url` option, or for its endpoint variable. */
  readonly url: string;
  /** All spans so far, in order of arrival. */
  readonly spans: readonly Span[];
  /** Resolves with the spans as soon as there are `count` of them. Rejects after `timeoutMs`, default 4,000; the message lists the spans. */
  waitFor(count: number, options?: { timeoutMs?: number }): Promise<readonly Span[]>;
  /** Forgets the spans so far. */
  reset(): void;
  /** Stops listening, and closes the connections. */
  close(): Promise<void>;
  /** Closes at the end of an `await using` block. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ReceivedFormat<Span> {
  readonly path: string;
  /** @throws If the body is not a request in this format. The receiver answers with status 400. */
  read(contentType: string, body: Buffer): readonly Span[];
  /** Answers that all spans were accepted. */
  accept(response: ServerResponse, contentType: string): void;
}

/** Listens on a port of this machine, 0 for a free one. */
export async function startSpanReceiver<Span extends { readonly name?: string }>(
  { path, read, accept }: ReceivedFormat<Span>,
  port: number,
): Promise<SpanReceiver<Span>> {
  const collection = createSpanCollection<Span>();

  async function receive(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const contentType = request.headers['content-type'] ?? '';
    try {
      for (const span of read(contentType, await readBody(request))) collection.add(span);
      accept(response, contentType);
    } catch (error) {
      response.writeHead(400, { 'content-type': 'text/plain' }).end(String(error));
    }
  }

  const server = createServer((request, response) => {
    if (request.method === 'POST' && request.url === path) void receive(request, response);
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

  function waitFor(count: number, { timeoutMs = 4000 }: { timeoutMs?: number } = {}): Promise<readonly Span[]> {
    return collection.waitFor(count, timeoutMs, waitFor);
  }

  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`, // a listening TCP server has a port
    spans: collection.spans,
    waitFor,
    reset: collection.reset,
    close,
    [Symbol.asyncDispose]: close,
  };
}

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer); // buffers, since no encoding is set
  const body = Buffer.concat(parts);
  return request.headers['content-encoding'] === 'gzip' ? gunzipSync(body) : body;
}
