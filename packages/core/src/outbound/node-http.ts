/** `node:http` and `node:https`, and so what is built on them: axios, got, node-fetch. */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { currentContext } from '../active-context.ts';
import { addHeaders, type OutgoingHeaders } from './add-headers.ts';
import {
  beginClientSpan,
  type ClientAdapter,
  type ClientSpan,
  clientSpanOf,
  isRedirect,
  type TracedRequest,
  takeClientSpan,
} from './client-span.ts';
import { isOutOfTime } from './out-of-time.ts';
import { fieldNamesIn, fieldsIn, withField, withoutField } from './rendered-head.ts';
import { changeHead, headOf, isHeadHere, type RenderedRequest } from './rendered-request.ts';
import { contain, type Subscribers } from './subscribers.ts';
import { wrapMethod } from './wrap-method.ts';

interface NodeRequest extends ClientRequest, RenderedRequest, TracedRequest {
  /** The response, once there is one, of an upgrade too. */
  readonly res?: IncomingMessage | null;
  /** Whether it was destroyed by a timer. */
  [outOfTimeKey]?: boolean;
  /** That of the socket, too, when the request has it. */
  readonly timeout?: number;
  readonly agent?: { readonly options?: { readonly timeout?: number | undefined } } | null;
  /** What was added, until the head is rendered. */
  [headersKey]?: { readonly headers: OutgoingHeaders; readonly before: unknown } | undefined;
}

const headersKey: unique symbol = Symbol('waymark.headers') as never;

const outOfTimeKey: unique symbol = Symbol('waymark.out-of-time') as never;

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
  isSealed: (request) => request.headersSent && !isHeadHere(request),
  hasHeader: (request, name) =>
    request.headersSent ? fieldsIn(headOf(request), name).length > 0 : request.hasHeader(name),
  getter: {
    get(request, name) {
      const value = request.headersSent ? fieldsIn(headOf(request), name) : request.getHeader(name);
      if (Array.isArray(value)) return value.length > 1 ? value : value[0];
      return value === undefined ? undefined : String(value); // a number is a header too
    },
    keys: (request) => (request.headersSent ? fieldNamesIn(headOf(request)) : request.getHeaderNames()),
  },
  setter: {
    set(request, name, value) {
      if (nodeHttpAdapter.hasHeader(request, name)) return;
      if (request.headersSent) changeHead(request, (head) => withField(head, name, value));
      else request.setHeader(name, value);
    },
  },
  removeHeader(request, name) {
    if (request.headersSent) changeHead(request, (head) => withoutField(head, name));
    else request.removeHeader(name);
  },
};

function onCreated({ request }: RequestMessage): void {
  const headers = beginClientSpan(request, nodeHttpAdapter, currentContext());
  if (headers && !request.headersSent) request[headersKey] = { headers, before: firstHeaderOf(request, headers) };
  // No listener changes how a request behaves but one for `response`, `upgrade`, `connect` or `error`. What is left is
  // 'close', which comes last and always: it is how the span of an upgrade ends.
  if (clientSpanOf(request)) request.on('close', onClose);
}

/**
 * Adds the headers again where the application has set others meanwhile: those that it forwards by `setHeader()`, or that superagent
 * repeats for a redirect. Called when the head is about to be rendered.
 */
const addHeadersAgain = contain((request: NodeRequest) => {
  const added = request[headersKey];
  if (added === undefined || request.headersSent) return;
  request[headersKey] = undefined;
  if (firstHeaderOf(request, added.headers) !== added.before) addHeaders(request, nodeHttpAdapter, added.headers);
});

/** The header that tells whether ours are as we left them: a client that repeats headers repeats them all. */
function firstHeaderOf(request: NodeRequest, { tracer }: OutgoingHeaders): unknown {
  const name = tracer.settings.propagators[0]?.fields[0];
  return name === undefined ? undefined : request.getHeader(name);
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
  const isHangUp = request.destroyed && error.code === 'ECONNRESET';
  if (isTimeUp(request, clientSpan)) clientSpan.endOutOfTime(isHangUp ? undefined : error);
  else if (isHangUp) clientSpan.endCancelled();
  else clientSpan.endFailed(error);
}

/**
 * Whether a request was given up because its time was up: in the moment of a timeout, or after the idle timeout that the application
 * has set for it. That of the agent does not count: `http.globalAgent` has one of five seconds for sockets that rest.
 */
function isTimeUp(request: NodeRequest, { elapsedMs }: ClientSpan): boolean {
  if (request[outOfTimeKey] === true) return true;
  const { destroyed, socket, writableEnded, agent } = request;
  if (!destroyed || !writableEnded || socket?.readableEnded) return false; // the server's doing
  const agentMs = agent?.options?.timeout;
  const timeoutMs = [request.timeout, socket?.timeout].find((ms) => ms && ms !== agentMs);
  return timeoutMs !== undefined && elapsedMs > timeoutMs - 1; // a timer may be early by a part of a millisecond
}

const endClosed = contain((request: NodeRequest) => {
  const clientSpan = takeClientSpan(request);
  if (clientSpan === undefined) return;
  if (request.res) return endAnswered(clientSpan, request, request.res); // an upgrade, or CONNECT
  describeConnection(clientSpan, request);
  const { errored } = request;
  if (isTimeUp(request, clientSpan)) clientSpan.endOutOfTime(errored);
  else if (errored) clientSpan.endFailed(errored);
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
  const { remotePort } = socket;
  if (remotePort === undefined) return;
  const port = portInHostHeader(request);
  const isKnown = port !== undefined && Number(port || defaultPortOf(request)) === remotePort;
  if (!isKnown && (port === undefined || isDirect(request, socket))) clientSpan.setUrl(urlOf(request, remotePort));
}

function defaultPortOf({ protocol }: NodeRequest): string {
  return protocol === 'https:' ? '443' : '80';
}

/**
 * Whether the socket leads to the host itself, so that its port counts and not the one that the application wrote into the Host header.
 * Agents that tunnel have a socket to a proxy.
 */
function isDirect({ agent, host }: NodeRequest, socket: ConnectedSocket): boolean {
  const isNodes = !agent || agent.constructor === http.Agent || agent.constructor === https.Agent;
  return isNodes && !socket._parent && (socket._host === host || socket.remoteAddress === host);
}

/** Node's socket, with what it does not document: the name that it was looked up by, and the socket that TLS was put upon. */
interface ConnectedSocket {
  readonly remoteAddress?: string | undefined;
  readonly _host?: unknown;
  readonly _parent?: unknown;
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
  const header = nodeHttpAdapter.getter.get(request, 'host');
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
interface HeadRenderer {
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
