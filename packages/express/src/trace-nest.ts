/** NestJS on Express. */
import type { Tracer } from '@waymark/core';
import { type NestApp, platformOf, watchNestExceptions } from '@waymark/core/http';
import type { Application } from 'express';
import { noteErrorOf } from './handler-errors.ts';
import { type TracingOptions, tracing } from './tracing.ts';

/**
 * Traces the requests of a NestJS app (10 or 11) on Express, as {@link tracing} does, and records its exceptions: those of
 * handlers, guards, pipes, interceptors and middleware, whichever filter answers them.
 *
 * @param app As `NestFactory.create()` resolves with it. Call this before `app.use()`, `app.init()` and `app.listen()`.
 * @param options Those of {@link tracing}, or a tracer.
 * @throws {WaymarkError} Rejects with `WAYMARK_WRONG_FRAMEWORK` if this is not a NestJS app on Express, with
 *   `WAYMARK_LATE_SETUP` if it is initialized already, and if an option has a wrong value, or is unknown.
 * @example
 * const app = await NestFactory.create(AppModule);
 * await traceNest(app, { serviceName: 'gateway' });
 * await app.listen(3000);
 */
export async function traceNest(app: NestApp, options?: TracingOptions | Tracer): Promise<void> {
  const platform = platformOf(app, 'express') as Application; // platformOf() has checked the platform
  // Not app.use(): NestJS ends the process if that throws.
  platform.use(tracing(options));
  watchNestExceptions(app, noteErrorOf);
}
