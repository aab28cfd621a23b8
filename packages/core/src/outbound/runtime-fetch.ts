/**
 * Traces the built-in `fetch` of Bun and Deno by replacing it: it is not undici, and publishes nothing. `undici.ts` traces Node's
 * `fetch`, and undici from npm in all three runtimes.
 */
import { currentContext } from '../active-context.ts';
import { beginClientSpan } from './begin-client-span.ts';
import type { ClientAdapter } from './client-adapter.ts';
import { isRedirect, type TracedRequest, takeClientSpan } from './client-span.ts';
import { contain } from './subscribers.ts';
import { wrapMethod } from './wrap-method.ts';

type Fetch = typeof globalThis.fetch;

/** One call, as the adapter reads it. */
interface FetchCall extends TracedRequest {
  readonly method: string;
  readonly url: string;
  /** A copy of the application's headers, which stay unchanged. */
  readonly headers: Headers;
  readonly isSealed: boolean;
  /** Whether the copy differs from the application's headers. */
  isChanged: boolean;
}

const fetchAdapter: ClientAdapter<FetchCall> = {
  subject: 'undici',
  method: ({ method }) => method,
  url: ({ url }) => url,
  isSealed: ({ isSealed }) => isSealed,
  hasHeader: ({ headers }, name) => headers.has(name),
  getter: {
    get: ({ headers }, name) => headers.get(name) ?? undefined,
    keys: ({ headers }) => [...headers.keys()],
  },
  setter: {
    set(call, name, value) {
      if (call.headers.has(name)) return;
      call.headers.set(name, value);
      call.isChanged = true;
    },
  },
  removeHeader(call, name) {
    call.headers.delete(name);
    call.isChanged = true;
  },
};

/** @returns A function that restores `fetch`. On Node nothing is replaced. */
export function patchRuntimeFetch(): () => void {
  const { bun, deno } = process.versions;
  if (bun === undefined && deno === undefined) return () => {};
  let isOn = true;
  const restore = wrapMethod(globalThis, 'fetch', (original) => {
    const begin = contain(beginCall);
    function fetch(this: unknown, ...args: Parameters<Fetch>): ReturnType<Fetch> {
      const begun: Begun = { call: undefined, args };
      if (isOn) begin(begun);
      const promise: ReturnType<Fetch> = Reflect.apply(original, this, begun.args);
      return begun.call === undefined ? promise : observe(promise, begun.call);
    }
    // Keeps properties such as Bun's `fetch.preconnect()`.
    return Object.assign(fetch, original);
  });
  return function restoreFetch(): void {
    isOn = false;
    restore();
  };
}

interface Begun {
  call: FetchCall | undefined;
  args: Parameters<Fetch>;
}

function beginCall(begun: Begun): void {
  const [input, init] = begun.args;
  const request = input instanceof Request ? input : undefined;
  const url = request?.url ?? String(input);
  // `data:`, `file:` and `blob:` are not sent; fetch reports an invalid URL itself.
  if (!/^https?:/i.test(url) || !URL.canParse(url)) return;
  const call: FetchCall = {
    method: methodOf(init?.method ?? request?.method ?? 'GET'),
    url: new URL(url).href,
    headers: new Headers(init?.headers ?? request?.headers),
    // An object of a class may have options on its prototype, which a copy would lose.
    isSealed: init !== undefined && init !== null && !isPlain(init),
    isChanged: false,
  };
  beginClientSpan(call, fetchAdapter, currentContext());
  begun.call = call;
  if (call.isChanged) begun.args = [input, { ...init, headers: call.headers }];
}

// Fetch standard, "normalize a method".
const normalized = /^(delete|get|head|options|post|put)$/i;

function methodOf(method: string): string {
  return normalized.test(method) ? method.toUpperCase() : String(method);
}

function isPlain(init: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(init);
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Returns a new promise: a handler of ours on the given one would hide unhandled rejections of the application. */
function observe(promise: ReturnType<Fetch>, call: FetchCall): ReturnType<Fetch> {
  return promise.then(
    (response) => {
      endAnswered({ call, response });
      return response;
    },
    (error) => {
      endFailed({ call, error });
      throw error;
    },
  );
}

const endAnswered = contain(({ call, response }: { call: FetchCall; response: Response }) => {
  const location = isRedirect(response.status) ? response.headers.get('location') : null;
  takeClientSpan(call)?.endAnswered(response.status, location ?? undefined);
});

const endFailed = contain(({ call, error }: { call: FetchCall; error: unknown }) => {
  takeClientSpan(call)?.endFailed(error);
});
