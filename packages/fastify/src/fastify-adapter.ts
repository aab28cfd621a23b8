/** The facts that only Fastify knows about a request. */
import type { IncomingMessage } from 'node:http';
import { authorityOf, isEncrypted, type ServerAdapter } from '@waymark/core/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { version } from './version.ts';

// Written only for failed requests.
const errors = new WeakMap<object, unknown>(); // by Node's request, which middleware has too

/** An `onError` hook. Fastify calls it before the error handler, which may still answer 200. */
export function noteError(request: FastifyRequest, _reply: FastifyReply, error: Error, done: () => void): void {
  errors.set(request.raw, error);
  done();
}

/** Notes an exception that Fastify does not see. */
export function noteException(request: object, exception: unknown): void {
  errors.set((request as Partial<FastifyRequest>).raw ?? request, exception); // a middleware's request is Node's
}

/** Fastify's getters apply its `trustProxy` setting. */
export const fastifyAdapter: ServerAdapter<FastifyRequest> = {
  scope: { name: '@waymark/fastify', version },
  // `originalUrl` exists since 4.19. A middleware engine changes `raw.url`, and keeps the original in `raw.originalUrl`.
  target: ({ originalUrl, raw }) => originalUrl ?? (raw as { originalUrl?: string }).originalUrl ?? raw.url,
  scheme(request) {
    if (isBelieved(request)) return request.protocol;
    return isEncrypted(request.raw as IncomingMessage) ? 'https' : 'http'; // HTTP/2 requests have the same properties
  },
  host(request) {
    if (!isBelieved(request)) return authorityOf(request.raw as IncomingMessage); // ignores forwarded headers
    // Fastify 4 has no `host`, and its `hostname` includes the port. In Fastify 5 it does not.
    return request.host ?? request.hostname;
  },
  clientAddress: (request) => request.ip,
  route: (request) => (request.is404 ? undefined : patternOf(request)),
  error: (request) => errors.get(request.raw),
};

/** The `url` that the route was registered with. */
function patternOf(request: FastifyRequest): string | undefined {
  const { routeOptions } = request as Partial<FastifyRequest>; // exists since 4.10
  // `routerPath` is read only where necessary: later versions of Fastify 4 warn about it.
  return routeOptions === undefined ? (request as { routerPath?: string }).routerPath : routeOptions.url;
}

/**
 * Whether forwarded headers come from a proxy that the app trusts. Late versions of Fastify 5 check that themselves. Earlier versions
 * check it for addresses only, and believe every client's scheme and host.
 */
function isBelieved(request: FastifyRequest): boolean {
  const { ips } = request;
  if (ips === undefined) return false; // no proxy is trusted
  if (ips.length > 1) return true;
  // The list has one address if the peer is not trusted, and also if it forwarded none. Reading it for a made-up request with a
  // forwarded address shows which.
  const { remoteAddress } = request.raw.socket;
  const asked = { raw: { socket: { remoteAddress }, headers: { 'x-forwarded-for': '0.0.0.0' } } };
  const answer: unknown = Reflect.get(Object.getPrototypeOf(request), 'ips', asked);
  return Array.isArray(answer) && answer.length > 1;
}
