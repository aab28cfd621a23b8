/** Makes room on requests and responses before a framework changes their prototype. */

import { type Channel, channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { readProperty } from '../read-property.ts';
import { serverSpanKey } from './server-span-key.ts';

const serversKey: unique symbol = Symbol.for('waymark.reserved-servers.v1') as never;

// Held: a channel that nobody holds is collected, with its subscribers.
const requestStart: Channel & { [serversKey]?: WeakSet<object> } = channel('http.server.request.start');

/**
 * Has the requests that the server of `request` receives from now on, and their responses, made with the properties that their
 * spans will need.
 *
 * Express sets the prototype of both before any middleware runs. Up to Node 22, each property that is added to such an
 * object gets it a hidden class of its own, for a microsecond or more; four of them cost more than the span. Properties that
 * are there before cost nothing. One subscription serves all, as it knows of no tracer, and it stays. A server that is not
 * traced is left alone.
 *
 * For the adapters of frameworks that do so: for the others, the subscription would be a cost without a use. Never throws.
 */
export function reserveSlots(request: IncomingMessage): void {
  try {
    if (serverSpanKey in request) return;
    const server = readProperty(request.socket, 'server'); // undocumented, so looked at
    if (typeof server !== 'object' || server === null) return;
    requestStart[serversKey] ??= subscribe();
    requestStart[serversKey].add(server);
  } catch {
    // A request that does not let itself be read. Without the room, its successors merely cost more.
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

/** Marks what holds the place, of whichever copy of this package. */
const placeholderKey: unique symbol = Symbol.for('waymark.emit-placeholder.v1') as never;

/** Holds the place: the `emit` that an application gives its framework's responses counts as if there were none here. */
function emitOfPrototype(this: EventEmitter): boolean {
  // Not necessarily `this`: an object that inherits from the response. And its `emit` may be one that calls this one.
  let holder: EventEmitter | null = this;
  while (holder !== null && !Object.hasOwn(holder, serverSpanKey)) holder = Object.getPrototypeOf(holder);
  const emit = holder === null ? EventEmitter.prototype.emit : emitBefore(Object.getPrototypeOf(holder));
  // biome-ignore lint/complexity/noArguments: makes no array of them
  return emit.apply(this, arguments as unknown as Parameters<Emit>);
}
Object.defineProperty(emitOfPrototype, placeholderKey, { value: true });

/** The `emit` that counts for an emitter whose own one may only hold the place. */
export function emitBefore(emitter: EventEmitter): Emit {
  let owner = emitter;
  while (placeholderKey in owner.emit) owner = Object.getPrototypeOf(owner);
  return owner.emit;
}
