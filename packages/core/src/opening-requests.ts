/**
 * Requests that open a connection of another kind: a WebSocket, or a connection of Socket.IO. Node passes an upgrade to no framework, so
 * the libraries ask for its server span. What makes server spans sets itself here: libraries/ stands below http/.
 */
import type { Context } from './context.ts';

export interface OpeningRequests {
  /**
   * The context of a request. Starts its server span if no framework has done so, by the options of `tracing()`.
   *
   * @param response Of a request that is answered as any other. Absent for an upgrade.
   * @param route The pattern of the path, if there is one.
   * @returns `undefined` without a `tracing()`, and for a request of another server than Node's.
   */
  begin(raw: unknown, response: unknown, route: string | undefined): Context | undefined;
  /** The context of a request that has begun. */
  contextOf(raw: unknown): Context | undefined;
  /** The route of a request, as far as the framework knows it by now. */
  routeOf(raw: unknown): string | undefined;
  /** Ends the span of a request that has been upgraded. The framework's span as well: it would last as long as the connection. */
  endUpgraded(raw: unknown): void;
}

const none: OpeningRequests = {
  begin: () => undefined,
  contextOf: () => undefined,
  routeOf: () => undefined,
  endUpgraded: () => undefined,
};

let known: OpeningRequests = none;

export function setOpeningRequests(given: OpeningRequests): void {
  known = given;
}

/** What is known of such requests: nothing before the first `tracing()`. */
export function openingRequests(): OpeningRequests {
  return known;
}
