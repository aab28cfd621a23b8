/** Node's `ClientRequest`: its headers, and the URL that it goes to. */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { OutgoingHeaders } from './add-headers.ts';
import type { ClientAdapter } from './client-adapter.ts';
import type { TracedRequest } from './client-span.ts';
import { fieldNamesIn, fieldsIn, withField, withoutField } from './rendered-head.ts';
import { changeHead, headOf, isHeadHere, type RenderedRequest } from './rendered-request.ts';

export interface NodeRequest extends ClientRequest, RenderedRequest, TracedRequest {
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

export const headersKey: unique symbol = Symbol('waymark.headers') as never;

export const outOfTimeKey: unique symbol = Symbol('waymark.out-of-time') as never;

export const nodeHttpAdapter: ClientAdapter<NodeRequest> = {
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

/**
 * The URL with the port of the socket, where the request's own headers do not say the port. `undefined` if the span has the right
 * URL already.
 */
export function urlOnSocket(request: NodeRequest, socket: ConnectedSocket): string | undefined {
  const { remotePort } = socket;
  if (remotePort === undefined) return undefined;
  const port = portInHostHeader(request);
  const isKnown = port !== undefined && Number(port || defaultPortOf(request)) === remotePort;
  return !isKnown && (port === undefined || isDirect(request, socket)) ? urlOf(request, remotePort) : undefined;
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
  readonly remotePort?: number | undefined;
  readonly _host?: unknown;
  readonly _parent?: unknown;
}

function defaultPortOf({ protocol }: NodeRequest): string {
  return protocol === 'https:' ? '443' : '80';
}
