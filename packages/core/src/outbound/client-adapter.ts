/** The facts about a request that only its client library knows. */
import type { Getter, Setter } from '../propagation/propagator.ts';

/** One object for each client library, shared by all requests. */
export interface ClientAdapter<Request> extends HeaderAccess<Request> {
  /** What an instrumentation of OpenTelemetry may trace, too. */
  readonly subject: 'node:http' | 'undici';
  method(request: Request): string;
  /** The URL with scheme, host, port, path and query, secrets included. */
  url(request: Request): string;
}

/** How the headers of a call are read and changed. */
export interface HeaderAccess<Request> {
  /** Whether headers can no longer be changed. */
  isSealed(request: Request): boolean;
  /** @param name In lower case, as for the functions that follow. The request may have it in any case. */
  hasHeader(request: Request, name: string): boolean;
  /** Reads the headers that the request has. */
  readonly getter: Required<Getter<Request>>;
  /** Adds a header, unless the request has it already. */
  readonly setter: Setter<Request>;
  /** Removes a header from the client's request. The objects that the application passed to the client stay unchanged. */
  removeHeader(request: Request, name: string): void;
}
