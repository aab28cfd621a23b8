/** Replaces what Node has no channel for: `http.request()` below 22.12, and on all versions the rendering and destroying of requests. */
import http, { type ClientRequest } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { clientSpanOf } from './client-span.ts';
import { addHeadersAgain, onCreated } from './node-http.ts';
import { type NodeRequest, outOfTimeKey } from './node-request.ts';
import { isOutOfTime } from './out-of-time.ts';
import { contain } from './subscribers.ts';
import { wrapMethod } from './wrap-method.ts';

type HttpModule = Pick<typeof http, 'request' | 'get'>;

/**
 * Replaces `request` and `get` of both modules where Node has no channel for a request that is about to be sent: before
 * 22.12. ES modules see that in what they have imported already.
 *
 * @param onFailure Told what is missing where a module or class is frozen.
 * @returns What undoes it, as far as nobody else has replaced them since.
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
  // Nothing tells whether a channel will ever be published to, but the source of who does.
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
        // Frozen since: what stays there calls on, and does nothing more.
      }
    }
    syncBuiltinESMExports();
  };
}

/** There is no channel for a head that is about to be rendered either, on any Node. */
function watchHead(): () => void {
  return wrapMethod(http.ClientRequest.prototype as unknown as HeadRenderer, '_implicitHeader', (original) => {
    return function _implicitHeader(this: HeadRenderer): void {
      addHeadersAgain(this);
      original.call(this);
    };
  });
}

/**
 * What calls `destroy()`, or `abort()`, is known in that moment only. No listener for 'timeout' does as well: agentkeepalive
 * destroys requests that have none.
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
    // A host that has frozen what the stack is read by: the call counts as cancelled.
  }
}

/** Node's `ClientRequest`: undocumented, and there since `setHeader()` is. */
interface HeadRenderer extends NodeRequest {
  _implicitHeader(): void;
}

function patch(module: HttpModule): () => void {
  const original = { request: module.request, get: module.get };
  const onMade = contain(onCreated);
  let isOn = true;

  function tracedRequest(this: unknown, ...args: unknown[]): ClientRequest {
    const request: ClientRequest = Reflect.apply(original.request, this, args);
    // Libraries that fake requests put functions of their own here, which may return anything.
    if (isOn && request instanceof http.ClientRequest) onMade({ request });
    return request;
  }

  // What Node's own does, too, but with a `request` that cannot be reached from here; when it is done, the headers are sent.
  function tracedGet(this: unknown, ...args: unknown[]): ClientRequest {
    if (!isOn) return Reflect.apply(original.get, this, args);
    const request = Reflect.apply(tracedRequest, this, args);
    request.end();
    return request;
  }

  const traced = {
    request: disguise(tracedRequest, original.request),
    // One that somebody else has put there, such as a test its fake, does what it wants to, and is left alone.
    get: isRequestAndEnd(original.get) ? disguise(tracedGet, original.get) : original.get,
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

function disguise<Fn extends object>(fn: object, original: Fn): Fn {
  const { name, length } = original as { name?: unknown; length?: unknown };
  return Object.defineProperties(fn, {
    name: { value: name, configurable: true },
    length: { value: length, configurable: true },
  }) as Fn; // called with the same arguments, it returns the same
}
