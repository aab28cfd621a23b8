/** NestJS on Fastify. */
import type { Tracer } from '@waymark/core';
import { type HttpTracingOptions, type NestApp, platformOf, watchNestExceptions } from '@waymark/core/http';
import type { FastifyInstance, FastifyRequest } from 'fastify';
import { noteException } from './fastify-adapter.ts';
import { tracing } from './tracing.ts';

/**
 * Traces the requests of a NestJS app (10 or 11) on Fastify, as {@link tracing} does, and records its exceptions: those of
 * handlers, guards, pipes, interceptors and middleware, whichever filter answers them.
 *
 * @param app As `NestFactory.create()` resolves with it. Call this before `app.init()` and `app.listen()`.
 * @param options Those of {@link tracing}, with any `logLevel`, or a tracer.
 * @throws {WaymarkError} Rejects with `WAYMARK_WRONG_FRAMEWORK` if this is not a NestJS app on Fastify, with
 *   `WAYMARK_LATE_SETUP` if it is initialized already, and if an option has a wrong value, or is unknown.
 * @example
 * const app = await NestFactory.create(AppModule, new FastifyAdapter());
 * await traceNest(app, { serviceName: 'orders' });
 * await app.listen(3000);
 */
export async function traceNest(
  app: NestApp,
  options: HttpTracingOptions<FastifyRequest> | Tracer = {},
): Promise<void> {
  const platform = platformOf(app, 'fastify') as FastifyInstance; // platformOf() has checked the platform
  await platform.register(tracing, options as Tracer); // or options, whose `logLevel` has another type in register()
  watchNestExceptions(app, noteException);
}
