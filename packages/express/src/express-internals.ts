/**
 * What is read of Express's own objects, which have no documentation. A field that is missing, here or in a version to come,
 * leaves a route unknown; it never makes a request fail.
 *
 * There are three generations: the router within Express 4, `router` 2.0 to 2.2, and `router` 2.3. Express 5.0 to 5.2 runs on
 * either of the last two, as the application's lock file has it.
 */

/** As given to `app.get()` or `app.use()`. */
export type Path = string | RegExp;
export type PathOrPaths = Path | readonly PathOrPaths[];

export interface Route {
  readonly path: PathOrPaths;
  /** By lower-case method; `_all` stands for every one. */
  readonly methods: Readonly<Record<string, boolean | undefined>>;
}

export interface Layer {
  /** A handler, a router or an app. */
  readonly handle: Handle;
  /** Only where `app.get()` and its like made this layer. */
  readonly route?: Route | undefined;
  /** Express 4. */
  readonly regexp?: RegExp & { readonly fast_slash?: boolean };
  /** Express 4; unnamed groups have numbers. */
  readonly keys?: readonly { readonly name: string | number }[];
  /** `router` 2: whether this is mounted at `/`. */
  readonly slash?: boolean;
  /** `router` 2: one for each path. */
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
  /** A router's. */
  readonly stack?: readonly Layer[];
}

export interface App extends Handle {
  /** The app that this one was last mounted in by `app.use()`. */
  readonly parent?: App | undefined;
  /** A setting, inherited from the app around it. */
  get(setting: string): unknown;
  readonly lazyrouter?: unknown;
  readonly _router?: { readonly stack: readonly Layer[] };
  readonly router?: { readonly stack: readonly Layer[] };
}

/**
 * The app that a request is in. Express has it on the prototype that it gives the request; what the application puts on the
 * request under that name does not count. `undefined` if a router is used without an app.
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
  // Express 4 throws at `router`. Express 5 makes a router there at first sight, by the settings of that moment: an app that
  // has not handled a request yet must not be looked at.
  const router = typeof app.lazyrouter === 'function' ? app._router : app.router;
  return router?.stack ?? [];
}

/** Whether an entry of a stack is a layer of Express. Connect's apps have a stack too. */
export function isLayer(entry: Layer): boolean {
  const { handle, match, route } = entry as { handle?: unknown; match?: unknown; route?: unknown }; // all are checked
  return (
    typeof handle === 'function' && typeof match === 'function' && (route === undefined || typeof route === 'object')
  );
}

/** Whether a handler, or whatever it is, is an app. `app.use()` asks the same. */
export function isApp(value: unknown): value is App {
  if (typeof value !== 'function') return false;
  const { handle, set } = value as { handle?: unknown; set?: unknown }; // an app's; both are checked
  return typeof handle === 'function' && typeof set === 'function';
}

/** Whether a layer is mounted at `/`, where it gets every path and cuts nothing off. */
export function isAtRoot(layer: Layer): boolean {
  return layer.slash === true || layer.regexp?.fast_slash === true;
}
