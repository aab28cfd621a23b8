/**
 * Limits the number of connections. Above the limit it closes a connection with an idle or unfinished request, so that slow clients
 * do not keep new senders out.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionRoom {
  /** Adds a connection. It is refused if all others are being answered. */
  add(socket: Socket): void;
  /** Called when the headers of a request have arrived. */
  begin(request: IncomingMessage, response: ServerResponse): void;
}

interface Connection {
  readonly socket: Socket;
  /** Set while the body arrives, and while the request is answered. */
  request: IncomingMessage | undefined;
  /** When the current request began, or the wait for the next one. */
  sinceMs: number;
  /** Bytes received until then. */
  startBytes: number;
  hasServed: boolean;
}

export interface RoomOptions {
  readonly maxConnections: number;
  /** Answers a connection that its request took too long, and closes it. */
  readonly onTooSlow: (socket: Socket) => void;
  /** Milliseconds. For tests. */
  readonly now?: () => number;
}

// A request from the same machine or network has arrived by then.
const maxSlowMs = 1000;
// The rate of a slow network.
const slowBytesPerSecond = 16 * 1024;

export function createConnectionRoom({
  maxConnections,
  onTooSlow,
  now = () => performance.now(),
}: RoomOptions): ConnectionRoom {
  // In order of arrival.
  const connections = new Map<Socket, Connection>();

  function makeRoom(): boolean {
    const leaving = chooseLeaving([...connections.values()], now());
    if (leaving === undefined) return false;
    connections.delete(leaving.socket);
    if (isIdle(leaving)) leaving.socket.destroySoon();
    else onTooSlow(leaving.socket);
    return true;
  }

  return {
    add(socket): void {
      if (connections.size >= maxConnections && !makeRoom()) {
        socket.destroy();
        return;
      }
      connections.set(socket, { socket, request: undefined, sinceMs: now(), startBytes: 0, hasServed: false });
      socket.once('close', () => connections.delete(socket));
    },
    begin(request, response): void {
      const connection = connections.get(request.socket);
      if (connection === undefined) return;
      connection.request = request;
      response.once('close', () => {
        // The next request may have begun, since HTTP allows pipelining.
        if (connection.request !== request) return;
        connection.request = undefined;
        connection.sinceMs = now();
        connection.startBytes = request.socket.bytesRead;
        connection.hasServed = true;
      });
    },
  };
}

/**
 * First the connections whose requests take long to arrive, oldest first; then idle ones; then any with an unfinished request,
 * slow ones first. Never one that is being answered.
 */
function chooseLeaving(connections: readonly Connection[], nowMs: number): Connection | undefined {
  const unfinished = connections.filter((one) => !isIdle(one) && one.request?.complete !== true);
  const slow = oldest(unfinished.filter((one) => isSlow(one, nowMs)));
  if (slow !== undefined && nowMs - slow.sinceMs >= maxSlowMs) return slow;
  return oldest(connections.filter(isIdle)) ?? slow ?? oldest(unfinished);
}

/** Whether a connection is kept open and nothing of its next request has arrived. */
function isIdle({ request, hasServed, startBytes, socket }: Connection): boolean {
  return request === undefined && hasServed && socket.bytesRead === startBytes;
}

function isSlow({ sinceMs, startBytes, socket }: Connection, nowMs: number): boolean {
  return socket.bytesRead - startBytes <= ((nowMs - sinceMs) / 1000) * slowBytesPerSecond + 1024;
}

function oldest(connections: readonly Connection[]): Connection | undefined {
  return connections.reduce<Connection | undefined>(
    (first, one) => (first === undefined || one.sinceMs < first.sinceMs ? one : first),
    undefined,
  );
}
