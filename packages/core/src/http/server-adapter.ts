/**
 * What only the framework knows of a request. One object for each framework, shared by all requests. A function that throws, or whose answer
 * is of another kind, counts as one that does not know.
 */
export interface ServerAdapter<Request> {
  /** Path and query as they came, before any mount path was cut off. */
  target(request: Request): string;
  /** `http` or `https`, as seen through the proxies that the app trusts. */
  scheme(request: Request): string;
  /** In the form of a `Host` header, as seen through the proxies that the app trusts. */
  host(request: Request): string | undefined;
  /** The client's address, as seen through the proxies that the app trusts. */
  clientAddress(request: Request): string | undefined;
  /** The pattern that matched, mount points included; `undefined` if none did. Asked once, at the end. */
  route(request: Request): string | undefined;
  /** The error that the handlers ended with, if the framework saw one. Asked once, at the end. */
  error(request: Request): unknown;
}
