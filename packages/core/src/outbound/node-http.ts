/** `node:http` and `node:https`, and so what is built on them: axios, got, node-fetch. */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { currentContext } from '../context.ts';
import {
  beginClientSpan,
  type ClientAdapter,
  type ClientSpan,
  clientSpanOf,
  isRedirect,
  type TracedRequest,
  takeClientSpan,
} from './client-span.ts';
import { contain, type Subscribers } from './subscribers.ts';

interface NodeRequest extends ClientRequest, TracedRequest {
  /** The response, once there is one, of an upgrade too. */
  readonly res?: IncomingMessage | null;
}

interface RequestMessage {
  readonly request: NodeRequest;
}

export const nodeHttpSubscribers: Subscribers = {
  'http.client.request.created': onCreated,
  'http.client.request.error': onError,
  // In spite of its name it is published when the headers are there, before the application sees the response.
  'http.client.response.finish': onResponse,
};

const nodeHttpAdapter: ClientAdapter<NodeRequest> = {
  method: (request) => request.method,
  url: (request) => urlOf(request, portInHostHeader(request)),
  // Headers given as an array, and those of a request with `Expect`, are rendered at once.
  isSealed: (request) => request.headersSent,
  hasHeader: (request, name) => request.hasHeader(name),
  authorization: (request) => request.getHeader('authorization'),
  setter: {
    set(request, name, value) {
      if (!request.hasHeader(name)) request.setHeader(name, value);
    },
  },
};

function onCreated({ request }: RequestMessage): void {
  beginClientSpan(request, nodeHttpAdapter, currentContext());
  // No listener changes how a request behaves but one for `response`, `upgrade`, `connect` or `error`. What is left is
  // 'close', which comes last and always: it is how the span of an upgrade ends.
  if (clientSpanOf(request)) request.on('close', onClose);
}

function onResponse({ request, response }: RequestMessage & { readonly response: IncomingMessage }): void {
  const clientSpan = takeClientSpan(request);
  if (clientSpan) endAnswered(clientSpan, request, response);
}

function onError({ request, error }: RequestMessage & { readonly error: NodeJS.ErrnoException }): void {
  const clientSpan = takeClientSpan(request);
  if (clientSpan === undefined) return;
  describeConnection(clientSpan, request);
  // A destroyed request fails with the same "socket hang up" as one whose server went away, but is destroyed by then.
  if (request.destroyed && error.code === 'ECONNRESET') clientSpan.endCancelled();
  else clientSpan.endFailed(error);
}

const endClosed = contain((request: NodeRequest) => {
  const clientSpan = takeClientSpan(request);
  if (clientSpan === undefined) return;
  if (request.res) return endAnswered(clientSpan, request, request.res); // an upgrade, or CONNECT
  describeConnection(clientSpan, request);
  if (request.errored) clientSpan.endFailed(request.errored);
  else clientSpan.endCancelled();
});

function onClose(this: NodeRequest): void {
  endClosed(this);
}

function endAnswered(clientSpan: ClientSpan, request: NodeRequest, response: IncomingMessage): void {
  const { statusCode = 0, httpVersion } = response; // a response that was received has a status
  describeConnection(clientSpan, request);
  clientSpan.setProtocolVersion(httpVersion);
  clientSpan.endAnswered(statusCode, isRedirect(statusCode) ? response.headers.location : undefined);
}

function describeConnection(clientSpan: ClientSpan, request: NodeRequest): void {
  const { socket } = request;
  if (!socket) return; // none was to be had
  clientSpan.setPeer(socket);
  if (portInHostHeader(request) === undefined && socket.remotePort !== undefined) {
    clientSpan.setUrl(urlOf(request, socket.remotePort));
  }
}

function urlOf(request: NodeRequest, port: string | number | undefined): string {
  const { protocol, path, method } = request;
  if (path.includes('://') && !path.startsWith('/')) return path; // whole, for a proxy that does not tunnel
  const origin = `${protocol}//${hostOf(request)}${port ? `:${port}` : ''}`;
  return method === 'CONNECT' ? origin : origin + path; // the path is another host and port
}

/**
 * The port, which a request tells in its Host header only: empty if it is that of the protocol. `undefined` if that header
 * is the application's own and names another host, or if there is none.
 */
function portInHostHeader(request: NodeRequest): string | undefined {
  const header = request.getHeader('host');
  const host = hostOf(request);
  if (typeof header !== 'string' || !header.startsWith(host)) return undefined;
  if (header.length === host.length) return '';
  return header.charCodeAt(host.length) === 58 ? header.slice(host.length + 1) : undefined;
}

function hostOf({ host }: NodeRequest): string {
  return host.includes(':') && !host.startsWith('[') ? `[${host}]` : host;
}

type HttpModule = Pick<typeof http, 'request' | 'get'>;

/**
 * Replaces `request` and `get` of both modules where Node has no channel for a request that is about to be sent: before
 * 22.12. ES modules see that in what they have imported already.
 *
 * @returns What undoes it, as far as nobody else has replaced them since.
 */
export function patchNodeHttp(): () => void {
  // Nothing tells whether a channel will ever be published to, but the source of who does.
  if (String(http.ClientRequest).includes('onClientRequestCreatedChannel')) return () => {};
  const undo = [http, https as HttpModule].map(patch);
  syncBuiltinESMExports();
  return function restore(): void {
    for (const restoreModule of undo) restoreModule();
    syncBuiltinESMExports();
  };
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
