/** Replaces functions that Node has no channel for: `http.request()` below 22.12, and on all versions those that render a head and destroy a request. */
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { processState } from '../process-state.ts';
import { clientSpanOf } from './client-span.ts';
import { addHeadersAgain, onCreated } from './node-http.ts';
import { type NodeRequest, outOfTimeKey } from './node-request.ts';
import { isOutOfTime } from './out-of-time.ts';
import { contain } from './subscribers.ts';
import { wrapMethod } from './wrap-method.ts';

type HttpModule = Pick<typeof http, 'request' | 'get'>;

/**
 * Replaces `request` and `get` of both modules on Node below 22.12, which has no channel for new requests. Names that ES modules have
 * imported change too.
 *
 * @param onFailure Called with the missing feature if a module or class is frozen.
 * @returns A function that restores them, except those that other code has replaced since.
 */
export function patchNodeHttp(onFailure: (what: string, error: unknown) => void): () => void {
  const undo: (() => void)[] = [];
  function install(what: string, part: () => () => void): void {
    try {
      undo.push(part());
    } catch (error) {
      onFailure(what, error); // the application has frozen it
    }
  }
  install('timeouts are reported as cancelled calls', watchDestroy);
  install('headers that are set after http.request() are not looked at', watchHead);
  // Only Node's source shows whether it will ever publish to a channel.
  if (!String(http.ClientRequest).includes('onClientRequestCreatedChannel')) {
    install('calls by node:http are not traced', () => patch(http));
    install('calls by node:https are not traced', () => patch(https as HttpModule));
    syncBuiltinESMExports();
  }
  return function restore(): void {
    for (const restorePart of undo) {
      try {
        restorePart();
      } catch {
        // Frozen since: the replacement stays, and only calls the original.
      }
    }
    syncBuiltinESMExports();
  };
}

/** No version of Node has a channel for a head that is about to be rendered. */
function watchHead(): () => void {
  return wrapMethod(http.ClientRequest.prototype as unknown as HeadRenderer, '_implicitHeader', (original) => {
    return function _implicitHeader(this: HeadRenderer): void {
      addHeadersAgain(this);
      original.call(this);
    };
  });
}

/**
 * Only the call of `destroy()` or `abort()` shows what destroys a request. A listener for 'timeout' would miss agentkeepalive, which
 * destroys requests without one.
 */
function watchDestroy(): () => void {
  return wrapMethod(http.ClientRequest.prototype as NodeRequest, 'destroy', (original) => {
    return function destroy(this: NodeRequest, error?: Error): NodeRequest {
      noteTimeUp(this, destroy);
      return original.call(this, error);
    };
  });
}

function noteTimeUp(request: NodeRequest, destroy: (error?: Error) => unknown): void {
  try {
    if (!request.destroyed && clientSpanOf(request) && isOutOfTime(destroy)) request[outOfTimeKey] = true;
  } catch {
    // The host has frozen the functions that read the stack: the call counts as cancelled.
  }
}

/** Node's `ClientRequest` with its undocumented method, which is as old as `setHeader()`. */
interface HeadRenderer extends NodeRequest {
  _implicitHeader(): void;
}

function patch(module: HttpModule): () => void {
  const original = { request: module.request, get: module.get };
  const onMade = contain(onCreated);
  let isOn = true;

  function tracedRequest(this: unknown, ...args: unknown[]): ClientRequest {
    const request: ClientRequest = Reflect.apply(original.request, this, args);
    // Libraries that mock requests replace these functions, and may return anything.
    if (isOn && request instanceof http.ClientRequest) onMade({ request });
    return request;
  }

  // Does the same as Node's `get`, which calls a `request` that cannot be replaced, and returns after the headers were sent.
  function tracedGet(this: unknown, ...args: unknown[]): ClientRequest {
    if (!isOn) return Reflect.apply(original.get, this, args);
    const request = Reflect.apply(tracedRequest, this, args);
    request.end();
    return request;
  }

  // OpenTelemetry's instrumentation calls its own `request`, and not the one of the module. If a bridge leaves its spans out, such a
  // call would have none.
  function tracedGetOfTheirs(this: unknown, ...args: unknown[]): ClientRequest {
    const isLeftOut = processState.openTelemetry?.wrapsOverTheirs === true;
    return Reflect.apply(isLeftOut ? tracedGet : original.get, this, args);
  }

  const traced = {
    request: disguise(tracedRequest, original.request),
    // A `get` of other code, such as a test's mock, is left alone.
    get: isRequestAndEnd(original.get)
      ? disguise(tracedGet, original.get)
      : isInstrumented(original.get)
        ? disguise(tracedGetOfTheirs, original.get)
        : original.get,
  };
  Object.assign(module, traced);
  return function restoreModule(): void {
    isOn = false;
    if (module.request === traced.request) module.request = original.request;
    if (module.get === traced.get) module.get = original.get;
  };
}

function isRequestAndEnd(get: HttpModule['get']): boolean {
  return /\brequest\(.*\.end\(\)/s.test(String(get));
}

/** `shimmer`, which OpenTelemetry's instrumentations use, leaves this mark. */
function isInstrumented(get: HttpModule['get']): boolean {
  return (get as { __wrapped?: unknown }).__wrapped === true;
}

function disguise<Fn extends object>(fn: object, original: Fn): Fn {
  const { name, length } = original as { name?: unknown; length?: unknown };
  return Object.defineProperties(fn, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  }) as Fn; // called with the same arguments, it returns the same
}
