/** What only Fastify knows of a request. */
import type { TLSSocket } from 'node:tls';
import type { ServerAdapter } from '@waymark/core/http';
import type { FastifyReply, FastifyRequest } from 'fastify';

// Written only where something went wrong.
const errors = new WeakMap<FastifyRequest, Error>();

/** An `onError` hook. Fastify calls it before the error handler, which may still answer 200. */
export function noteError(request: FastifyRequest, _reply: FastifyReply, error: Error, done: () => void): void {
  errors.set(request, error);
  done();
}

/** Fastify's getters honour its `trustProxy` setting. */
export const fastifyAdapter: ServerAdapter<FastifyRequest> = {
  target: (request) => request.originalUrl,
  scheme(request) {
    if (isBelieved(request)) return request.protocol;
    return (request.raw.socket as Partial<TLSSocket>).encrypted ? 'https' : 'http'; // absent on a plain socket
  },
  host(request) {
    if (!isBelieved(request)) return request.headers.host ?? request.headers[':authority']?.toString();
    // Fastify 4 has no `host`; its `hostname` includes the port, where 5's does not.
    return request.host ?? request.hostname;
  },
  clientAddress: (request) => request.ip,
  route: (request) => (request.is404 ? undefined : request.routeOptions.url),
  error: (request) => errors.get(request),
};

/**
 * Whether what the getters make of forwarded headers comes from a proxy that the app trusts. Fastify 5 sees to that itself;
 * 4 does so for addresses alone, and believes anybody in the rest.
 */
function isBelieved(request: FastifyRequest): boolean {
  const { host, ips } = request as Partial<FastifyRequest>; // 4 has no host
  if (host !== undefined) return true;
  if (ips === undefined) return false; // no proxy is trusted
  if (ips.length > 1) return true;
  // The list has one address where the peer is not trusted, and where it forwarded none. Asked about a forwarded
  // address, it tells which.
  const { remoteAddress } = request.raw.socket;
  const asked = { raw: { socket: { remoteAddress }, headers: { 'x-forwarded-for': '0.0.0.0' } } };
  const answer: unknown = Reflect.get(Object.getPrototypeOf(request), 'ips', asked);
  return Array.isArray(answer) && answer.length > 1;
}
