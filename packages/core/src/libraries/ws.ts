/**
 * The spans of `ws`: the request that opens a connection, each message that arrives, and each that is sent.
 *
 * A message has no headers, so no context is carried. The processing of each starts a trace, with a link to the request that opened
 * the connection: as its children, the messages of one connection would make a trace without an end.
 *
 * The connections of Socket.IO are left out: their messages are events and heartbeats, see socket.io/.
 */
import { EventEmitter } from 'node:events';
import { currentContext } from '../active-context.ts';
import type { AttributeList } from '../attributes.ts';
import { spanOfCall } from '../client-span-key.ts';
import { Context } from '../context.ts';
import { contained } from '../count-fault.ts';
import { openingRequests } from '../opening-requests.ts';
import { outside } from '../outside-context.ts';
import { readProperty } from '../read-property.ts';
import { SharedAttributes } from '../shared-attributes.ts';
import { optionsOf, tracedCaller } from './caller.ts';
import { Incoming } from './incoming.ts';
import { Operation } from './operation.ts';
import { type AnyFunction, runInCaller } from './run-in-caller.ts';
import { MessageWork } from './sockets/message-work.ts';
import { isLeftOut } from './sockets/traced-connection.ts';
import type { Trace } from './trace.ts';
import { traceGiven } from './trace-given.ts';
import { isWrappedByOthers, wrapOnce } from './wrap-once.ts';

/** What all messages of a destination have in common. */
interface Destination {
  readonly processName: string;
  readonly sendName: string;
  readonly processed: SharedAttributes;
  readonly sent: SharedAttributes;
}

/** An open connection. */
interface Connection {
  /** For its handlers: that of the request on the server's side, that of the code that opened it on the client's. */
  readonly context: Context | undefined;
  /** With the span of the request that opened it, for links. */
  readonly opening: Context | undefined;
  destination: Destination;
}

const connections = new WeakMap<object, Connection>();
const { listenerCount } = EventEmitter.prototype; // a method of the application may have the name

// A server has few paths. Routes come from the application's code.
const mostDestinations = 1000;
const destinations = new Map<string | undefined, Destination>();

function destinationOf(path: string | undefined): Destination {
  let destination = destinations.get(path);
  if (destination === undefined) {
    destination = makeDestination(path);
    if (destinations.size < mostDestinations) destinations.set(path, destination);
  }
  return destination;
}

function makeDestination(path: string | undefined): Destination {
  const sharedBy = (name: string): SharedAttributes => {
    const list = ['messaging.system', 'websocket', 'messaging.operation.name', name, 'messaging.operation.type', name];
    if (path !== undefined) list.push('messaging.destination.name', path);
    return new SharedAttributes(list);
  };
  return {
    processName: `process ${path ?? 'websocket'}`,
    sendName: `send ${path ?? 'websocket'}`,
    processed: sharedBy('process'),
    sent: sharedBy('send'),
  };
}

/** The protocol below Socket.IO names its version in the URL of each of its connections. */
function isEngineIo(url: unknown): boolean {
  return typeof url === 'string' && /[?&]EIO=\d/.test(url);
}

/** Wraps `handleUpgrade(request, socket, head, callback)` of a server. */
function traceUpgrade(original: AnyFunction): AnyFunction {
  return function handleUpgrade(this: unknown, ...args: unknown[]): unknown {
    const [raw, , , callback] = args;
    const opening = typeof callback === 'function' ? beginOpening(this, raw) : undefined;
    if (opening === undefined) return original.apply(this, args);
    const context = opening.context ?? currentContext();
    args[3] = function onUpgraded(this: unknown, ...opened: unknown[]): unknown {
      const connection: Connection = { context, opening: opening.context, destination: destinationOf(opening.path) };
      if (isObject(opened[0])) connections.set(opened[0], connection);
      try {
        return runInCaller(context, callback as AnyFunction, this, opened);
      } finally {
        afterOpening(raw, connection);
      }
    };
    return runInCaller(context, original, this, args);
  };
}

interface Opening {
  /** `undefined` if nothing traces requests. */
  readonly context: Context | undefined;
  /** The path that is in the options of the server. */
  readonly path: string | undefined;
}

const beginOpening: (server: unknown, raw: unknown) => Opening | undefined = contained(
  (server: unknown, raw: unknown) => {
    if (optionsOf('ws', outside) === undefined || isEngineIo(readProperty(raw, 'url'))) return undefined;
    const given = readProperty(readProperty(server, 'options'), 'path');
    const path = typeof given === 'string' ? given : undefined;
    return { context: openingRequests().begin(raw, undefined, path), path };
  },
);

/** A framework that routes upgrades has done so by now, as express-ws does in the callback. */
const afterOpening = contained((raw: unknown, connection: Connection) => {
  const route = openingRequests().routeOf(raw);
  if (route !== undefined) connection.destination = destinationOf(route);
  openingRequests().endUpgraded(raw);
});

/** Wraps `emit()` of a connection, which all kinds of handlers get their messages from: `on()`, `addEventListener()`, `onmessage`. */
function traceEmit(original: AnyFunction): AnyFunction {
  return function emit(this: EventEmitter, type: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: rest parameters would allocate an array
    const args = arguments;
    if (type === 'upgrade' || type === 'open') noteClient(this, type);
    const connection = connections.get(this);
    if (connection === undefined || listenerCount.call(this, type as string) === 0)
      return original.apply(this, args as never);
    if (type === 'message') {
      const work = beginProcessing(connection, args[1]);
      if (work !== undefined) {
        try {
          return work.emit(this, args, () => original.apply(this, args as never) as boolean);
        } finally {
          work.endPart();
        }
      }
    }
    // The application may have closed the connection in a request of its own.
    if (currentContext() !== undefined) return original.apply(this, args as never);
    return runInCaller(connection.context, original, this, args);
  };
}

/** A client: `upgrade` comes just before `open`, when the request is still there. */
const noteClient = contained((socket: object, type: string) => {
  if (connections.has(socket) || readProperty(socket, '_isServer') !== false) return;
  if (isEngineIo(readProperty(socket, 'url'))) return;
  const context = currentContext();
  if (optionsOf('ws', context ?? outside) === undefined) return;
  const request = readProperty(socket, '_req');
  const span = type === 'upgrade' && isObject(request) ? spanOfCall(request) : undefined;
  const opening = span === undefined ? context : new Context(span, context?.baggage, context?.values);
  connections.set(socket, { context, opening, destination: destinationOf(undefined) });
});

const beginProcessing: (connection: Connection, data: unknown) => MessageWork | undefined = contained(
  ({ opening, destination }: Connection, data: unknown) => {
    if (optionsOf('ws', opening ?? outside)?.messages !== true || isLeftOut(opening)) return undefined;
    const incoming = Incoming.begin({
      library: 'ws',
      name: destination.processName,
      kind: 'consumer',
      attributes: sizeOf(data),
      shared: destination.processed,
      senders: [opening],
      linksOnly: true,
    });
    return incoming === undefined ? undefined : new MessageWork(incoming);
  },
);

/** Wraps `send(data[, options][, callback])`. */
function traceSend(original: AnyFunction): AnyFunction {
  return function send(this: object, ...args: unknown[]): unknown {
    const operation = beginSending(this, args[0]);
    if (operation === undefined) return original.apply(this, args);
    const at = typeof args[1] === 'function' ? 1 : 2;
    const callback = args[at];
    args[at] = function onSent(this: unknown, ...results: unknown[]): unknown {
      contained(() => (results[0] ? operation.fail(results[0]) : operation.end()))();
      if (typeof callback === 'function') return runInCaller(operation.caller, callback as AnyFunction, this, results);
      return undefined;
    };
    try {
      return original.apply(this, args);
    } catch (error) {
      contained(() => operation.fail(error))();
      throw error;
    }
  };
}

const beginSending: (socket: object, data: unknown) => Operation | undefined = contained(
  (socket: object, data: unknown) => {
    const caller = tracedCaller('ws');
    if (caller === undefined || optionsOf('ws', caller)?.messages !== true) return undefined;
    const connection = connections.get(socket);
    if (connection === undefined) return undefined;
    const { sendName: name, sent: shared } = connection.destination;
    return Operation.begin(caller, { library: 'ws', name, kind: 'producer', attributes: sizeOf(data), shared });
  },
);

/** The size in bytes, where it is known without counting. */
function sizeOf(data: unknown): AttributeList {
  const size = readProperty(data, 'byteLength');
  return typeof size === 'number' ? ['messaging.message.body.size', size] : [];
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}

/** Takes the exports of `ws`, or those of one of its modules: the class of connections, or that of servers. */
export const trace: Trace = (moduleExports) => {
  const given = readProperty(moduleExports, 'default') ?? moduleExports;
  const classes = [
    given,
    ...['WebSocket', 'WebSocketServer', 'Server'].map((name) => readProperty(moduleExports, name)),
  ];
  const prototypes = new Set(classes.map((value) => readProperty(value, 'prototype')).filter(isObject));
  const sockets = [...prototypes].filter((value) => has(value, 'send') && has(value, 'addEventListener'));
  const servers = [...prototypes].filter((value) => has(value, 'handleUpgrade'));
  if (sockets.length + servers.length === 0) return undefined;
  if (sockets.some((value) => isWrapped(value, 'send') || isWrapped(value, 'emit'))) return 'foreign';
  if (servers.some((value) => isWrapped(value, 'handleUpgrade'))) return 'foreign';
  for (const value of sockets) {
    wrapOnce(value as Record<string, unknown>, 'send', traceSend);
    wrapOnce(value as Record<string, unknown>, 'emit', traceEmit);
  }
  for (const value of servers) wrapOnce(value as Record<string, unknown>, 'handleUpgrade', traceUpgrade);
  return 'methods';
};

function has(prototype: object, name: string): boolean {
  return typeof readProperty(prototype, name) === 'function';
}

function isWrapped(prototype: object, name: string): boolean {
  const method = readProperty(prototype, name);
  return typeof method === 'function' && isWrappedByOthers(method);
}

/**
 * Traces `ws` 8: pass its exports, or `WebSocket` and `WebSocketServer`. Connections that are open already are not traced.
 *
 * The request that opens a connection has a server span (`GET /live`), which ends with the upgrade; the span of a framework ends then as well. Each
 * message that arrives has a span `process /live`, which starts a trace with a link to that request, and ends when the
 * handlers have returned; those that are async functions, when their promises have settled. Each message that is sent below an active span has a
 * span `send /live`, until it is handed to the operating system. Without a path or route, the names are `process websocket` and `send websocket`.
 * With `libraries: { ws: { messages: false } }`, messages have no spans.
 *
 * Not traced: pings, pongs and closing; fragments of a message, which are one. Not recorded: contents. No context is carried: a message has no headers.
 *
 * @returns What it was given. A second call changes nothing.
 * @throws {WaymarkError} `WAYMARK_INVALID_OPTION` if it is something else.
 * @see https://opentelemetry.io/docs/specs/semconv/messaging/messaging-spans/
 * @example
 * import * as ws from 'ws';
 * traceWs(ws);
 */
export function traceWs<Given extends object>(ws: Given): Given {
  return traceGiven('ws', (given) => trace(given, undefined), ws, 'traceWs(ws)', 'the exports of ws');
}
