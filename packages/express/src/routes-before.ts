/**
 * Reports the routes that were registered before `tracing`, which are not traced. Once for each `tracing()`.
 *
 * The order of an app's layers is known only after it has handled a request. If all routes come first, no request reaches the
 * middleware. So finished responses of Express apps are checked too, until the middleware is found.
 */
import { type Channel, channel } from 'node:diagnostics_channel';
import type { Diagnostics } from '@waymark/core';
import type { Request } from 'express';
import { type App, appOf, isAtRoot, isLayer, type Layer, type PathOrPaths, stackOf } from './express-internals.ts';
import { patternsOf } from './layer-patterns.ts';

/** The middleware of one `tracing()` that was not found in an app yet. */
interface Unplaced {
  readonly middleware: unknown;
  readonly diagnostics: Diagnostics;
}

const unplaced = new Set<Unplaced>();
// Kept in a variable: a channel without references is collected, with its subscribers.
const responseFinish: Channel = channel('http.server.response.finish');
let responsesLeft = 0;

// A limit, since an application may never use the middleware.
const maxResponses = 100;

/**
 * Looks for the middleware in the apps of this process.
 *
 * @returns A function to call with the first request that reaches the middleware.
 */
export function watchRoutesBefore(middleware: unknown, diagnostics: Diagnostics): (request: Request) => void {
  const watched: Unplaced = { middleware, diagnostics };
  unplaced.add(watched);
  if (responsesLeft === 0) responseFinish.subscribe(onFinish);
  responsesLeft = maxResponses;
  return (request) => {
    const app = appOf(request);
    if (app !== undefined) look(watched, app);
    forget(watched);
  };
}

function onFinish(message: unknown): void {
  try {
    const { request } = message as { request: Request }; // Node's request, with Express's properties
    const app = appOf(request);
    if (app !== undefined) for (const watched of unplaced) if (look(watched, app)) forget(watched);
  } catch {
    // An unknown version of Express.
  }
  if (responsesLeft > 0 && --responsesLeft === 0) stop();
}

function forget(watched: Unplaced): void {
  unplaced.delete(watched);
  if (unplaced.size === 0 && responsesLeft > 0) stop();
}

function stop(): void {
  responsesLeft = 0;
  unplaced.clear();
  responseFinish.unsubscribe(onFinish);
}

/** @returns Whether the app, or a router within it, has the middleware. */
function look({ middleware, diagnostics }: Unplaced, app: App): boolean {
  const place = findPlace(stackOf(app), middleware, new Set());
  if (place === undefined) return false;
  const message = describeRoutesBefore(place.stack, place.index);
  if (message !== undefined) diagnostics.note(message.level, message.text);
  return true;
}

interface Place {
  readonly stack: readonly Layer[];
  readonly index: number;
}

function findPlace(stack: readonly Layer[], middleware: unknown, passed: Set<unknown>): Place | undefined {
  if (passed.has(stack)) return undefined;
  passed.add(stack);
  const index = stack.findIndex((layer) => layer.handle === middleware);
  if (index !== -1) return { stack, index };
  for (const layer of stack) {
    const inner = isLayer(layer) && layer.handle.stack ? findPlace(layer.handle.stack, middleware, passed) : undefined;
    if (inner !== undefined) return inner;
  }
  return undefined;
}

const maxListed = 5;

function describeRoutesBefore(
  stack: readonly Layer[],
  index: number,
): { level: 'warn' | 'info' | 'debug'; text: string } | undefined {
  const own = stack[index];
  if (own === undefined || !isAtRoot(own)) return undefined; // mounted at a path, so it is not meant for all routes
  const before = stack.slice(0, index).flatMap(routeNameOf);
  if (before.length === 0) return undefined;
  const isNothingLeft = !stack.slice(index + 1).some((layer) => routeNameOf(layer).length > 0);
  const listed = before.slice(0, maxListed).join(', ') + (before.length > maxListed ? ', …' : '');
  const isOne = before.length === 1;
  return {
    // Routes for orchestrators and monitors are usually left out on purpose.
    level: isNothingLeft ? 'warn' : before.every(isForMonitors) ? 'debug' : 'info',
    text:
      `${before.length} ${isOne ? 'route was' : 'routes were'} registered before tracing, so requests to ` +
      `${isOne ? 'it' : 'them'} are not traced: ${listed}. Move app.use(tracing(…)) above ${isOne ? 'it' : 'them'}. ` +
      "To leave a route out on purpose, use tracing({ ignore: ['/path'] }).",
  };
}

/** `GET /users/:id`, or `/users/…` for a router or an app. Empty for a middleware. */
function routeNameOf(layer: Layer): readonly string[] {
  if (!isLayer(layer)) return [];
  const { route, handle } = layer;
  if (route !== undefined) {
    const methods = Object.keys(route.methods).filter((method) => route.methods[method]);
    const [method = ''] = methods.filter((name) => name !== '_all');
    const path = String(firstOf(route.path));
    return [methods.includes('_all') || method === '' ? path : `${method.toUpperCase()} ${path}`];
  }
  const isRouter = handle.stack?.some((inner) => routeNameOf(inner).length > 0) || handle.name === 'mounted_app';
  return isRouter ? [`${patternsOf(layer)[0]?.text ?? ''}/…`] : [];
}

function firstOf(path: PathOrPaths): PathOrPaths | undefined {
  return Array.isArray(path) ? firstOf(path[0]) : path;
}

function isForMonitors(name: string): boolean {
  return /\/(?:_?health(?:[-_]?checks?|z)?|live(?:z|ness)?|read(?:y|yz|iness)|startup|ping|status|metrics|version|favicon\.ico|robots\.txt)$/i.test(
    name,
  );
}
