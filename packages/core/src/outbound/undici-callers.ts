/**
 * Finds the caller's context of an undici request. When a pool has no free connection, and for a retry or a redirect, undici sends from
 * a callback of a socket. That runs in the context of the caller that opened the socket, which may have finished long ago.
 *
 * undici passes the same handler to each sending of a call, so the context is kept with the handler:
 *
 * - The handlers of `request()`, `stream()` and `pipeline()` are async resources, and keep their context themselves.
 * - Others are noted when they are passed to `dispatch()`, or in undici 7 to `UnwrapHandler.unwrap()`, which hides them.
 *
 * Both functions are reachable only from objects that undici publishes: a socket, and a request. So a handler may have been passed
 * before the function was replaced. If the context may then be another caller's, none is used.
 */
import type { EventEmitter } from 'node:events';
import { currentContext } from '../active-context.ts';
import type { Context } from '../context.ts';
import { wrapMethod } from './wrap-method.ts';

/** Takes the response of a request. */
export interface Handler {
  /** Only handlers of `request()`, `stream()`, `pipeline()`, `connect()` and `upgrade()`, which are async resources. */
  runInAsyncScope?<Result>(fn: () => Result): Result;
  /** Only handlers that may send again, RetryHandler and RedirectHandler. They also have the handler that they wrap. */
  readonly dispatch?: unknown;
  readonly handler?: Handler;
}

/** One sending of a call. */
export interface Sending {
  readonly context: Context | undefined;
  /** How often the call was sent before; `undefined` if that is not known. */
  readonly resendCount: number | undefined;
}

/** The contexts in which handlers were first passed to undici. */
const contexts = new WeakMap<object, { readonly context: Context | undefined }>();

/** The last sending, by the caller's handler, of calls that may be sent again. */
const sentFor = new WeakMap<object, { readonly context: Context | undefined; readonly resendCount: number }>();

/** The handler within each UnwrapHandler of undici 7. */
const hiddenIn = new WeakMap<object, Handler>();

/** The contexts in which connections were opened. undici's callbacks for a connection run in its context. */
const openers = new WeakSet<Context>();

/**
 * Returns the context of the call that is being sent.
 *
 * @returns `undefined` if the only known context may be another caller's.
 */
export function sendingFor(handler: Handler | undefined): Sending | undefined {
  const current = currentContext();
  if (handler === undefined) return { context: current, resendCount: undefined };
  const isFirstOfKind = watchUnwrap(handler);
  const shown = hiddenIn.get(handler) ?? handler;
  const caller = callerOf(shown);
  const before = sentFor.get(caller);
  if (before !== undefined) return sent(caller, before.context, before.resendCount + 1);
  const isResent = shown !== caller || shown !== handler;
  if (caller.runInAsyncScope) {
    const context = caller.runInAsyncScope(currentContext);
    return isResent ? sent(caller, context, 0) : { context, resendCount: undefined };
  }
  const noted = contexts.get(shown) ?? contexts.get(caller);
  if (noted === undefined && !isFirstOfKind && current !== undefined && openers.has(current)) return undefined;
  const context = noted === undefined ? current : noted.context;
  return isResent ? sent(caller, context, 0) : { context, resendCount: undefined };
}

function sent(caller: Handler, context: Context | undefined, resendCount: number): Sending {
  sentFor.set(caller, { context, resendCount });
  // `fetch` follows redirects by new calls, which all look like first ones here.
  return { context, resendCount: resendCount === 0 ? undefined : resendCount };
}

/** The caller's handler, within those that may send again. */
function callerOf(handler: Handler): Handler {
  let caller = handler;
  // Applications write handlers too. The limit ends the loop for one that points to itself.
  for (let depth = 0; depth < 8 && typeof caller.dispatch === 'function' && caller.handler; depth++) {
    caller = caller.handler;
  }
  return caller;
}

/** Never throws: it runs within the application's calls, and a handler may be a Proxy. */
function note(handler: unknown): void {
  try {
    if (typeof handler !== 'object' || handler === null || hiddenIn.has(handler) || contexts.has(handler)) return;
    if (typeof (handler as Handler).runInAsyncScope === 'function') return; // keeps its context itself
    contexts.set(handler, { context: currentContext() });
  } catch {
    // Reading it throws again when its request is created, and is counted then.
  }
}

interface Unwrap {
  unwrap(handler: Handler): Handler;
}

let watched = new WeakSet<object>();
const undo: (() => void)[] = [];

/** @returns Whether this is the first handler of its class. It was passed unnoticed, and its call has opened the connection itself. */
function watchUnwrap(handler: Handler): boolean {
  const { constructor: kind } = handler as { constructor?: Partial<Unwrap> & object };
  if (typeof kind?.unwrap !== 'function' || watched.has(kind)) return false;
  watched.add(kind);
  undo.push(
    wrapMethod(kind as unknown as Record<'unwrap', Unwrap['unwrap']>, 'unwrap', (original) => {
      return function unwrap(this: unknown, given: Handler): Handler {
        const unwrapped = original.call(this, given);
        note(given);
        if (unwrapped !== given) hiddenIn.set(unwrapped, given);
        return unwrapped;
      };
    }),
  );
  return true;
}

interface Dispatcher {
  dispatch(options: unknown, handler: unknown): unknown;
}

/** Replaces `dispatch()` of the copy of undici that has opened a connection, to note the handlers that it gets. */
export function watchDispatch(socket: object): void {
  const context = currentContext();
  if (context !== undefined) openers.add(context);
  const client = clientOf(socket);
  const base = client && ownerOfDispatch(client);
  if (base === undefined || watched.has(base)) return;
  watched.add(base);
  const clientClass = Object.getPrototypeOf(client);
  undo.push(
    wrapMethod(base as Dispatcher & Record<'dispatch', Dispatcher['dispatch']>, 'dispatch', (original) => {
      return function dispatch(this: object, options: unknown, handler: unknown): unknown {
        if (!isFedByPool(this, clientClass)) note(handler);
        return original.call(this as Dispatcher, options, handler);
      };
    }),
  );
}

/**
 * Whether a client belongs to a pool, which may have queued the call: the context is then another caller's, if the handler is not known
 * yet. A pool listens for 'drain' on each of its clients. A client that the application made gets its calls in their callers' context.
 */
function isFedByPool(dispatcher: object, clientClass: object | null): boolean {
  try {
    return Object.getPrototypeOf(dispatcher) === clientClass && (dispatcher as EventEmitter).listenerCount('drain') > 0;
  } catch {
    return true; // not a dispatcher of undici, so nothing is noted
  }
}

/** Restores undici's methods. */
export function unwatch(): void {
  for (const restore of undo.splice(0)) restore();
  watched = new WeakSet();
}

function clientOf(socket: object): object | undefined {
  // Found by its description: each copy of undici has another symbol.
  const key = Object.getOwnPropertySymbols(socket).find(({ description }) => description === 'client');
  const client = key && (socket as Record<symbol, unknown>)[key];
  return typeof client === 'object' && client !== null ? client : undefined;
}

function ownerOfDispatch(client: object): object | undefined {
  for (let owner = Object.getPrototypeOf(client); owner !== null; owner = Object.getPrototypeOf(owner)) {
    if (Object.hasOwn(owner, 'dispatch')) return owner;
  }
  return undefined;
}
