/**
 * Keeps the number of connections within a limit. Where there are more, one leaves that brings nothing: a request that does not come
 * to its end does not keep new senders out.
 */
import type { IncomingMessage, ServerResponse } from 'node:http';
import type { Socket } from 'node:net';

export interface ConnectionRoom {
  /** A new connection. It is refused if all others are being answered. */
  add(socket: Socket): void;
  /** A request has begun on one of them: its headers have come. */
  begin(request: IncomingMessage, response: ServerResponse): void;
}

interface Connection {
  readonly socket: Socket;
  /** While its body comes, and while it is answered. */
  request: IncomingMessage | undefined;
  /** Since when it brings a request, or waits for the next one. */
  sinceMs: number;
  /** Bytes that had come by then. */
  startBytes: number;
  hasServed: boolean;
}

export interface RoomOptions {
  readonly maxConnections: number;
  /** Tells a connection that its request took too long, and closes it. */
  readonly onTooSlow: (socket: Socket) => void;
  /** Milliseconds. For tests. */
  readonly now?: () => number;
}

// A request on a machine of its own, or in its network, has come after that.
const patienceMs = 1000;
// What a slow network brings.
const slowBytesPerSecond = 16 * 1024;

export function createConnectionRoom({
  maxConnections,
  onTooSlow,
  now = () => performance.now(),
}: RoomOptions): ConnectionRoom {
  // In the order in which they came.
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
        // A next one may have begun: they can come one behind the other.
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
 * First those that take long to bring a request, the oldest first; then those that wait for a next one; then any that is unfinished,
 * the slow ones first. Never one that is being answered.
 */
function chooseLeaving(connections: readonly Connection[], nowMs: number): Connection | undefined {
  const unfinished = connections.filter((one) => !isIdle(one) && one.request?.complete !== true);
  const slow = oldest(unfinished.filter((one) => isSlow(one, nowMs)));
  if (slow !== undefined && nowMs - slow.sinceMs >= patienceMs) return slow;
  return oldest(connections.filter(isIdle)) ?? slow ?? oldest(unfinished);
}

/** Kept open for a next request, of which nothing has come. */
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
