// The service that is called, on a real socket. It answers by path, keeps the requests it received, and waits where a test needs it.
import { readFileSync } from 'node:fs';
import http, { type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http';
import https from 'node:https';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import type { Duplex } from 'node:stream';

interface ReceivedRequest {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  /** How often a header was sent, whatever its case. */
  count(name: string): number;
}

export interface Downstream {
  readonly origin: string;
  readonly port: number;
  readonly received: readonly ReceivedRequest[];
  /** Resolves when there have been `count` requests. */
  waitForRequests(count: number): Promise<void>;
  /** Sends the rest of the bodies of `/slow`. */
  release(): void;
  close(): Promise<void>;
}

/** Self-signed, for localhost and 127.0.0.1, key and certificate. */
export const certificate: string = readFileSync(join(__dirname, 'fixtures/localhost.pem'), 'utf8');

export function startDownstream(): Promise<Downstream> {
  return start(http.createServer(), 'http:');
}

export function startSecureDownstream(): Promise<Downstream> {
  return start(https.createServer({ key: certificate, cert: certificate }), 'https:');
}

/** An address where no server listens. */
export async function findDeadOrigin(): Promise<string> {
  const downstream = await startDownstream();
  await downstream.close();
  return downstream.origin;
}

async function start(server: http.Server, protocol: string): Promise<Downstream> {
  const received: ReceivedRequest[] = [];
  const waiting = new Set<() => void>();
  const slow = new Set<ServerResponse>();
  const upgraded = new Set<Duplex>();
  const failures = new Map<string, number>();

  function receive({ method = '', url = '', headers, rawHeaders }: IncomingMessage): void {
    const names = rawHeaders.filter((_, index) => index % 2 === 0).map((name) => name.toLowerCase());
    received.push({ method, path: url, headers, count: (name) => names.filter((each) => each === name).length });
    for (const wake of waiting) wake();
  }

  server.on('request', (request, response) => {
    receive(request);
    const [, route = '', detail = ''] = request.url?.split('?')[0]?.split('/') ?? [];
    switch (route) {
      case 'status':
        response.writeHead(Number(detail)).end('status');
        break;
      case 'redirect':
        response.writeHead(302, { location: detail === '' ? '/ok' : `/redirect/${detail.slice(1)}` }).end();
        break;
      case 'hang':
        break;
      case 'hints':
        response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' });
        response.end('hints');
        break;
      case 'big':
        response.end(Buffer.alloc(1024 * 1024));
        break;
      case 'slow':
        response.write('first');
        slow.add(response);
        break;
      case 'cut':
        response.writeHead(200, { 'content-length': '100' }).write('first', () => response.destroy());
        break;
      case 'reset':
        request.socket.destroy();
        break;
      case 'flaky': {
        // Fails for each `detail` as often as the query says, then answers.
        const failed = failures.get(detail) ?? 0;
        failures.set(detail, failed + 1);
        const isOver = failed >= Number(request.url?.split('?')[1]);
        response.writeHead(isOver ? 200 : 503, isOver ? {} : { 'retry-after': '0' }).end(traceparentOf(request));
        break;
      }
      default:
        request.resume().on('end', () => response.end(traceparentOf(request)));
    }
  });
  server.on('upgrade', (request, socket) => {
    receive(request);
    upgraded.add(socket);
    socket.on('error', () => {}); // the client closes its connection at any time
    socket.write('HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: chat\r\n\r\n');
  });
  server.on('connect', (request, socket) => {
    receive(request);
    upgraded.add(socket);
    socket.on('error', () => {});
    socket.write('HTTP/1.1 200 Connection Established\r\n\r\n');
  });

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // it listens on a port
  return {
    origin: `${protocol}//127.0.0.1:${port}`,
    port,
    received,
    waitForRequests: (count) =>
      new Promise((resolve) => {
        function wake(): void {
          if (received.length < count) return;
          waiting.delete(wake);
          resolve();
        }
        waiting.add(wake);
        wake();
      }),
    release() {
      for (const response of slow) response.end('last');
      slow.clear();
    },
    async close() {
      for (const socket of upgraded) socket.destroy();
      const closed = new Promise((resolve) => server.close(resolve));
      server.closeAllConnections();
      await closed;
    },
  };
}

function traceparentOf({ headers }: IncomingMessage): string {
  return String(headers.traceparent ?? 'none');
}
