/** The plugin: tells core/http what only Fastify knows, and runs each request in the context of its span. */
import type { IncomingMessage } from 'node:http';
import { currentContext, type Span, type Tracer, withContext } from '@waymark/core';
import { contextOf, createHttpTracing, type HttpTracingOptions } from '@waymark/core/http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { fastifyAdapter, noteError } from './fastify-adapter.ts';
import { addFirstHook } from './first-hook.ts';
import { forFastifyOnly } from './wrong-use.ts';

declare module 'fastify' {
  interface FastifyRequest {
    /**
     * The server span of this request. Its `traceId` is the id for logs. `undefined` on a request that `tracing` has not seen.
     *
     * An application or plugin that has a `span` on its requests keeps it: `activeSpan()` returns this one too.
     */
    span?: Span | undefined;
  }
}

/** Options of {@link tracing}: those about HTTP, with a tracer or with what makes one. */
export type TracingOptions = HttpTracingOptions<FastifyRequest>;

async function plugin(instance: FastifyInstance, options: TracingOptions | Tracer): Promise<void> {
  // Async, so that a wrong option rejects the registration instead of throwing out of Fastify's boot.
  const { begin } = createHttpTracing<FastifyRequest>(options);

  function onRequest(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
    const context = begin(request, request.raw, reply.raw, fastifyAdapter);
    provideSpan(request, context.span as Span); // begin() always puts a span in
    withContext(context, next);
  }

  addFirstHook(instance, onRequest);
  instance.addHook('preValidation', reenter);
  instance.addHook('onError', noteError);
}

/**
 * `request.span`, unless the application has one of its own. Not by `decorateRequest()`: a plugin that came later could no longer
 * have the name. As every request gets it at the same place, they have one hidden class all the same.
 */
function provideSpan(request: FastifyRequest, span: Span): void {
  try {
    if (!('span' in request)) (request as FastifyRequest).span = span; // narrowed to never
  } catch {
    // A frozen request. activeSpan() has the span.
  }
}

/** The body parser calls back from the socket's context, or that of a parser's own pool, and validation goes on from there. */
function reenter(request: FastifyRequest, _reply: FastifyReply, next: () => void): void {
  const context = contextOf(request.raw as IncomingMessage); // the same methods, also under HTTP/2
  if (context === undefined || currentContext() === context) next();
  else withContext(context, next);
}

/**
 * Traces every request of the instance that it is registered on, and of those below it, from their first hook on: also hooks,
 * routes and plugins that were registered before.
 *
 * Options are those of `createTracer()`, or a tracer, and `ignore`, `outbound` and `knownMethods`.
 *
 * @throws {WaymarkError} At registration, if an option has a wrong value, or is unknown.
 * @example
 * await app.register(tracing, { serviceName: 'orders' });
 */
export const tracing: FastifyPluginAsync<TracingOptions | Tracer> = fastifyPlugin(forFastifyOnly(plugin), {
  name: '@waymark/fastify',
  fastify: '4.x || 5.x',
});
