/** The connections to one receiver: direct, or through a proxy. */
import http from 'node:http';
import type https from 'node:https';
import { isIP, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { urlToHttpOptions } from 'node:url';
import { forExporter } from '../exporter-agent.ts';
import type { ProxySettings } from '../settings/proxy.ts';
import { ProxyError, TimeoutError } from './explain-failure.ts';
import type { PlainRequest } from './post-worker.ts';

/** PEM; `undefined` for Node's default. */
export interface TlsOptions {
  readonly ca: string | Buffer | undefined;
  readonly key: string | Buffer | undefined;
  readonly cert: string | Buffer | undefined;
}

export interface HttpClientOptions {
  readonly url: string;
  readonly tls?: TlsOptions | undefined;
  readonly proxy?: ProxySettings | undefined;
  /** Whether connections are reused for later requests. */
  readonly keepAlive: boolean;
  /** Limit for the connection that a proxy makes. */
  readonly timeoutMs: number;
}

export interface HttpClient {
  /** Begins a POST. @throws Node's error, for example for an unreadable certificate. */
  post(headers: http.OutgoingHttpHeaders): http.ClientRequest;
  /** Closes connections without a request. */
  close(): void;
}

export function openClient(options: HttpClientOptions): HttpClient {
  const { proxy, keepAlive } = options;
  const url = new URL(options.url);
  const target = urlToHttpOptions(url);
  if (url.protocol === 'http:') {
    const agent = proxy === undefined ? forExporter(new http.Agent({ keepAlive })) : openProxyAgent(proxy, keepAlive);
    const request = proxy?.url.protocol === 'https:' ? process.getBuiltinModule('node:https').request : http.request;
    const way = proxy === undefined ? target : throughProxy(target, url, proxy);
    const toProxy = proxy === undefined ? {} : { host: url.host, ...authorizationFor(proxy) };
    return {
      post: (headers) => request({ ...way, method: 'POST', agent, headers: { ...toProxy, ...headers } }),
      close: () => agent.destroy(),
    };
  }
  // Loaded when needed: it takes longer to load than this whole package.
  const { Agent, request } = process.getBuiltinModule('node:https');
  const { ca, key, cert } = options.tls ?? {};
  const agent = forExporter(new Agent({ keepAlive, ca, key, cert }));
  const tunnels = proxy === undefined ? undefined : tunnelThrough(proxy, url, options);
  if (tunnels !== undefined) agent.createConnection = tunnels.connect;
  return {
    post: (headers) => request({ ...target, method: 'POST', agent, headers }),
    close() {
      tunnels?.close();
      agent.destroy();
    },
  };
}

/** A POST as plain data, for a thread that shares nothing with this one. */
export function toPlainRequest(
  { url: address, tls = { ca: undefined, key: undefined, cert: undefined }, proxy }: HttpClientOptions,
  headers: http.OutgoingHttpHeaders,
  body: readonly Uint8Array[],
): PlainRequest {
  const url = new URL(address);
  const { protocol, hostname, port, path, auth } = urlToHttpOptions(url);
  const target = { protocol, hostname, port, path, auth, method: 'POST' };
  if (proxy === undefined) {
    return { isSecure: protocol === 'https:', options: { ...target, ...tls, headers }, body };
  }
  const isProxySecure = proxy.url.protocol === 'https:';
  if (protocol === 'http:') {
    const toProxy = { host: url.host, ...authorizationFor(proxy) };
    const options = { ...throughProxy(target, url, proxy), method: 'POST', headers: { ...toProxy, ...headers } };
    return { isSecure: isProxySecure, options, body };
  }
  const host = hostOf(url);
  return {
    isSecure: true,
    options: { ...target, headers },
    tunnel: {
      isSecure: isProxySecure,
      options: askForTunnel(proxy, url),
      tls: { host, servername: isIP(host) === 0 ? host : '', ...tls },
    },
    body,
  };
}

function openProxyAgent({ url }: ProxySettings, keepAlive: boolean): http.Agent {
  const { Agent } = url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http;
  return forExporter(new Agent({ keepAlive }));
}

/** RFC 9112, section 3.2.2: a request to a proxy has the full target. User and password are in a header instead. */
function throughProxy(target: http.RequestOptions, url: URL, proxy: ProxySettings): https.RequestOptions {
  return { ...addressOf(proxy), auth: target.auth, path: url.origin + url.pathname + url.search };
}

/** Sets the name in the proxy's certificate too: Node would use the `Host` header, which names the receiver. */
function addressOf({ url }: ProxySettings): https.RequestOptions {
  const { protocol, hostname, port } = urlToHttpOptions(url);
  return { protocol, hostname, port, servername: isIP(hostname ?? '') === 0 ? (hostname ?? '') : '' };
}

function authorizationFor({ url: { username, password } }: ProxySettings): Record<string, string> {
  if (username === '' && password === '') return {};
  const credentials = `${decode(username)}:${decode(password)}`;
  return { 'proxy-authorization': `Basic ${Buffer.from(credentials).toString('base64')}` };
}

function decode(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part; // a literal percent sign
  }
}

type OnConnection = (error: Error | null, socket: Duplex) => void;

/** TLS connections inside a connection that the proxy makes: RFC 9110, section 9.3.6. */
function tunnelThrough(proxy: ProxySettings, url: URL, { tls, timeoutMs }: HttpClientOptions) {
  const underWay = new Set<http.ClientRequest>();

  function connect({ servername }: { readonly servername?: string }, onConnection?: OnConnection): undefined {
    const { request, Agent } = proxy.url.protocol === 'https:' ? process.getBuiltinModule('node:https') : http;
    const asked = request({ ...askForTunnel(proxy, url), agent: forExporter(new Agent()) });
    underWay.add(asked);
    const timer = setTimeout(() => asked.destroy(new TimeoutError(`no answer within ${timeoutMs} ms`)), timeoutMs);
    timer.unref();
    const settle = (error: Error | null, socket?: Socket): void => {
      clearTimeout(timer);
      underWay.delete(asked);
      onConnection?.(error, socket as Socket); // Node's types do not know that there is no socket with an error
    };
    asked.on('socket', (socket) => socket.unref());
    asked.on('error', (error) => settle(new ProxyError(error.message, undefined, error)));
    asked.on('connect', ({ statusCode: status = 0, statusMessage = '' }, socket, head) => {
      if (status < 200 || status >= 300) {
        socket.destroy();
        settle(new ProxyError(`HTTP ${status} ${statusMessage}`.trim(), status));
        return;
      }
      if (head.length > 0) socket.unshift(head);
      settle(null, process.getBuiltinModule('node:tls').connect({ socket, host: hostOf(url), servername, ...tls }));
    });
    asked.end();
    return undefined; // the socket comes later
  }

  return {
    connect,
    close() {
      for (const asked of underWay) asked.destroy();
    },
  };
}

function askForTunnel(proxy: ProxySettings, url: URL): https.RequestOptions {
  const authority = `${url.hostname}:${url.port || 443}`;
  const headers = { host: authority, ...authorizationFor(proxy) };
  return { ...addressOf(proxy), method: 'CONNECT', path: authority, agent: false, headers };
}

/** Without the brackets of an IPv6 address. */
function hostOf({ hostname }: URL): string {
  return hostname.replace(/^\[|\]$/g, '');
}

/** The secrets of a proxy. */
export function proxySecrets(proxy: ProxySettings | undefined): readonly string[] {
  if (proxy === undefined) return [];
  const { 'proxy-authorization': authorization = '' } = authorizationFor(proxy);
  return [proxy.url.password, decode(proxy.url.password), authorization, authorization.replace('Basic ', '')];
}
