/** Tracing for a plain `node:http` server, which has no framework to register with. */
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http';
import type { TLSSocket } from 'node:tls';
import { withContext } from '../context.ts';
import type { Tracer } from '../tracer.ts';
import type { HttpTracingOptions } from './http-options.ts';
import { createHttpTracing, type ServerAdapter } from './server-span.ts';

const routes = new WeakMap<IncomingMessage, string>();

/** A plain server trusts no proxy: it has no setting that says which. */
const nodeAdapter: ServerAdapter<IncomingMessage> = {
  target: (request) => request.url ?? '/',
  scheme: (request) => ((request.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http'), // absent on a plain socket
  host: (request) => request.headers.host,
  clientAddress: () => undefined,
  route: (request) => routes.get(request),
  error: () => undefined,
};

/**
 * Wraps the handler of a plain `node:http` server: each request gets a server span, active while it is handled.
 *
 * @throws {WaymarkError} If an option has a wrong value, or is unknown.
 * @example
 * const server = createServer(traceHandler((request, response) => response.end('hello'), { serviceName: 'hello' }));
 */
export function traceHandler(
  handler: RequestListener,
  options?: HttpTracingOptions<IncomingMessage> | Tracer,
): RequestListener {
  const tracing = createHttpTracing<IncomingMessage>(options);
  return function traced(request: IncomingMessage, response: ServerResponse & { req: IncomingMessage }) {
    const context = tracing.begin(request, request, response, nodeAdapter);
    return context === undefined ? handler(request, response) : withContext(context, () => handler(request, response));
  };
}

/**
 * Says which route a request of a plain server took, for its span's name and `http.route`.
 *
 * @param route The pattern, not the path: `/users/:id`.
 */
export function setRoute(request: IncomingMessage, route: string): void {
  routes.set(request, route);
}
