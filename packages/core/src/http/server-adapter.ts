/**
 * The facts that only the framework knows about a request. One object for each framework, shared by all requests. A function that
 * throws, or returns another type, counts as one that returns nothing.
 */
export interface ServerAdapter<Request> {
  /**
   * The instrumentation scope of the server spans: name and version of the adapter's package. The scope of the first request counts for all.
   * Default: `@waymark/core/http`, with the version of core.
   */
  readonly scope?: { readonly name: string; readonly version?: string | undefined } | undefined;
  /** Path and query as the client sent them, with mount paths: `/api/users/7?x=1`. */
  target(request: Request): string;
  /** `http` or `https`, as seen through the proxies that the app trusts. */
  scheme(request: Request): string;
  /** In the form of a `Host` header, as seen through the proxies that the app trusts. */
  host(request: Request): string | undefined;
  /** The client's address, as seen through the proxies that the app trusts. */
  clientAddress(request: Request): string | undefined;
  /** The pattern that matched, mount points included; `undefined` if none did. Called once, at the end of the request. */
  route(request: Request): string | undefined;
  /** The error that the handlers ended with, if the framework saw one. Called once, at the end of the request. */
  error(request: Request): unknown;
}
