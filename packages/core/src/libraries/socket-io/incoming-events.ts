/**
 * The span of an event that a client has sent: from its arrival, through the middleware of the socket, until the listeners have
 * returned, those that are async functions have settled, and the event is acknowledged if the client asks for that.
 */
import { EventEmitter } from 'node:events';
import { currentContext } from '../../active-context.ts';
import type { AttributeList } from '../../attributes.ts';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { outside } from '../../outside-context.ts';
import { readProperty } from '../../read-property.ts';
import { optionsOf } from '../caller.ts';
import { Incoming } from '../incoming.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { MessageWork } from '../sockets/message-work.ts';
import { isLeftOut } from '../sockets/traced-connection.ts';
import { contextOfClient, runInOpening } from './connection-context.ts';
import { attributesOf, createEventNames, pushRooms } from './namespace-attributes.ts';
import { addPending, endPending, type Pending, removePending } from './pending.ts';

/** The parts of Socket.IO's socket that are read. */
export interface SocketIoSocket extends EventEmitter {
  readonly id: unknown;
  readonly nsp: object;
  readonly client: unknown;
  readonly rooms: unknown;
  readonly conn: unknown;
  readonly fns?: readonly unknown[];
  readonly _anyListeners?: readonly unknown[];
}

const nameOf = createEventNames('process');
const { listenerCount } = EventEmitter.prototype;

/** An event on its way from `onevent()` to the listeners. */
class SocketEvent implements Pending {
  readonly socket: SocketIoSocket;
  readonly work: MessageWork;
  /** Whether the middleware has let it through, or has refused it. */
  hasPassed = false;
  private awaitsAck = false;

  constructor(socket: SocketIoSocket, work: MessageWork) {
    this.socket = socket;
    this.work = work;
  }

  /** The client waits for an acknowledgement, which the listeners may never send. */
  expectAck(): void {
    this.awaitsAck = true;
    this.work.addPart();
    addPending(this.socket, this);
  }

  acknowledge(): void {
    if (!this.awaitsAck) return;
    this.awaitsAck = false;
    if (this.hasPassed) removePending(this.socket, this);
    this.work.endPart();
  }

  /** The middleware may let it through later, or never. */
  keep(): void {
    this.work.noteIdle();
    addPending(this.socket, this);
  }

  /** @param error Of the middleware that has refused it. */
  pass(error: unknown): void {
    if (this.hasPassed) return;
    this.hasPassed = true;
    if (!this.awaitsAck) removePending(this.socket, this);
    this.work.addPart(); // until the listeners have been called
    if (arriving !== this) this.work.endPart(); // the part of onevent(), which has returned
    dispatched.set(this.work.incoming.context, this);
    if (error) this.work.fail(error);
  }

  abandon(): void {
    if (this.awaitsAck) this.work.abandonPart();
    this.awaitsAck = false;
    if (!this.hasPassed) this.work.abandonPart();
  }
}

/** The event whose `onevent()` runs: it makes the function for the acknowledgement, and dispatches, in the same call. */
let arriving: SocketEvent | undefined;
/** The events whose listeners are about to be called, by their context. */
const dispatched = new WeakMap<Context, SocketEvent>();

const pass = contained((event: SocketEvent, error: unknown) => event.pass(error));
const acknowledge = contained((event: SocketEvent) => event.acknowledge());

/** Wraps `onevent(packet)` of a socket. */
export function traceOnevent(original: AnyFunction): AnyFunction {
  return function onevent(this: SocketIoSocket, ...args: unknown[]): unknown {
    const event = beginEvent(this, args[0]);
    if (event === undefined) return runInOpening(this.client, original, this, args);
    const before = arriving;
    arriving = event;
    try {
      return event.work.run(() => original.apply(this, args));
    } finally {
      arriving = before;
      if (event.hasPassed) event.work.endPart();
      else event.keep();
    }
  };
}

const beginEvent: (socket: SocketIoSocket, packet: unknown) => SocketEvent | undefined = contained(
  (socket: SocketIoSocket, packet: unknown) => {
    const opening = contextOfClient(socket.client);
    const options = optionsOf('socket.io', opening ?? outside);
    if (options?.messages !== true || isLeftOut(opening)) return undefined;
    const event = eventOf(packet);
    // A client may send any name: only those that the application listens to are names of spans.
    const isKnown = event !== undefined && listenerCount.call(socket, event) > 0;
    if (!isKnown && !hasItems(socket.fns) && !hasItems(socket._anyListeners)) return undefined;
    const attributes: AttributeList = [];
    if (isKnown) attributes.push('messaging.socket.io.event_name', event);
    const transport = readProperty(readProperty(socket.conn, 'transport'), 'name');
    if (typeof transport === 'string') attributes.push('messaging.socket.io.transport', transport);
    if (options.rooms) pushRooms(attributes, socket.rooms, socket.id);
    const incoming = Incoming.begin({
      library: 'socket.io',
      name: isKnown ? nameOf(event) : 'process',
      kind: 'consumer',
      attributes,
      shared: attributesOf(socket.nsp).processed,
      senders: [opening],
      linksOnly: true,
    });
    return incoming === undefined ? undefined : new SocketEvent(socket, new MessageWork(incoming));
  },
);

function eventOf(packet: unknown): string | undefined {
  const data = readProperty(packet, 'data');
  const event: unknown = Array.isArray(data) ? data[0] : undefined;
  return typeof event === 'string' || typeof event === 'number' ? String(event) : undefined;
}

function hasItems(list: readonly unknown[] | undefined): boolean {
  return list !== undefined && list.length > 0;
}

/** Wraps `ack(id)` of a socket, which makes the function that acknowledges an event. */
export function traceAck(original: AnyFunction): AnyFunction {
  return function ack(this: unknown, ...args: unknown[]): unknown {
    const send = original.apply(this, args) as AnyFunction;
    const event = arriving;
    if (event === undefined || event.socket !== this) return send;
    event.expectAck();
    return function acknowledged(this: unknown, ...values: unknown[]): unknown {
      try {
        return send.apply(this, values);
      } finally {
        acknowledge(event);
      }
    };
  };
}

/** Wraps `run(event, done)` of a socket, which calls its middleware, and then `done`, which calls the listeners in the next tick. */
export function traceRun(original: AnyFunction): AnyFunction {
  return function run(this: unknown, ...args: unknown[]): unknown {
    const event = arriving;
    const [, done] = args;
    if (event === undefined || event.socket !== this || typeof done !== 'function') return original.apply(this, args);
    args[1] = function passed(this: unknown, ...values: unknown[]): unknown {
      const isFirst = !event.hasPassed; // middleware may call next() twice, and the listeners then are called twice
      pass(event, values[0]);
      try {
        return runInCaller(event.work.incoming.context, done as AnyFunction, this, values);
      } finally {
        // In the next tick, after the listeners: also if there is nothing to call, because the client has disconnected.
        if (isFirst) process.nextTick(contained(() => event.work.endPart()));
      }
    };
    return original.apply(this, args);
  };
}

/** Wraps `emitUntyped(event, ...args)` of emitters, which calls the listeners. */
export function traceEmitUntyped(original: AnyFunction): AnyFunction {
  return function emitUntyped(this: unknown): unknown {
    // biome-ignore lint/complexity/noArguments: rest parameters would allocate an array
    const args = arguments;
    const context = currentContext();
    const event = context === undefined ? undefined : dispatched.get(context);
    if (event === undefined || event.socket !== this) return original.apply(this, args as never);
    return event.work.emit(event.socket, args, () => original.apply(this, args as never) as boolean);
  };
}

/** Wraps `_onclose(reason)` of a socket: the handlers of `disconnect` belong to no event. */
export function traceOnclose(original: AnyFunction): AnyFunction {
  return function _onclose(this: SocketIoSocket, ...args: unknown[]): unknown {
    try {
      // The application may close it in a request of its own.
      return currentContext() === undefined
        ? runInOpening(this.client, original, this, args)
        : original.apply(this, args);
    } finally {
      contained(endPending)(this);
    }
  };
}
