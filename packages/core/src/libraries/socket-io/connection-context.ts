/** The request that opens a connection of Socket.IO, and the context of what belongs to no event. */
import { isPromise } from 'node:util/types';
import type { Context } from '../../context.ts';
import { contained } from '../../count-fault.ts';
import { openingRequests } from '../../opening-requests.ts';
import { outside } from '../../outside-context.ts';
import { readProperty } from '../../read-property.ts';
import { optionsOf } from '../caller.ts';
import { type AnyFunction, runInCaller } from '../run-in-caller.ts';
import { wrapOnce } from '../wrap-once.ts';

/** The paths of the servers, by their engine. */
const paths = new WeakMap<object, string>();

/** Wraps `bind(engine)` of a server, which is where it gets its engine. */
export function traceBind(original: AnyFunction): AnyFunction {
  return function bind(this: unknown, ...args: unknown[]): unknown {
    contained(traceEngine)(this, args[0]);
    return original.apply(this, args);
  };
}

function traceEngine(server: unknown, engine: unknown): void {
  if (typeof engine !== 'object' || engine === null) return;
  const path = readProperty(server, '_path');
  if (typeof path === 'string') paths.set(engine, `${path}/`);
  const owner = ownerOf(engine, 'handshake');
  if (owner !== undefined) wrapOnce(owner as Record<string, unknown>, 'handshake', traceHandshake);
}

/** The class that has a method, so that it is replaced for all engines. */
function ownerOf(value: object, method: string): object | undefined {
  let place: object | null = Object.getPrototypeOf(value);
  while (place !== null && !Object.hasOwn(place, method)) place = Object.getPrototypeOf(place);
  return place ?? undefined;
}

/** Wraps `handshake(transport, request, fail)` of an engine. A request is one of these once, also if the connection is upgraded later. */
function traceHandshake(original: AnyFunction): AnyFunction {
  return function handshake(this: object, ...args: unknown[]): unknown {
    const [transport, request] = args;
    const context = contained(beginHandshake)(this, transport, request);
    if (context === undefined) return original.apply(this, args);
    const result: unknown = runInCaller(context, original, this, args);
    // A request of polling ends with its response. This one has been upgraded before.
    if (transport !== 'websocket' || !isPromise(result)) return result;
    // Engine.IO does not await the promise. A listener of the application that throws rejects it, which Node then reports.
    return result.then(
      (value) => {
        endRequest(request);
        return value;
      },
      (error) => {
        endRequest(request);
        throw error;
      },
    );
  };
}

const endRequest = contained((request: unknown) => openingRequests().endUpgraded(request));

function beginHandshake(engine: object, transport: unknown, request: unknown): Context | undefined {
  if (optionsOf('socket.io', outside) === undefined) return undefined;
  const response = transport === 'websocket' ? undefined : readProperty(request, 'res');
  return openingRequests().begin(request, response, paths.get(engine));
}

/** The context of the request that has opened the connection of a client. Never throws. */
export const contextOfClient: (client: unknown) => Context | undefined = contained((client: unknown) => {
  return openingRequests().contextOf(readProperty(readProperty(client, 'conn'), 'request'));
});

/** Calls a method in that context. */
export function runInOpening(client: unknown, fn: AnyFunction, self: unknown, args: unknown[]): unknown {
  const context = contextOfClient(client);
  return context === undefined ? fn.apply(self, args) : runInCaller(context, fn, self, args);
}

/** Wraps a method of a namespace whose first argument is the client that connects: middleware and the handlers of `connection`. */
export function traceConnecting(original: AnyFunction): AnyFunction {
  return function connecting(this: unknown, ...args: unknown[]): unknown {
    return runInOpening(args[0], original, this, args);
  };
}
