/**
 * Traces undici and Node's built-in `fetch`, which is undici too. All copies in a process publish to the same channels.
 *
 * @see https://github.com/nodejs/undici/blob/main/docs/docs/api/DiagnosticsChannel.md
 */

import { knownTracer } from '../internal-tracer.ts';
import type { Setter } from '../propagation/propagator.ts';
import { beginClientSpan } from './begin-client-span.ts';
import type { ClientAdapter } from './client-adapter.ts';
import { clientSpanOf, isRedirect, type TracedRequest, takeClientSpan } from './client-span.ts';
import { isPublishedOutOfTime } from './out-of-time.ts';
import { fieldNamesIn, fieldsIn, withoutField } from './rendered-head.ts';
import type { Subscribers } from './subscribers.ts';
import { type Handler, sendingFor, watchDispatch } from './undici-callers.ts';

/** undici's `Request`. undici makes one for each request that it sends, also for each redirect and retry. */
interface UndiciRequest extends TracedRequest {
  readonly origin: string | URL;
  /** The Host header, if the application has set it. */
  readonly host?: unknown;
  readonly path: string;
  readonly method: string;
  /** Protocol to upgrade to. */
  readonly upgrade?: string | null;
  /** Alternating names and values since undici 6. In undici 5 the head as a string; an object over HTTP/2. */
  headers: readonly unknown[] | string | Readonly<Record<string, unknown>>;
  addHeader(name: string, value: string): void;
  /** Takes the response to an upgrade or CONNECT. undici 8 has this name, earlier versions the other. */
  readonly onRequestUpgrade?: unknown;
  readonly onUpgrade?: unknown;
}

interface UndiciSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly alpnProtocol?: string | false | null;
}

interface UndiciResponse {
  readonly statusCode: number;
  /** Alternating names and values, as bytes or strings; an object over HTTP/2. */
  readonly headers: readonly unknown[] | Readonly<Record<string, unknown>>;
}

export const undiciSubscribers: Subscribers = {
  'undici:request:create': onCreate,
  'undici:client:connected': onConnected,
  'undici:client:sendHeaders': onSendHeaders,
  'undici:request:headers': onHeaders,
  'undici:request:error': onError,
};

const undiciAdapter: ClientAdapter<UndiciRequest> = {
  subject: 'undici',
  method: (request) => request.method,
  url: urlOf,
  isSealed: () => false,
  hasHeader,
  getter: { get: headerIn, keys: headerNames },
  setter: {
    set(request, name, value) {
      if (!hasHeader(request, name)) request.addHeader(name, value);
    },
  } satisfies Setter<UndiciRequest>,
  removeHeader,
};

function onCreate({ request }: { readonly request: UndiciRequest }): void {
  const sending = sendingFor(handlerOf(request));
  if (sending) beginClientSpan(request, undiciAdapter, sending.context, sending.resendCount);
  else
    knownTracer(undefined)?.diagnostics.count(
      'inject-failed',
      'undici does not say which caller a queued call belongs to',
    );
}

function onConnected({ socket }: { readonly socket: UndiciSocket }): void {
  watchDispatch(socket);
}

function onSendHeaders({ request, socket }: { readonly request: UndiciRequest; readonly socket: UndiciSocket }): void {
  const clientSpan = clientSpanOf(request);
  if (clientSpan === undefined) return;
  clientSpan.setPeer(socket);
  clientSpan.setProtocolVersion(socket.alpnProtocol === 'h2' ? '2' : '1.1');
  if (keepsUpgradeQuiet(request)) takeClientSpan(request)?.endUnanswered();
}

function onHeaders({
  request,
  response,
}: {
  readonly request: UndiciRequest;
  readonly response: UndiciResponse;
}): void {
  const { statusCode, headers } = response;
  if (statusCode < 200 && statusCode !== 101) return; // informational: the response follows
  takeClientSpan(request)?.endAnswered(statusCode, isRedirect(statusCode) ? locationIn(headers) : undefined);
}

/** Also published after the headers: for a body that breaks off, and for a response that RetryAgent refuses. */
function onError({ request, error }: { readonly request: UndiciRequest; readonly error: unknown }): void {
  takeClientSpan(request)?.endFailed(error, isPublishedOutOfTime);
}

// The symbol under which a copy of undici keeps the handler, by prototype: each copy has another symbol.
const handlerKeys = new WeakMap<object, symbol | null>();

function handlerOf(request: UndiciRequest): Handler | undefined {
  const prototype: object = Object.getPrototypeOf(request);
  let key = handlerKeys.get(prototype);
  if (key === undefined) {
    key = Object.getOwnPropertySymbols(request).find(({ description }) => description === 'handler') ?? null;
    handlerKeys.set(prototype, key);
  }
  return key === null ? undefined : (request as unknown as Record<symbol, Handler | undefined>)[key]; // undici's own symbol
}

/**
 * Whether this copy of undici publishes no response to this request, an upgrade or CONNECT. That is so before
 * https://github.com/nodejs/undici/pull/5761, also in the copy within Node.
 */
function keepsUpgradeQuiet(request: UndiciRequest): boolean {
  if (!request.upgrade && request.method !== 'CONNECT') return false;
  return !/publish/i.test(String(request.onRequestUpgrade ?? request.onUpgrade));
}

function urlOf({ origin, host, path, method }: UndiciRequest): string {
  const from = namedOrigin(String(origin), host);
  if (method === 'CONNECT') return from; // its path is the host and port behind the proxy
  return path.startsWith('/') ? `${from}${path}` : path; // a whole URL, for a proxy that does not tunnel
}

/** undici's dns interceptor replaces the name by an address. The name is then only in the Host header, without its port in undici 6. */
function namedOrigin(origin: string, host: unknown): string {
  if (typeof host !== 'string') return origin;
  const [, scheme, port = ''] = /^(https?:\/\/)(?:[\d.]+|\[[^\]]+\])(:\d+)?$/.exec(origin) ?? [];
  const [, name, namedPort = port] = /^([a-z\d._-]*[a-z_-][a-z\d._-]*)(:\d+)?$/i.exec(host) ?? [];
  return scheme !== undefined && name !== undefined && port === namedPort ? scheme + name + port : origin;
}

function hasHeader({ headers }: UndiciRequest, name: string): boolean {
  if (typeof headers === 'string') return `\r\n${headers}`.toLowerCase().includes(`\r\n${name}:`);
  if (!Array.isArray(headers)) return Object.keys(headers).some((key) => isNamed(key, name));
  for (let index = 0; index < headers.length; index += 2) {
    if (isNamed(headers[index], name)) return true;
  }
  return false;
}

function headerIn({ headers }: UndiciRequest, name: string): string | readonly string[] | undefined {
  if (typeof headers === 'string') return oneOrMore(fieldsIn(headers, name));
  const list = Array.isArray(headers) ? headers : Object.entries(headers).flat();
  let values: string[] | undefined;
  for (let index = 0; index < list.length; index += 2) {
    if (!isNamed(list[index], name)) continue;
    const value: unknown = list[index + 1];
    values = [...(values ?? []), ...(Array.isArray(value) ? value.map(String) : [String(value)])];
  }
  return values && oneOrMore(values);
}

function oneOrMore(values: readonly string[]): string | readonly string[] | undefined {
  return values.length > 1 ? values : values[0];
}

function headerNames({ headers }: UndiciRequest): readonly string[] {
  if (typeof headers === 'string') return fieldNamesIn(headers);
  if (!Array.isArray(headers)) return Object.keys(headers);
  return headers.filter((_, index) => index % 2 === 0).map(String);
}

/** Removes a header from undici's list, which is a copy of the application's headers. */
function removeHeader(request: UndiciRequest, name: string): void {
  const { headers } = request;
  if (typeof headers === 'string') request.headers = withoutField(headers, name);
  else if (Array.isArray(headers)) {
    for (let index = headers.length - 2; index >= 0; index -= 2) {
      if (isNamed(headers[index], name)) headers.splice(index, 2);
    }
  } else {
    for (const key of Object.keys(headers)) {
      if (isNamed(key, name)) delete (headers as Record<string, unknown>)[key]; // neither a string nor an array
    }
  }
}

function locationIn(headers: UndiciResponse['headers']): string | undefined {
  if (!Array.isArray(headers)) return textOf((headers as Record<string, unknown>).location); // not an array, so an object
  for (let index = 0; index < headers.length; index += 2) {
    if (isNamed(textOf(headers[index]), 'location')) return textOf(headers[index + 1]);
  }
  return undefined;
}

function isNamed(name: unknown, expected: string): boolean {
  return typeof name === 'string' && name.length === expected.length && name.toLowerCase() === expected;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value;
  return value instanceof Uint8Array
    ? Buffer.from(value.buffer, value.byteOffset, value.byteLength).toString('latin1')
    : undefined;
}
