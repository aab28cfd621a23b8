/**
 * Whose call a request of undici is. undici sends from a callback of some socket when a pool had no connection free, and for a retry or
 * a redirect. That runs in the context of the caller that opened the socket, who may be long gone.
 *
 * What is passed from the first sending to the later ones is the handler, so the context is kept with that:
 *
 * - the handlers of `request()`, `stream()` and `pipeline()` are async resources, and know it themselves;
 * - others are seen when they are passed to `dispatch()`, or in undici 7 to `UnwrapHandler.unwrap()`, which hides them.
 *
 * Both functions can only be had from an object that undici shows in its channels: a socket, and a request. So a handler may
 * have been passed before. Where the context may then be a stranger's, there is none.
 */
import type { EventEmitter } from 'node:events';
import { currentContext } from '../active-context.ts';
import type { Context } from '../context.ts';
import { wrapMethod } from './wrap-method.ts';

/** What a request is sent for, and its response given to. */
export interface Handler {
  /** Those of `request()`, `stream()`, `pipeline()`, `connect()` and `upgrade()` are async resources. */
  runInAsyncScope?<Result>(fn: () => Result): Result;
  /** Those that may send again have this, and the handler they were put before: RetryHandler, RedirectHandler. */
  readonly dispatch?: unknown;
  readonly handler?: Handler;
}

/** One sending of a call. */
export interface Sending {
  readonly context: Context | undefined;
  /** How often it was sent before; `undefined` if that is not known. */
  readonly resendCount: number | undefined;
}

/** The contexts in which handlers were passed on for the first time. */
const contexts = new WeakMap<object, { readonly context: Context | undefined }>();

/** The last sending for a caller whose call may be sent again. */
const sentFor = new WeakMap<object, { readonly context: Context | undefined; readonly resendCount: number }>();

/** What undici 7 has put into an UnwrapHandler. */
const hiddenIn = new WeakMap<object, Handler>();

/** Those in which a connection was opened, and in which undici calls back from then on. */
const openers = new WeakSet<Context>();

/**
 * Whose call is being sent.
 *
 * @returns `undefined` if it may be a stranger's.
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
  // `fetch` follows redirects by calls that are all first ones here.
  return { context, resendCount: resendCount === 0 ? undefined : resendCount };
}

/** The handler of the caller, behind those that may send again for it. */
function callerOf(handler: Handler): Handler {
  let caller = handler;
  // Handlers come from applications too: one that points to itself must not keep us here.
  for (let depth = 0; depth < 8 && typeof caller.dispatch === 'function' && caller.handler; depth++) {
    caller = caller.handler;
  }
  return caller;
}

/** Never throws: it runs within the application's calls, and a handler may be a Proxy. */
function note(handler: unknown): void {
  try {
    if (typeof handler !== 'object' || handler === null || hiddenIn.has(handler) || contexts.has(handler)) return;
    if (typeof (handler as Handler).runInAsyncScope === 'function') return; // knows its own
    contexts.set(handler, { context: currentContext() });
  } catch {
    // It fails again, and is counted, when its request is created.
  }
}

interface Unwrap {
  unwrap(handler: Handler): Handler;
}

let watched = new WeakSet<object>();
const undo: (() => void)[] = [];

/** @returns Whether this is the first handler of its kind, which was passed on unseen. It opened its connection itself. */
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

/** Sees what is passed to the dispatchers of the copy of undici that has opened a connection. */
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
 * Whether a client may get what a pool had to queue. It comes in the context of a stranger, if its handler is not known yet. A pool
 * listens for 'drain' on each of its clients. A client that the application made for itself gets its calls from their callers.
 */
function isFedByPool(dispatcher: object, clientClass: object | null): boolean {
  try {
    return Object.getPrototypeOf(dispatcher) === clientClass && (dispatcher as EventEmitter).listenerCount('drain') > 0;
  } catch {
    return true; // not a dispatcher of undici
  }
}

/** Leaves undici as it was. */
export function unwatch(): void {
  for (const restore of undo.splice(0)) restore();
  watched = new WeakSet();
}

function clientOf(socket: object): object | undefined {
  // By description: each copy of undici has another symbol.
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
