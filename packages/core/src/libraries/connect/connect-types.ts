/** The parts of `@connectrpc/connect` that are used, which are the same in 1 and 2. */

/** A request in an interceptor. */
export interface ConnectRequest {
  readonly stream: boolean;
  readonly service: { readonly typeName: string };
  readonly method: { readonly name: string };
  readonly url: string;
  readonly header: Headers;
  readonly signal?: AbortSignal;
}

/** A response in an interceptor. */
export interface ConnectResponse {
  readonly stream: boolean;
  readonly message: unknown;
}

/** An interceptor, for the option `interceptors` of a transport or a router. */
// biome-ignore lint/suspicious/noExplicitAny: Connect's own type has generic requests, which no structural type takes
export type ConnectInterceptor = (next: (request: any) => Promise<any>) => (request: any) => Promise<any>;
