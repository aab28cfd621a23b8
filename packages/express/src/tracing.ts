/** The middleware, and what it tells core's HTTP module about Express. */
import { type Span, type Tracer, withContext } from '@waymark/core';
import { contextOf, createHttpTracing, type HttpTracingOptions, type ServerAdapter } from '@waymark/core/http';
import type { Request, RequestHandler } from 'express';
import type { App, Route } from './express-internals.ts';
import { errorOf, noteErrorsOf, watchErrors } from './handler-errors.ts';
import { clientAddressOf, hostOf, schemeOf } from './proxies.ts';
import { createRouteIndex, type RouteIndex } from './route-index.ts';

declare global {
  namespace Express {
    interface Request {
      /** The server span of this request. `span.traceId` is the id for logs. */
      span: Span;
    }
  }
}

/** Options of {@link tracing}: for HTTP, and what makes a tracer or the tracer itself. */
export type TracingOptions = HttpTracingOptions<Request>;

const indexKey: unique symbol = Symbol('waymark.express.route-index') as never;

interface TracedRequest extends Request {
  [indexKey]?: RouteIndex;
}

/**
 * Traces the requests of an Express app: a server span for each, named after the route that took it, and active in all that
 * comes after. Goes before what is to be traced, so usually first.
 *
 * @param options Leave out to have all settings from `OTEL_*` variables and defaults.
 * @throws {WaymarkError} If an option has a wrong value, or is unknown. The message says what to write instead.
 * @example
 * app.use(tracing({ serviceName: 'gateway' }));
 * app.get('/users/:id', (req, res) => {
 *   req.span.setAttribute('user.id', req.params.id);
 *   res.json({ traceId: req.span.traceId });
 * });
 */
export function tracing(options: TracingOptions | Tracer = {}): RequestHandler {
  const http = createHttpTracing<Request>(options);

  return function tracing(request, response, next) {
    const context = http.begin(request, request, response, expressAdapter);
    if (context?.span === undefined) {
      // Mounted twice, or within a server that is traced by itself.
      const span = contextOf(request)?.span;
      if (span !== undefined) request.span = span;
      next();
      return;
    }
    request.span = context.span;
    if (context.span.isRecording()) prepare(request);
    withContext(context, next);
  };
}

const expressAdapter: ServerAdapter<Request> = {
  target: (request) => request.originalUrl ?? request.url,
  scheme: schemeOf,
  host: hostOf,
  clientAddress: clientAddressOf,
  route: routeOf,
  error: errorOf,
};

const indexes = new WeakMap<App, RouteIndex>();

/** What must be known of the app before its handlers run. */
function prepare(request: TracedRequest): void {
  const app = request.app as unknown as App | undefined; // its undocumented side; absent if a router is used without an app
  if (app === undefined) return;
  try {
    let index = indexes.get(app);
    if (index === undefined) {
      index = createRouteIndex(app, noteErrorsOf);
      indexes.set(app, index);
    }
    request[indexKey] = index;
    watchErrors(request, app);
  } catch {
    // Not the Express that we know: the request goes on, without a route.
  }
}

function routeOf(request: TracedRequest): string | undefined {
  const route = request.route as Route | undefined; // `any` there
  if (route === undefined || !isServedBy(route, request.method)) return undefined;
  try {
    return request[indexKey]?.patternOf(request, route);
  } catch {
    return undefined; // A path that cannot be decoded, or not the Express that we know.
  }
}

/** Express shows a HEAD request every route of its path, and then passes those by that have no handler for it. */
function isServedBy({ methods }: Route, method: string): boolean {
  return method !== 'HEAD' || Boolean(methods._all || methods.head || methods.get);
}
