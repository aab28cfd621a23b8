/** Makes room on requests and responses before a framework changes their prototype. */

import { type Channel, channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readProperty } from '../read-property.ts';
import { serverSpanKey } from './server-span-key.ts';

const serversKey: unique symbol = Symbol.for('waymark.reserved-servers.v1') as never;

// Kept in a variable: a channel without references is collected, with its subscribers.
const requestStart: Channel & { [serversKey]?: WeakSet<object> } = channel('http.server.request.start');

/**
 * Reserves the properties of a server span on later requests of the same server, and on their responses. Call it with each request.
 *
 * Only for frameworks that change the prototype of requests before middleware runs, as Express does. Up to Node 22, V8 then makes a
 * new hidden class for each property that is added, which takes a microsecond or more; four of them cost more than the span.
 * Properties from before cost nothing. One subscription serves all tracers, and stays. Servers without tracing are left alone. Never
 * throws.
 */
export function reserveSlots(request: IncomingMessage): void {
  try {
    if (serverSpanKey in request) return;
    const server = readProperty(request.socket, 'server'); // undocumented, so looked at
    if (typeof server !== 'object' || server === null) return;
    requestStart[serversKey] ??= subscribe();
    requestStart[serversKey].add(server);
  } catch {
    // The request cannot be read. Later requests merely cost more.
  }
}

function subscribe(): WeakSet<object> {
  const servers = new WeakSet<object>();
  requestStart.subscribe((message) => {
    const { request, response, server } = message as RequestStart; // Node's own
    if (!servers.has(server)) return;
    reserve(request as unknown as Reserved);
    reserve(response as unknown as Reserved);
  });
  return servers;
}

interface RequestStart {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly server: object;
}

interface Reserved {
  emit: Emit;
  [serverSpanKey]: unknown;
}

/** `emit()` of a request or a response. */
export type Emit = (this: EventEmitter, ...args: [type: string | symbol, ...unknown[]]) => boolean;

function reserve(target: Reserved): void {
  target[serverSpanKey] = undefined;
  target.emit = emitOfPrototype;
}

/** Marks the placeholder, for all copies of this package. */
const placeholderKey: unique symbol = Symbol.for('waymark.emit-placeholder.v1') as never;

/** The placeholder. It calls the next `emit` on the prototype chain, which the application may have given its framework's responses. */
function emitOfPrototype(this: EventEmitter): boolean {
  // `this` may be an object that inherits from the response, and its `emit` may call this function.
  let holder: EventEmitter | null = this;
  while (holder !== null && !Object.hasOwn(holder, serverSpanKey)) holder = Object.getPrototypeOf(holder);
  const emit = holder === null ? EventEmitter.prototype.emit : emitBefore(Object.getPrototypeOf(holder));
  // biome-ignore lint/complexity/noArguments: rest parameters would allocate an array
  return emit.apply(this, arguments as unknown as Parameters<Emit>);
}
Object.defineProperty(emitOfPrototype, placeholderKey, { value: true });

/** Returns the `emit` of an emitter, past the placeholder. */
export function emitBefore(emitter: EventEmitter): Emit {
  let owner = emitter;
  while (placeholderKey in owner.emit) owner = Object.getPrototypeOf(owner);
  return owner.emit;
}
