/** What only Fastify knows of a request. */
import type { IncomingMessage } from 'node:http';
import { authorityOf, isEncrypted, type ServerAdapter } from '@waymark/core/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

// Written only where something went wrong.
const errors = new WeakMap<object, unknown>(); // by Node's request, which a middleware has as well

/** An `onError` hook. Fastify calls it before the error handler, which may still answer 200. */
export function noteError(request: FastifyRequest, _reply: FastifyReply, error: Error, done: () => void): void {
  errors.set(request.raw, error);
  done();
}

/** Notes an exception that Fastify does not see. */
export function noteException(request: object, exception: unknown): void {
  errors.set((request as Partial<FastifyRequest>).raw ?? request, exception); // a middleware's request is Node's
}

/** Fastify's getters honour its `trustProxy` setting. */
export const fastifyAdapter: ServerAdapter<FastifyRequest> = {
  // `originalUrl` came with 4.19. It is `raw.originalUrl` where a middleware engine has set that, and changed `raw.url`.
  target: ({ originalUrl, raw }) => originalUrl ?? (raw as { originalUrl?: string }).originalUrl ?? raw.url,
  scheme(request) {
    if (isBelieved(request)) return request.protocol;
    return isEncrypted(request.raw as IncomingMessage) ? 'https' : 'http'; // the same properties, also under HTTP/2
  },
  host(request) {
    if (!isBelieved(request)) return authorityOf(request.raw as IncomingMessage); // see there
    // Fastify 4 has no `host`; its `hostname` includes the port, where 5's does not.
    return request.host ?? request.hostname;
  },
  clientAddress: (request) => request.ip,
  route: (request) => (request.is404 ? undefined : patternOf(request)),
  error: (request) => errors.get(request.raw),
};

/** The `url` that the route was registered with. */
function patternOf(request: FastifyRequest): string | undefined {
  const { routeOptions } = request as Partial<FastifyRequest>; // came with 4.10
  // Not read where it need not be: later versions of 4 warn of it.
  return routeOptions === undefined ? (request as { routerPath?: string }).routerPath : routeOptions.url;
}

/**
 * Whether what the getters make of forwarded headers comes from a proxy that the app trusts. Late versions of Fastify 5 see to
 * that themselves; those before do so for addresses alone, and believe every client in the rest.
 */
function isBelieved(request: FastifyRequest): boolean {
  const { ips } = request;
  if (ips === undefined) return false; // no proxy is trusted
  if (ips.length > 1) return true;
  // The list has one address where the peer is not trusted, and where it forwarded none. Asked about a forwarded
  // address, it tells which.
  const { remoteAddress } = request.raw.socket;
  const asked = { raw: { socket: { remoteAddress }, headers: { 'x-forwarded-for': '0.0.0.0' } } };
  const answer: unknown = Reflect.get(Object.getPrototypeOf(request), 'ips', asked);
  return Array.isArray(answer) && answer.length > 1;
}
