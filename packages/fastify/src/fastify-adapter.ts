/** What only Fastify knows of a request. */
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
  scheme: (request) => request.protocol,
  // Fastify 4 has no `host`; its `hostname` includes the port, where 5's does not.
  host: (request) => request.host ?? request.hostname,
  clientAddress: (request) => request.ip,
  route: (request) => (request.is404 ? undefined : request.routeOptions.url),
  error: (request) => errors.get(request),
};
