/**
 * Finds the whole pattern of the route that a request took: `/users/:id/orders/:orderId`.
 *
 * Express tells a handler the pattern within its own router (`req.route.path`) and the concrete path of the mounts above
 * (`req.baseUrl`), which is no pattern and is gone as soon as an error leaves that router. But `req.route` is an object:
 * the layer that holds it, and the layers above that one, have the patterns. They are looked up once for each route, so a router
 * that is mounted at another place later, while the app runs, keeps the pattern of the first.
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

/** A layer, and the layers that lead to its router, from the innermost outwards. */
interface Place {
  readonly layer: Layer;
  readonly outer: Outer;
}

/** `undefined`: nothing leads there, as to the layers of the app that the server calls. */
type Outer = Place | undefined;

/** What is known of one app's own layers: those of its router and of the routers in it, but not of apps in it. */
interface Section {
  readonly app: App;
  /** Where this app is mounted. More than one: a request's path decides. */
  readonly outers: readonly Outer[];
  /** The pattern; or the places to choose from by a request's path, where it takes that to know. */
  readonly routes: WeakMap<Route, string | readonly Place[]>;
  /** The mounts of handlers that may call a router or an app by themselves, each path once. */
  openings: readonly Outer[];
}

export interface RouteIndex {
  /** The pattern of the last route that took this request, or `undefined` if it cannot be told. */
  patternOf(request: Request, route: Route): string | undefined;
}

/** Is shown what is found: all that is there before the first request goes on, and some of it again later. */
export interface RouteVisitor {
  onLayer(layer: Layer): void;
  /** An app that a router has mounted; it does not know where, as those do that `app.use()` has mounted. */
  onApp(app: App): void;
}

/** @param app The outermost one. */
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
    survey(section); // The route may have been added since.
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
      // `app.use()` hides an app in a function of this name. Which of them has this one is seen by the request's path.
      const layers = stackOf(parent).filter(({ handle }) => handle.name === 'mounted_app');
      const outers = sectionOf(parent).outers.flatMap((outer) => layers.map((layer) => ({ layer, outer })));
      if (outers.length > 0) return outers;
    }
    return main.openings; // Called by a handler; or a bundler has shortened that name.
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

  /** A route of a router that no layer holds, since a handler calls it: some mount of a handler, and then the route. */
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

/** Whether a router is within itself, without end. */
function leadsThrough(router: Handle, place: Outer): boolean {
  for (let outer = place; outer !== undefined; outer = outer.outer) if (outer.layer.handle === router) return true;
  return false;
}

/** The pattern of a place, if it is the same for every path. */
function textOf(place: Outer): string | undefined {
  if (place === undefined) return '';
  const outer = textOf(place.outer);
  const [pattern, another] = patternsOf(place.layer);
  if (outer === undefined || pattern?.text === undefined || another !== undefined) return undefined;
  return join(outer, pattern.text);
}

/** The pattern of the place that this request's path leads to. */
function choose(places: readonly Place[], request: Request): string | undefined {
  // What routers cut off `url` they add to `baseUrl`, and put back: together they are the path as it was routed, rewritten
  // or not. But a handler may have changed `url` for a purpose of its own, as proxies do.
  for (const path of [request.baseUrl + pathnameOf(request.url), pathnameOf(request.originalUrl)]) {
    let found: Progress | undefined;
    for (const place of places) {
      const end = follow(place, path);
      // Two places may suit the path. Until an error leaves the router, `baseUrl` has what its mounts have cut off.
      if (end !== undefined && (found === undefined || (end.base === request.baseUrl && found.base !== end.base))) {
        found = end;
      }
    }
    if (found !== undefined) return found.text;
  }
  return undefined;
}

interface Progress {
  /** What of the path is still to be matched. */
  readonly rest: string;
  /** What mounts have cut off, as `req.baseUrl` has it. */
  readonly base: string;
  readonly text: string;
}

/** Routes a path through the layers that lead to a place, as the routers do. */
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

/** Of a request target: a path, or a URL as proxies are asked for. */
function pathnameOf(target: string): string {
  const question = target.indexOf('?');
  const path = question === -1 ? target : target.slice(0, question);
  const authority = path.startsWith('/') ? -1 : path.indexOf('://');
  if (authority === -1) return path;
  const slash = path.indexOf('/', authority + 3);
  return slash === -1 ? '/' : path.slice(slash);
}
