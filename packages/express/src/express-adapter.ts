/** The facts that only Express knows about a request. */
import type { ServerAdapter } from '@waymark/core/http';
import type { Request } from 'express';
import { type App, appOf, type Route } from './express-internals.ts';
import { errorOf, noteErrorsOf, watchErrors } from './handler-errors.ts';
import { clientAddressOf, hostOf, schemeOf } from './proxies.ts';
import { createRouteIndex, type RouteIndex } from './route-index.ts';
import { version } from './version.ts';

export interface ExpressAdapter extends ServerAdapter<Request> {
  /** Call it before the handlers of a recorded request run: route and error depend on it. Throws for an unknown version of Express. */
  prepare(): void;
}

const scope = { name: '@waymark/express', version };
const adapters = new WeakMap<App, ExpressAdapter>();
const adapterWithoutApp = createExpressAdapter(undefined);

/**
 * Returns the adapter for a request's app. An app shares it with all apps that it is mounted in, and that are mounted in it: only
 * the outermost one knows whole routes. Keeping it by app leaves requests unchanged. Never throws.
 */
export function adapterOf(request: Request): ExpressAdapter {
  try {
    const known = adapters.get(request.app as unknown as App); // compared only
    if (known !== undefined) return known;
    const app = appOf(request);
    return app === undefined ? adapterWithoutApp : (adapters.get(app) ?? findAdapter(app));
  } catch {
    return adapterWithoutApp; // a getter or a Proxy of the application's throws
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
  // Own properties only: a library may have put a `parent` on `Object.prototype`.
  while (Object.hasOwn(outer, 'parent') && outer.parent !== undefined && !passed.has(outer)) {
    passed.add(outer);
    outer = outer.parent;
  }
  return outer;
}

function createExpressAdapter(app: App | undefined): ExpressAdapter {
  let index: RouteIndex | undefined;

  return {
    scope,
    // A mount removes its path from `url`.
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
        return undefined; // the path cannot be decoded, or the version of Express is unknown
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

/** Whether a route has a handler for a method. For HEAD, Express enters every route of the path, and skips those without a handler. */
function isServedBy({ methods }: Route, method: string): boolean {
  return method !== 'HEAD' || Boolean(methods._all || methods.head || methods.get);
}
