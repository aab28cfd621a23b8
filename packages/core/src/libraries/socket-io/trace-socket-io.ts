/**
 * The spans of Socket.IO's server: the request that opens a connection, each event that arrives, and each that is sent.
 *
 * `io.use()`, `socket.use()` and `onAny()` would not do: they see neither the end of an event nor what is sent, and the order in which the
 * application registers its own decides what runs inside.
 */
import { readProperty } from '../../read-property.ts';
import type { AnyFunction } from '../run-in-caller.ts';
import type { Trace } from '../trace.ts';
import { traceGiven } from '../trace-given.ts';
import { isWrappedByOthers, wrapOnce } from '../wrap-once.ts';
import { traceBind, traceConnecting } from './connection-context.ts';
import { traceBroadcast, traceSocketEmit } from './emitted-events.ts';
import { traceAck, traceEmitUntyped, traceOnclose, traceOnevent, traceRun } from './incoming-events.ts';

type Methods = Record<string, unknown>;

/** Takes the exports of `socket.io`. */
export const trace: Trace = (moduleExports) => {
  const place =
    readProperty(moduleExports, 'Server') === undefined ? readProperty(moduleExports, 'default') : moduleExports;
  const [server, namespace, socket] = ['Server', 'Namespace', 'Socket'].map((name) =>
    readProperty(readProperty(place, name), 'prototype'),
  ) as [Methods | undefined, Methods | undefined, Methods | undefined];
  if (typeof server?.['bind'] !== 'function' || typeof socket?.['onevent'] !== 'function' || namespace === undefined) {
    return undefined;
  }
  const emitter = Object.getPrototypeOf(socket) as Methods;
  const broadcast = broadcastOf(namespace);
  if (typeof emitter['emitUntyped'] !== 'function' || broadcast === undefined) return undefined;
  if ([socket, broadcast].some(({ emit }) => isWrappedByOthers(emit as AnyFunction))) return 'foreign';
  wrapOnce(server, 'bind', traceBind);
  for (const name of ['_add', 'add']) wrapOnce(namespace, name, traceConnecting); // the first is that of 4.5 and later
  wrapOnce(socket, 'emit', traceSocketEmit);
  wrapOnce(broadcast, 'emit', traceBroadcast);
  wrapOnce(socket, 'onevent', traceOnevent);
  wrapOnce(socket, 'ack', traceAck);
  wrapOnce(socket, 'run', traceRun);
  wrapOnce(socket, '_onclose', traceOnclose);
  wrapOnce(emitter, 'emitUntyped', traceEmitUntyped);
  return 'methods';
};

/** The class of what `to()` returns. It is not exported, and making one needs no connection. */
function broadcastOf(namespace: Methods): Methods | undefined {
  const { to } = namespace;
  if (typeof to !== 'function') return undefined;
  const made: unknown = Reflect.apply(to, { adapter: undefined }, ['room']);
  const prototype: unknown = Object.getPrototypeOf(made);
  return typeof readProperty(prototype, 'emit') === 'function' ? (prototype as Methods) : undefined;
}

/**
 * Traces the server of Socket.IO 4: pass its exports. Do it before the server is made: later, the requests that open connections have no spans.
 *
 * - The request that opens a connection has a server span (`GET /socket.io/`). Later requests of long polling have none, nor do packets, heartbeats,
 *   `connect` and `disconnect`.
 * - Each event that a client sends has a span `process order`, which starts a trace with a link to that request. It ends when the listeners have
 *   returned, those that are async functions have settled, and the event is acknowledged if the client asks for it. Names that the
 *   application does not listen to are not recorded.
 * - Each `emit()` below an active span has a span `send order`, of sockets, rooms, broadcasts and namespaces, until it is handed over or, with a
 *   function for the acknowledgement, until that comes.
 *
 * Recorded: namespace, rooms, event, transport. Not recorded: arguments, acknowledgements. No context is carried: events have no headers.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 * @example
 * import * as socketio from 'socket.io';
 * traceSocketIo(socketio);
 */
export function traceSocketIo<Given extends object>(socketio: Given): Given {
  return traceGiven(
    'socket.io',
    (given) => trace(given, undefined),
    socketio,
    'traceSocketIo(socketio)',
    'the exports of socket.io',
  );
}
