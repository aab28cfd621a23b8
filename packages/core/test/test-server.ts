// A real HTTP server whose answers a test decides on.
import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import { createServer as createSecureServer, type ServerOptions } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';

export interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
  readonly socket: Socket;
}

export interface TestServer extends AsyncDisposable {
  /** Where traces go. */
  readonly url: string;
  readonly requests: readonly ReceivedRequest[];
  /** Resolves when so many requests have come. */
  waitFor(count: number): Promise<readonly ReceivedRequest[]>;
}

/** Answers a request, when its body is there; or does not. */
export type Respond = (response: ServerResponse, request: ReceivedRequest, index: number) => void;

export const accept: Respond = (response) => response.end();

export async function startTestServer(respond: Respond = accept, tls?: ServerOptions): Promise<TestServer> {
  const requests: ReceivedRequest[] = [];
  const waiters = new Set<() => void>();
  const server = tls ? createSecureServer(tls) : createServer();
  server.on('request', (request, response) => {
    const parts: Buffer[] = [];
    request.on('data', (part: Buffer) => parts.push(part));
    request.on('end', () => {
      const { method = '', url: path = '', headers, socket } = request;
      const received = { method, path, headers, body: Buffer.concat(parts), socket };
      requests.push(received);
      respond(response, received, requests.length - 1);
      for (const wake of waiters) wake();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));

  return {
    url: `http${tls ? 's' : ''}://127.0.0.1:${(server.address() as AddressInfo).port}/v1/traces`,
    requests,
    waitFor(count) {
      return new Promise((resolve) => {
        const wake = (): void => {
          if (requests.length < count) return;
          waiters.delete(wake);
          resolve(requests);
        };
        waiters.add(wake);
        wake();
      });
    },
    [Symbol.asyncDispose]() {
      return new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      });
    },
  };
}
