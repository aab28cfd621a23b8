/** What only Express knows of a request. */
import type { ServerAdapter } from '@waymark/core/http';
import type { Request } from 'express';
import { type App, appOf, type Route } from './express-internals.ts';
import { errorOf, noteErrorsOf, watchErrors } from './handler-errors.ts';
import { clientAddressOf, hostOf, schemeOf } from './proxies.ts';
import { createRouteIndex, type RouteIndex } from './route-index.ts';

export interface ExpressAdapter extends ServerAdapter<Request> {
  /** To be called before a request goes on whose route and error will be asked for. Throws if this is not the Express that we know. */
  prepare(): void;
}

const adapters = new WeakMap<App, ExpressAdapter>();
const adapterWithoutApp = createExpressAdapter(undefined);

/**
 * The adapter for a request's app, shared with the apps around it and in it: the outermost one knows whole routes. Each such
 * family has its own, so that no request has to carry what belongs to its app. Never throws.
 */
export function adapterOf(request: Request): ExpressAdapter {
  try {
    const known = adapters.get(request.app as unknown as App); // whatever it is
    if (known !== undefined) return known;
    const app = appOf(request);
    return app === undefined ? adapterWithoutApp : (adapters.get(app) ?? findAdapter(app));
  } catch {
    return adapterWithoutApp; // a getter or a proxy of the application's
  }
}

function findAdapter(app: App): ExpressAdapter {
  const outermost = findOutermost(app);
  const adapter = adapters.get(outermost) ?? createExpressAdapter(outermost);
  adapters.set(outermost, adapter);
  adapters.set(app, adapter);
  return adapter;
}

function findOutermost(app: App): App {
  const passed = new Set<App>();
  let outer = app;
  // Its own: an app is an object like any other, and something may have put a `parent` on the prototype of all.
  while (Object.hasOwn(outer, 'parent') && outer.parent !== undefined && !passed.has(outer)) {
    passed.add(outer);
    outer = outer.parent;
  }
  return outer;
}

function createExpressAdapter(app: App | undefined): ExpressAdapter {
  let index: RouteIndex | undefined;

  return {
    // A mount cuts its path off `url`.
    target: (request) => request.originalUrl ?? request.url,
    scheme: schemeOf,
    host: hostOf,
    clientAddress: clientAddressOf,
    error: errorOf,
    route(request) {
      const route = request.route as Route | undefined; // `any` there
      if (route === undefined) return undefined;
      try {
        return isServedBy(route, request.method) ? index?.patternOf(request, route) : undefined;
      } catch {
        return undefined; // A path that cannot be decoded, or not the Express that we know.
      }
    },
    prepare() {
      if (app === undefined) return;
      index ??= createRouteIndex(app, {
        onLayer: noteErrorsOf,
        onApp: (mounted) => adapters.set(mounted, this),
      });
      watchErrors(app);
    },
  };
}

/** Express shows a HEAD request every route of its path, and then passes those by that have no handler for it. */
function isServedBy({ methods }: Route, method: string): boolean {
  return method !== 'HEAD' || Boolean(methods._all || methods.head || methods.get);
}
