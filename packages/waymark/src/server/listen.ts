/** Listens at an address: limits on connections, and what is answered to what is no request. */
import { createServer, type RequestListener, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { createConnectionRoom } from './connection-room.ts';

export interface ListenLimits {
  readonly maxConnections: number;
  readonly headersTimeoutMs: number;
  readonly requestTimeoutMs: number;
  readonly keepAliveTimeoutMs: number;
  /** Whoever still sends or reads when the listener has been closed for so long is cut off. */
  readonly closingTimeoutMs: number;
  /** How often connections are looked at. */
  readonly checkIntervalMs: number;
}

const defaultLimits: ListenLimits = {
  // More than a machine's services open. Beyond it, the slowest unfinished request leaves; see connection-room.ts.
  maxConnections: 1000,
  // A client that sends a byte now and then would hold its connection for ever.
  headersTimeoutMs: 10_000,
  requestTimeoutMs: 60_000,
  // Longer than senders wait between two batches, five seconds by default.
  keepAliveTimeoutMs: 30_000,
  // A collector that is told to stop does, and soon.
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
  /** Called with what whoever spoke something else was told. */
  readonly onNoHttp?: ((message: string) => void) | undefined;
}

/** @throws Node's own error: `EADDRINUSE`, `EACCES`, `EADDRNOTAVAIL`. */
export async function listen(
  { host, port, onNoHttp }: Address,
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
        // Its connection, kept open for a next request, would hold up the end.
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
    if (error.code?.startsWith('HPE_') === true) onNoHttp?.(explain(error).message);
    answerNoHttp(error, socket);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    // Otherwise `::` would take the addresses of IPv4 as well, or find them taken.
    server.listen({ host, port, ipv6Only: host === '::1' }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return {
    port: (server.address() as AddressInfo).port, // of TCP
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
 * Waits until what has been answered is on its way: to Node a connection is idle as soon as its answer is complete, and
 * `close()` would destroy it with the part that the system has not taken yet.
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

/** As Node's parser gives it. */
type NoHttp = { readonly code?: string; readonly rawPacket?: Buffer };

/** As Node has it for a request that takes longer than it may. */
const tooSlow: NoHttp = { code: 'ERR_HTTP_REQUEST_TIMEOUT' };

/** Most often a sender of gRPC, whose port is 4317, and whose format is not spoken here. */
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
  // TLS begins with a handshake record: https:// where it must be http://.
  if (rawPacket?.[0] === 0x16) {
    return {
      status: '400 Bad Request',
      message: 'This is TLS, which is not spoken here: the address begins with http://.',
    };
  }
  switch (code) {
    case 'ERR_HTTP_REQUEST_TIMEOUT':
      return { status: '408 Request Timeout', message: 'The request took too long to come.' };
    case 'HPE_HEADER_OVERFLOW':
      return { status: '431 Request Header Fields Too Large', message: 'The headers have more than 16 KiB.' };
    default:
      return {
        status: '400 Bad Request',
        message:
          'This is not HTTP/1.1. Of the ways to send OTLP, http/protobuf and http/json are spoken here, grpc is not.',
      };
  }
}
