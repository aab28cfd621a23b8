/** Reads the URL of Node's `ClientRequest`, and reads and changes its headers. */
import http, { type ClientRequest, type IncomingMessage } from 'node:http';
import https from 'node:https';
import type { OutgoingHeaders } from './add-headers.ts';
import type { ClientAdapter } from './client-adapter.ts';
import type { TracedRequest } from './client-span.ts';
import { fieldNamesIn, fieldsIn, withField, withoutField } from './rendered-head.ts';
import { changeHead, headOf, isHeadHere, type RenderedRequest } from './rendered-request.ts';

export interface NodeRequest extends ClientRequest, RenderedRequest, TracedRequest {
  /** The response, once it has arrived, also that of an upgrade. */
  readonly res?: IncomingMessage | null;
  /** Whether a timer has destroyed the request. */
  [outOfTimeKey]?: boolean;
  /** In milliseconds. The socket gets the same value. */
  readonly timeout?: number;
  readonly agent?: { readonly options?: { readonly timeout?: number | undefined } } | null;
  /** The headers that were added, until the head is rendered. */
  [headersKey]?: { readonly headers: OutgoingHeaders; readonly before: unknown } | undefined;
}

export const headersKey: unique symbol = Symbol('waymark.headers') as never;

export const outOfTimeKey: unique symbol = Symbol('waymark.out-of-time') as never;

export const nodeHttpAdapter: ClientAdapter<NodeRequest> = {
  subject: 'node:http',
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

/** The URL with the port of the socket, if the request's headers do not have the port. `undefined` if the span's URL is right already. */
export function urlOnSocket(request: NodeRequest, socket: ConnectedSocket): string | undefined {
  const { remotePort } = socket;
  if (remotePort === undefined) return undefined;
  const port = portInHostHeader(request);
  const isKnown = port !== undefined && Number(port || defaultPortOf(request)) === remotePort;
  return !isKnown && (port === undefined || isDirect(request, socket)) ? urlOf(request, remotePort) : undefined;
}

function urlOf(request: NodeRequest, port: string | number | undefined): string {
  const { protocol, path, method } = request;
  if (path.includes('://') && !path.startsWith('/')) return path; // a whole URL, for a proxy that does not tunnel
  const origin = `${protocol}//${hostOf(request)}${port ? `:${port}` : ''}`;
  return method === 'CONNECT' ? origin : origin + path; // its path is the host and port behind the proxy
}

/**
 * The port of a request, which only its Host header has; empty if the header has none. `undefined` without that header, or if the
 * application has set it to another host.
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
 * Whether the socket leads to the host itself, so that the socket's port counts, and not the port in the application's Host header.
 * The socket of a tunnelling agent leads to a proxy.
 */
function isDirect({ agent, host }: NodeRequest, socket: ConnectedSocket): boolean {
  const isNodes = !agent || agent.constructor === http.Agent || agent.constructor === https.Agent;
  return isNodes && !socket._parent && (socket._host === host || socket.remoteAddress === host);
}

/** Node's socket, with two undocumented fields: the name that was resolved, and the socket below TLS. */
interface ConnectedSocket {
  readonly remoteAddress?: string | undefined;
  readonly remotePort?: number | undefined;
  readonly _host?: unknown;
  readonly _parent?: unknown;
}

function defaultPortOf({ protocol }: NodeRequest): string {
  return protocol === 'https:' ? '443' : '80';
}
