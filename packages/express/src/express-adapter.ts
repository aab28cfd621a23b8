/** What only Express knows of a request. */
import type { ServerAdapter } from '@waymark/core/http';
import type { Request } from 'express';
import type { App, Route } from './express-internals.ts';
import { errorOf, noteErrorsOf, watchErrors } from './handler-errors.ts';
import { clientAddressOf, hostOf, schemeOf } from './proxies.ts';
import { createRouteIndex, type RouteIndex } from './route-index.ts';

export const expressAdapter: ServerAdapter<Request> = {
  // A mount cuts its path off `url`.
  target: (request) => request.originalUrl ?? request.url,
  scheme: schemeOf,
  host: hostOf,
  clientAddress: clientAddressOf,
  route: routeOf,
  error: errorOf,
};

const indexes = new WeakMap<App, RouteIndex>();
const indexKey: unique symbol = Symbol('waymark.express.route-index') as never;

interface IndexedRequest extends Request {
  [indexKey]?: RouteIndex;
}

/** Does before a request goes on what its route and error need at its end. */
export function prepare(request: IndexedRequest): void {
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

function routeOf(request: IndexedRequest): string | undefined {
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
