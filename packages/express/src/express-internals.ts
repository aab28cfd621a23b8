/**
 * The undocumented fields of Express's objects that this package reads. If a version of Express lacks one, a route stays unknown, and
 * no request fails.
 *
 * There are three generations: the router within Express 4, `router` 2.0 to 2.2, and `router` 2.3. Express 5.0 to 5.2 runs on
 * either of the last two, depending on the application's lock file.
 */

/** As given to `app.get()` or `app.use()`. */
export type Path = string | RegExp;
export type PathOrPaths = Path | readonly PathOrPaths[];

export interface Route {
  readonly path: PathOrPaths;
  /** By lower-case method. `_all` means every method. */
  readonly methods: Readonly<Record<string, boolean | undefined>>;
}

export interface Layer {
  /** A handler, a router or an app. */
  readonly handle: Handle;
  /** Only in layers of `app.get()` and the other methods that add a route. */
  readonly route?: Route | undefined;
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  /** Express 4; unnamed groups have numbers. */
  readonly keys?: readonly { readonly name: string | number }[];
  /** `router` 2: whether this is mounted at `/`. */
  readonly slash?: boolean;
  /** `router` 2: one function for each path. */
  readonly matchers?: readonly Matcher[];
  /** `router` 2.3. */
  readonly rawPath?: PathOrPaths;
  readonly constructor: LayerConstructor;
}

export type Matcher = (path: string) => LayerMatch | false;

export interface LayerMatch {
  readonly path: string;
  readonly params: Readonly<Record<string, string | readonly string[]>>;
}

type LayerConstructor = new (
  path: PathOrPaths,
  options: { readonly end: boolean; readonly strict: boolean; readonly sensitive: boolean },
  handle: () => void,
) => Layer;

export interface Handle {
  readonly name: string;
  readonly length: number;
  /** The layers, if this is a router. */
  readonly stack?: readonly Layer[];
}

export interface App extends Handle {
  /** The app in which `app.use()` has last mounted this one. */
  readonly parent?: App | undefined;
  /** Returns a setting. Apps inherit those of the app around them. */
  get(setting: string): unknown;
  readonly lazyrouter?: unknown;
  readonly _router?: { readonly stack: readonly Layer[] };
  readonly router?: { readonly stack: readonly Layer[] };
}

/**
 * Returns the app that handles a request. Express sets it on the prototype of the request. A value that the application has put into
 * `req.app` does not count. `undefined` if a router is used without an app.
 */
export function appOf(request: { readonly app: unknown }): App | undefined {
  const { app } = request;
  if (isApp(app)) return app;
  for (let owner: object | null = request; owner !== null; owner = Object.getPrototypeOf(owner)) {
    const original: unknown = Object.getOwnPropertyDescriptor(owner, 'app')?.value;
    if (isApp(original)) return original;
  }
  return undefined;
}

/** The layers of an app that has handled a request. */
export function stackOf(app: App): readonly Layer[] {
  // Reading `router` throws in Express 4. In Express 5 the first read makes the router, with the settings of that moment: so call this
  // only for an app that has handled a request.
  const router = typeof app.lazyrouter === 'function' ? app._router : app.router;
  return router?.stack ?? [];
}

/** Whether an entry of a stack is a layer of Express. Apps of connect have a stack too. */
export function isLayer(entry: Layer): boolean {
  const { handle, match, route } = entry as { handle?: unknown; match?: unknown; route?: unknown }; // all three are checked
  return (
    typeof handle === 'function' && typeof match === 'function' && (route === undefined || typeof route === 'object')
  );
}

/** Whether a value is an app, by the same test as `app.use()`. */
export function isApp(value: unknown): value is App {
  if (typeof value !== 'function') return false;
  const { handle, set } = value as { handle?: unknown; set?: unknown }; // an app's; both are checked
  return typeof handle === 'function' && typeof set === 'function';
}

/** Whether a layer is mounted at `/`: it matches every path, and removes nothing from `url`. */
export function isAtRoot(layer: Layer): boolean {
  return layer.slash === true || layer.regexp?.fast_slash === true;
}
