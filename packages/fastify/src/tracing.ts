/** The plugin: starts a span for each request, and runs the rest of the request in its context. */
import type { IncomingMessage } from 'node:http';
import { currentContext, type Span, type Tracer, withContext } from '@waymark/core';
import { contextOf, createHttpTracing, type HttpTracingOptions, lookAtApp } from '@waymark/core/http';
import type { FastifyInstance, FastifyPluginAsync, FastifyReply, FastifyRequest } from 'fastify';
import fastifyPlugin from 'fastify-plugin';
import { fastifyAdapter, noteError } from './fastify-adapter.ts';
import { addFirstHook, scopesBelow } from './first-hook.ts';
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
export type TracingOptions = HttpTracingOptions<FastifyRequest> & {
  /**
   * The least severe level that Waymark writes to its log. Default `info`. `register()` has a type for an option of this name, so
   * only the levels that Fastify has too compile here. For the others use `OTEL_LOG_LEVEL`, or a tracer.
   */
  logLevel?: 'error' | 'warn' | 'info' | 'debug';
};

async function plugin(instance: FastifyInstance, options: TracingOptions | Tracer): Promise<void> {
  // Async, so that a wrong option rejects the registration instead of throwing out of Fastify's boot.
  const { begin } = createHttpTracing<FastifyRequest>(options);

  function onRequest(request: FastifyRequest, reply: FastifyReply, next: () => void): void {
    const context = begin(request, request.raw, reply.raw, fastifyAdapter);
    provideSpan(request, context.span as Span); // begin() always sets a span
    withContext(context, next);
  }

  addFirstHook(instance, onRequest);
  instance.addHook('preValidation', reenter);
  instance.addHook('onError', noteError);
  // What plugins add to an application is complete then: Mercurius's function, also in scopes.
  instance.addHook('onReady', async () => scopesBelow(instance).forEach(lookAtApp));
}

/**
 * Sets `request.span`, unless the application has set it. `decorateRequest()` would take the name from later plugins. All requests get
 * the property at the same point, so they still share a hidden class.
 */
function provideSpan(request: FastifyRequest, span: Span): void {
  try {
    if (!('span' in request)) (request as FastifyRequest).span = span; // narrowed to never
  } catch {
    // A frozen request. activeSpan() has the span.
  }
}

/** Enters the context again: body parsers call back from the context of the socket or of a pool, and validation continues there. */
function reenter(request: FastifyRequest, _reply: FastifyReply, next: () => void): void {
  const context = contextOf(request.raw as IncomingMessage); // HTTP/2 requests have the same properties
  if (context === undefined || currentContext() === context) next();
  else withContext(context, next);
}

/**
 * A plugin that traces every request of the instance that it is registered on, and of its child scopes, from the first hook on. Hooks,
 * routes and plugins from before are traced too.
 *
 * The options are those about HTTP, with a tracer or with the options of `createTracer()`. Or pass a tracer instead of options.
 *
 * @throws {WaymarkError} At registration, if an option has a wrong value, or is unknown.
 * @example
 * await app.register(tracing, { serviceName: 'orders' });
 */
export const tracing: FastifyPluginAsync<TracingOptions | Tracer> = fastifyPlugin(forFastifyOnly(plugin), {
  name: '@waymark/fastify',
  fastify: '4.x || 5.x',
});
