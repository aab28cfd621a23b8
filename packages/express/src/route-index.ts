/**
 * Finds the whole pattern of the route that a request took: `/users/:id/orders/:orderId`.
 *
 * A handler sees only the pattern within its router (`req.route.path`) and the concrete path of the mounts above (`req.baseUrl`). That
 * path is not a pattern, and is reset as soon as an error leaves the router. But `req.route` is an object: the layer that holds it,
 * and the layers above, have the patterns. They are looked up once for each route, so a router that is mounted at a second place
 * while the app runs keeps its first pattern.
 */
import type { Request } from 'express';
import {
  type App,
  appOf,
  type Handle,
  isApp,
  isAtRoot,
  isLayer,
  type Layer,
  type Route,
  stackOf,
} from './express-internals.ts';
import { compile, patternsOf } from './layer-patterns.ts';

/** A layer, with the layers that lead to its router, innermost first. */
interface Place {
  readonly layer: Layer;
  readonly outer: Outer;
}

/** `undefined`: no layer leads there, as for the layers of the outermost app. */
type Outer = Place | undefined;

/** The known layers of one app: those of its router and of routers in it, without those of apps in it. */
interface Section {
  readonly app: App;
  /** The places where this app is mounted. If there are several, the path of a request decides. */
  readonly outers: readonly Outer[];
  /** The pattern of each route, or its possible places if the path of a request has to decide. */
  readonly routes: WeakMap<Route, string | readonly Place[]>;
  /** The mounts of handlers, which may call a router or an app themselves. Each path once. */
  openings: readonly Outer[];
}

export interface RouteIndex {
  /** The pattern of the last route that took this request; `undefined` if it is not known. */
  patternOf(request: Request, route: Route): string | undefined;
}

/** Gets the layers and apps that the index finds: all of them before the handlers of the first request run, and some again later. */
export interface RouteVisitor {
  onLayer(layer: Layer): void;
  /** An app that a router has mounted. Unlike one that `app.use()` has mounted, it has no `parent`. */
  onApp(app: App): void;
}

/** @param app The outermost app. */
export function createRouteIndex(app: App, visitor: RouteVisitor): RouteIndex {
  const sections = new WeakMap<App, Section>();
  /** Apps that a router has mounted: they have no `parent`. */
  const mountedByRouter = new WeakMap<App, readonly Place[]>();
  /** Routes of all sections, for a request that has left the app in which it took one. */
  const everywhere = new WeakMap<Route, readonly Place[]>();
  let guesses = new WeakMap<Route, readonly Place[]>();
  const main = openSection(app, [undefined]);

  return {
    patternOf(request, route) {
      const current = appOf(request);
      const section = current === undefined || current === main.app ? main : sectionOf(current);
      const known = section.routes.get(route) ?? find(section, route);
      return typeof known === 'string' ? known : choose(known, request);
    },
  };

  function find(section: Section, route: Route): string | readonly Place[] {
    const known = everywhere.get(route) ?? guesses.get(route);
    if (known !== undefined) return known;
    survey(section); // the route may have been added since
    return section.routes.get(route) ?? everywhere.get(route) ?? guess(section, route);
  }

  function sectionOf(inner: App): Section {
    return sections.get(inner) ?? openSection(inner, outersOf(inner));
  }

  function outersOf(inner: App): readonly Outer[] {
    const places = mountedByRouter.get(inner);
    if (places !== undefined) return places;
    const { parent } = inner;
    if (parent !== undefined) {
      // `app.use()` wraps an app in a function of this name. The path of a request shows which of them has this app.
      const layers = stackOf(parent).filter(({ handle }) => handle.name === 'mounted_app');
      const outers = sectionOf(parent).outers.flatMap((outer) => layers.map((layer) => ({ layer, outer })));
      if (outers.length > 0) return outers;
    }
    return main.openings; // a handler calls it, or a bundler has shortened that name
  }

  function openSection(inner: App, outers: readonly Outer[]): Section {
    const section: Section = { app: inner, outers, routes: new WeakMap(), openings: [] };
    sections.set(inner, section);
    guesses = new WeakMap();
    survey(section);
    return section;
  }

  function survey(section: Section): void {
    const routes = new Map<Route, Place[]>();
    const apps = new Map<App, Place[]>();
    const openings = new Set<Outer>();
    for (const outer of section.outers) walk(stackOf(section.app), outer);
    section.openings = [...openings];
    for (const [mounted, places] of apps) {
      mountedByRouter.set(mounted, places);
      visitor.onApp(mounted);
    }
    for (const [route, places] of routes) {
      section.routes.set(route, (places.length === 1 && textOf(places[0])) || places);
      everywhere.set(route, places);
    }

    function walk(stack: readonly Layer[], outer: Outer): void {
      openings.add(outer);
      for (const layer of stack) {
        if (!isLayer(layer)) continue;
        visitor.onLayer(layer);
        const { handle, route } = layer;
        const place: Place = { layer, outer };
        if (route) append(routes, route, place);
        else if (isApp(handle)) append(apps, handle, place);
        else if (!handle.stack) openings.add(isAtRoot(layer) ? outer : place);
        else if (!leadsThrough(handle, outer)) walk(handle.stack, place);
      }
    }
  }

  /** Possible places of a route whose router is called by a handler, and is in no layer: below each mount of a handler. */
  function guess(section: Section, route: Route): readonly Place[] {
    const [model] = stackOf(section.app);
    if (model === undefined) return [];
    const layer = Object.assign(compile(model, route.path, true), { route });
    const places = section.openings.map((outer) => ({ layer, outer }));
    guesses.set(route, places);
    return places;
  }
}

function append<Key>(lists: Map<Key, Place[]>, key: Key, place: Place): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [place]);
  else list.push(place);
}

/** Whether a router contains itself. */
function leadsThrough(router: Handle, place: Outer): boolean {
  for (let outer = place; outer !== undefined; outer = outer.outer) if (outer.layer.handle === router) return true;
  return false;
}

/** The pattern of a place; `undefined` if it depends on the path. */
function textOf(place: Outer): string | undefined {
  if (place === undefined) return '';
  const outer = textOf(place.outer);
  const [pattern, another] = patternsOf(place.layer);
  if (outer === undefined || pattern?.text === undefined || another !== undefined) return undefined;
  return join(outer, pattern.text);
}

/** The pattern of the place that this request's path leads to. */
function choose(places: readonly Place[], request: Request): string | undefined {
  // Routers move the start of `url` to `baseUrl`: together they are the path that was routed, rewritten or not. But a handler may
  // have changed `url` for other purposes, as proxies do. Then the original path counts.
  for (const path of [request.baseUrl + pathnameOf(request.url), pathnameOf(request.originalUrl)]) {
    let found: Progress | undefined;
    for (const place of places) {
      const end = follow(place, path);
      // Two places may match the path. Until an error leaves the router, `baseUrl` is what its mounts have removed.
      if (end !== undefined && (found === undefined || (end.base === request.baseUrl && found.base !== end.base))) {
        found = end;
      }
    }
    if (found !== undefined) return found.text;
  }
  return undefined;
}

interface Progress {
  /** The part of the path that is not matched yet. */
  readonly rest: string;
  /** The part that mounts have removed, like `req.baseUrl`. */
  readonly base: string;
  readonly text: string;
}

/** Matches a path against the layers that lead to a place, as the routers do. */
function follow(place: Outer, path: string): Progress | undefined {
  if (place === undefined) return { rest: path, base: '', text: '' };
  const outer = follow(place.outer, path);
  if (outer === undefined) return undefined;
  for (const pattern of patternsOf(place.layer)) {
    const match = pattern.match(outer.rest);
    if (match === undefined) continue;
    const text = join(outer.text, match.text);
    if (place.layer.route) return { ...outer, text };
    const rest = outer.rest.slice(match.path.length);
    // A regular expression may match elsewhere, or end within a name.
    if (!outer.rest.startsWith(match.path) || !/^(?:[/.]|$)/.test(rest)) return undefined;
    return { rest: rest.startsWith('/') ? rest : `/${rest}`, base: outer.base + match.path.replace(/\/$/, ''), text };
  }
  return undefined;
}

/** A route at `/` is the mount itself. */
function join(outer: string, text: string): string {
  return text === '/' && outer !== '' ? outer : outer + text;
}

/** The path of a request target, which is a path or, for proxies, a whole URL. */
function pathnameOf(target: string): string {
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const authority = path.startsWith('/') ? -1 : path.indexOf('://');
  if (authority === -1) return path;
  const slash = path.indexOf('/', authority + 3);
  return slash === -1 ? '/' : path.slice(slash);
}
