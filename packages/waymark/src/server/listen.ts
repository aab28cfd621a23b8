/** Listens at an address, with limits on connections and answers to requests that are not HTTP. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createConnectionRoom } from './connection-limit.ts';

export interface ListenLimits {
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** How long open requests may take after the listener was closed. Then their connections are closed. */
  readonly closingTimeoutMs: number;
  /** How often connections are checked. */
  readonly checkIntervalMs: number;
}

const defaultLimits: ListenLimits = {
  // More than the services of a machine open. Beyond it, the slowest unfinished request is closed; see connection-limit.ts.
  maxConnections: 1000,
  // Otherwise a client that sends a byte now and then could keep its connection indefinitely.
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  // Longer than the time between two batches of a sender, which is five seconds by default.
  keepAliveTimeoutMs: 30_000,
  // A collector that is asked to stop should stop soon.
  closingTimeoutMs: 1000,
  checkIntervalMs: 5000,
};

export interface Listener {
  readonly port: number;
  close(): Promise<void>;
}

export interface Address {
  readonly host: string;
  readonly port: number;
  /** Called with the message of the answer, if a client sends something that is not an HTTP request. */
  readonly onProtocolError?: ((message: string) => void) | undefined;
}

/** @throws Node's own error, such as `EADDRINUSE`, `EACCES` or `EADDRNOTAVAIL`. */
export async function listen(
  { host, port, onProtocolError }: Address,
  handle: RequestListener,
  limits: ListenLimits = defaultLimits,
): Promise<Listener> {
  const answers = new Set<ServerResponse>();
  let isClosing = false;
  const server = createServer(
    {
      headersTimeout: limits.headersTimeoutMs,
      requestTimeout: limits.requestTimeoutMs,
      keepAliveTimeout: limits.keepAliveTimeoutMs,
      connectionsCheckingInterval: limits.checkIntervalMs,
    },
    (request, response) => {
      answers.add(response);
      response.once('close', () => {
        answers.delete(response);
        // A connection that is kept open for a next request would delay the end.
        if (isClosing) server.closeIdleConnections();
      });
      room.begin(request, response);
      handle(request, response);
    },
  );
  const room = createConnectionRoom({
    maxConnections: limits.maxConnections,
    onTooSlow: (socket) => {
      answerNoHttp(tooSlow, socket);
      socket.destroySoon();
    },
  });
  server.on('connection', (socket) => room.add(socket));
  server.on('clientError', (error: NoHttp, socket: Socket) => {
    if (error.code?.startsWith('HPE_') === true) onProtocolError?.(explain(error).message);
    answerNoHttp(error, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Otherwise `::` would include IPv4 addresses, or fail if they are taken.
    server.listen({ host, port, ipv6Only: host === '::1' }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port, // a TCP server has this type
    async close() {
      const deadlineMs = performance.now() + limits.closingTimeoutMs;
      await handedOver(answers, limits.closingTimeoutMs);
      isClosing = true;
      await close(server, Math.max(deadlineMs - performance.now(), 0));
    },
  };
}

function close(server: Server, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    setTimeout(() => server.closeAllConnections(), timeoutMs).unref();
  });
}

/**
 * Waits until the answers were passed to the system. Node considers a connection idle once its answer is complete, and `close()`
 * would destroy it together with the part of the answer that is still buffered.
 */
function handedOver(answers: ReadonlySet<ServerResponse>, timeoutMs: number): Promise<void> {
  const waiting = new Set([...answers].filter(({ writableEnded }) => writableEnded));
  return new Promise((resolve) => {
    if (waiting.size === 0) {
      resolve();
      return;
    }
    const timer = setTimeout(resolve, timeoutMs).unref();
    for (const answer of waiting) {
      answer.once('close', () => {
        waiting.delete(answer);
        if (waiting.size > 0) return;
        clearTimeout(timer);
        resolve();
      });
    }
  });
}

/** The code of an error of Node's HTTP parser. */
type NoHttp = { readonly code?: string; readonly rawPacket?: Buffer };

/** The code of Node's error for a request that took too long. */
const tooSlow: NoHttp = { code: 'ERR_HTTP_REQUEST_TIMEOUT' };

/** The client is most often an exporter for gRPC, which uses port 4317 and is not supported. */
function answerNoHttp(error: NoHttp, socket: Socket): void {
  if (!socket.writable) {
    socket.destroy();
    return;
  }
  const { status, message } = explain(error);
  socket.end(
    `HTTP/1.1 ${status}\r\nconnection: close\r\ncontent-type: text/plain\r\ncontent-length: ${message.length}\r\n\r\n${message}`,
  );
}

function explain({ code, rawPacket }: NoHttp): { status: string; message: string } {
  // A TLS handshake record: the client uses https:// instead of http://.
  if (rawPacket?.[0] === 0x16) {
    return {
      status: '400 Bad Request',
      message: 'The collector does not support TLS: use an address with http:// instead of https://.',
    };
  }
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: '408 Request Timeout', message: 'The request took too long to arrive.' };
    case 'HPE_HEADER_OVERFLOW':
      return { status: '431 Request Header Fields Too Large', message: 'The headers have more than 16 KiB.' };
    default:
      return {
        status: '400 Bad Request',
        message: 'This is not HTTP/1.1. Send OTLP by http/protobuf or http/json: grpc is not supported.',
      };
  }
}
