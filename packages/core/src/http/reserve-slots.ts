/** Makes room on requests and responses before a framework changes their prototype. */

import { type Channel, channel } from 'node:diagnostics_channel';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { serverSpanKey } from './server-span-key.ts';

const reservedKey: unique symbol = Symbol.for('waymark.reserved.v1') as never;

// Held: a channel that nobody holds is collected, with its subscribers.
const requestStart: Channel & { [reservedKey]?: boolean } = channel('http.server.request.start');

/**
 * Has every request that a server of this process receives, and its response, made with the properties that its span will
 * need.
 *
 * Express sets the prototype of both before any middleware runs. Up to Node 22, each property that is added to such an
 * object gets it a hidden class of its own, for a microsecond or more; four of them cost more than the span. Properties that
 * are there before cost nothing. One subscription serves all, as it knows of no tracer, and it stays.
 *
 * For the adapters of frameworks that do so: for the others, the subscription would be a cost without a use.
 */
export function reserveSlots(): void {
  if (requestStart[reservedKey]) return;
  requestStart[reservedKey] = true;
  requestStart.subscribe((message) => {
    const { request, response } = message as { request: IncomingMessage; response: ServerResponse }; // Node's own
    reserve(request as unknown as Reserved);
    reserve(response as unknown as Reserved);
  });
}

interface Reserved {
  emit: unknown;
  [serverSpanKey]: unknown;
}

function reserve(target: Reserved): void {
  target[serverSpanKey] = undefined;
  // biome-ignore lint/correctness/noSelfAssign: the method of the prototype becomes a property of the object
  target.emit = target.emit;
}
