/** What a client library tells about its requests. */
import type { Getter, Setter } from '../propagation/propagator.ts';

/** What only the client library knows. One object for each library, shared by all requests. */
export interface ClientAdapter<Request> {
  method(request: Request): string;
  /** Scheme, host and port, path and query, with all its secrets. */
  url(request: Request): string;
  /** Whether headers can no longer be changed. */
  isSealed(request: Request): boolean;
  /** @param name In lower case, as in the next three; the request may have it in any. */
  hasHeader(request: Request, name: string): boolean;
  /** Reads the headers that the request has. */
  readonly getter: Required<Getter<Request>>;
  /** Leaves a header alone that the request has already. */
  readonly setter: Setter<Request>;
  /** Removes a header from the client's own request; what the application passed to the client stays as it is. */
  removeHeader(request: Request, name: string): void;
}
