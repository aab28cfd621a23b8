/** The middleware: starts a span for each request, and runs the rest of the request in its context. */
import { type Context, type Span, type Tracer, withContext } from '@waymark/core';
import {
  createHttpTracing,
  type HttpTracing,
  type HttpTracingOptions,
  noteWrongUse,
  reserveSlots,
} from '@waymark/core/http';
import type { NextFunction, Request, RequestHandler, Response } from 'express';
import { adapterOf } from './express-adapter.ts';
import { provideSpan } from './request-span.ts';
import { watchRoutesBefore } from './routes-before.ts';
import { isCalledByFramework, isFastify, isOfMiddie, passBy, refuseFastify } from './wrong-use.ts';

declare global {
  namespace Express {
    interface Request {
      /**
       * The server span of this request. Its `traceId` is the id for logs. `undefined` on a request that `tracing()` has not
       * seen.
       *
       * An application or middleware that has a `span` on its requests keeps it: `activeSpan()` returns this one too.
       */
      span?: Span | undefined;
    }
  }
}

/** Options of {@link tracing}: those about HTTP, with a tracer or with what makes one. */
export type TracingOptions = HttpTracingOptions<Request>;

/**
 * Returns a middleware that traces the requests of an Express app. Each request gets a server span, named after its route and active in
 * all handlers that follow. Register it before the routes.
 *
 * @param options Leave out to have all settings from `OTEL_*` variables and defaults.
 * @throws {WaymarkError} If an option has a wrong value, or is unknown. The message says what to write instead.
 * @example
 * app.use(tracing({ serviceName: 'gateway' }));
 * app.get('/users/:id', (req, res) => {
 *   req.span?.setAttribute('user.id', req.params.id);
 *   res.json({ traceId: req.span?.traceId });
 * });
 */
export function tracing(options?: TracingOptions | Tracer): RequestHandler;
export function tracing(
  options: TracingOptions | Tracer = {},
  ...others: readonly unknown[]
): RequestHandler | undefined {
  if (isCalledByFramework(options, others)) {
    passBy(options, others);
    return undefined;
  }
  const http = createHttpTracing<Request>(options);
  let isKnown = false;

  function tracing(request: Request, response: Response, next: NextFunction): void {
    if (!isKnown) {
      isKnown = true;
      if (isFastify(request)) {
        refuseFastify(next);
        return;
      }
      lookAtFirst(request);
    }
    const context = begin(http, request, response);
    withContext(context, next);
  }

  const lookForRoutesBefore = watchRoutesBefore(tracing, http.diagnostics);
  function lookAtFirst(request: Request): void {
    try {
      lookForRoutesBefore(request);
      if (isOfMiddie(request)) noteWrongUse('express-in-middie');
    } catch (error) {
      http.diagnostics.count('instrumentation-failed', error);
    }
  }

  return tracing;
}

/** Begins the span of a request. Never throws, so that `next` is always called. */
function begin(http: HttpTracing<Request>, request: Request, response: Response): Context {
  reserveSlots(request);
  const adapter = adapterOf(request);
  const context = http.begin(request, request, response, adapter);
  const span = context.span as Span; // begin() always puts one in
  try {
    provideSpan(request, span);
    if (span.isRecording()) adapter.prepare();
  } catch (error) {
    http.diagnostics.count('instrumentation-failed', error);
  }
  return context;
}
